r"""SQL macros that write values as PostgreSQL does. Pure.

PostgreSQL writes a floating-point number with an exponent from 1e15 on
(real: 1e6) where DuckDB does from 1e16 on. And where the shortest digits
lie exactly between two numbers, and are read as the even one, PostgreSQL
takes more digits: 9.999999999999999e+22 for 1e23. That happens from 2^53
(real: 2^24) on. DuckDB may write more digits than it needs: of a real
often, and of a double now and then (2.1716992000000002e+25).
"""

from __future__ import annotations

_FLOATS = (
    # fixed notation of 1e6 or more -> one digit, its fraction, the exponent
    r"""
    pg_exponent(t) AS CASE
        WHEN contains(t, 'e') THEN t
        ELSE rtrim(regexp_replace(replace(t, '.', ''),
                '^(-?[0-9])([0-9]*?)0*$', '\1.\2'), '.')
            || 'e+' || lpad(CAST(
                length(split_part(ltrim(t, '-'), '.', 1)) - 1 AS VARCHAR
            ), 2, '0')
    END""",
    # digits and the place of the point -> a number without exponent
    r"""
    pg_placed(d, p) AS CASE
        WHEN p <= 0 THEN '0.' || repeat('0', -p) || d
        WHEN p >= length(d) THEN d || repeat('0', p - length(d))
        ELSE d[:p] || '.' || d[p + 1:]
    END""",
    r"""
    pg_unfolded(s) AS
        CASE WHEN s[1] = '-' THEN '-' ELSE '' END || pg_placed(
            replace(split_part(ltrim(s, '-'), 'e', 1), '.', ''),
            CAST(split_part(s, 'e', 2) AS INTEGER) + 1)""",
    r"""
    pg_fixed(t) AS CASE
        WHEN ends_with(t, '.0') THEN t[:-3]
        WHEN contains(t, 'e') THEN pg_unfolded(t)
        ELSE t
    END""",
    # the digits of a text with an exponent, as one integer
    r"""
    pg_digits(s) AS CAST(
        replace(split_part(s, 'e', 1), '.', '') AS HUGEINT)""",
    # the exponent of the last of those digits
    r"""
    pg_scale(s) AS CAST(split_part(s, 'e', 2) AS INTEGER)
        - length(split_part(split_part(s, 'e', 1), '.', 2))""",
    # the digits and a little more, or less
    r"""
    pg_nudged(s, n) AS (pg_digits(s) * 100000000000000000000 + n)
        || 'e' || (pg_scale(s) - 20)""",
    r"""
    pg_is_double(s, x) AS
        TRY_CAST(pg_nudged(s, 1) AS DOUBLE) IS NOT DISTINCT FROM x
        AND TRY_CAST(pg_nudged(s, -1) AS DOUBLE) IS NOT DISTINCT FROM x""",
    r"""
    pg_with_digits(x, n) AS regexp_replace(
        format('{:.' || n || 'e}', x), '\.?0*e', 'e')""",
    r"""
    pg_searched(x) AS list_filter(
        list_transform(range(0, 17), lambda n: pg_with_digits(x, n)),
        lambda s: pg_is_double(s, x))[1]""",
    # No two decimals of 15 digits are one number, so from 16 on look twice.
    r"""
    pg_shortest(x) AS CASE
        WHEN length(CAST(x AS VARCHAR)) < 17 THEN CAST(x AS VARCHAR)
        WHEN abs(x) < 2.3e-308 THEN pg_searched(x)
        WHEN CAST(pg_with_digits(x, 14) AS DOUBLE) = x
        THEN pg_with_digits(x, 14)
        WHEN CAST(pg_with_digits(x, 15) AS DOUBLE) = x
        THEN pg_with_digits(x, 15)
        ELSE pg_with_digits(x, 16)
    END""",
    r"""
    pg_special(x) AS CASE
        WHEN isnan(x) THEN 'NaN'
        WHEN x > 0 THEN 'Infinity'
        ELSE '-Infinity'
    END""",
    # its shortest digits -> with an exponent where PostgreSQL has one
    r"""
    pg_arranged(t, x, large) AS CASE
        WHEN x = 0 THEN rtrim(t, '.0') || '0'
        WHEN abs(x) < 1e-4 THEN t
        WHEN abs(x) < large THEN pg_fixed(t)
        ELSE pg_exponent(t)
    END""",
    # Macros are copied wherever they stand; a lambda binds its text once.
    r"""
    pg_rare_double(x) AS list_transform(
        [CASE WHEN abs(x) < 9007199254740992 THEN pg_shortest(x)
            ELSE pg_searched(x) END],
        lambda t: pg_arranged(t, x, 1e15))[1]""",
    r"""
    pg_plain(t) AS CASE
        WHEN ends_with(t, '.0') THEN left(t, length(t) - 2)
        ELSE t
    END""",
    # what stands before the first digit that counts, and the point
    r"""
    pg_before(x) AS CAST(x < 0 AS INTEGER) + CASE
        WHEN abs(x) >= 1 THEN 1
        WHEN abs(x) >= 0.1 THEN 2
        WHEN abs(x) >= 0.01 THEN 3
        WHEN abs(x) >= 0.001 THEN 4
        ELSE 5
    END""",
    # Would one digit less do? (If not, no fewer would: powers of two, of
    # which alone that is not sure, have few digits here.)
    r"""
    pg_is_shortest(t, x) AS strlen(t) < 17 OR CASE
        WHEN strlen(t) - pg_before(x) = 17
        THEN TRY_CAST(format('{:.15e}', x) AS DOUBLE) <> x
        ELSE TRY_CAST(format('{:.14e}', x) AS DOUBLE) <> x
    END""",
    # The range stands last: else DuckDB makes the text several times.
    r"""
    pg_double(x) AS CASE
        WHEN pg_is_shortest(CAST(x AS VARCHAR), x)
            AND abs(x) BETWEEN 1e-4 AND 999999999999999
        THEN pg_plain(CAST(x AS VARCHAR))
        WHEN NOT isfinite(x) THEN pg_special(x)
        WHEN x IS NOT NULL THEN pg_rare_double(x)
    END""",
    # a real's decimal, as a double: does it read as that real and no other?
    r"""
    pg_is_real(y, x) AS CAST(y AS FLOAT) = x AND (
        y = x OR CAST(CAST(2 * y - x AS FLOAT) AS DOUBLE) <> 2 * y - x)""",
    r"""
    pg_real_of(x, n) AS CAST(format('{:.' || n || 'e}', x) AS DOUBLE)""",
    r"""
    pg_real_from(x, least) AS list_filter(
        list_transform(range(least, 9), lambda n: pg_real_of(x, n)),
        lambda y: pg_is_real(y, x))[1]""",
    # Six digits tell any two decimals apart, save for subnormal numbers.
    r"""
    pg_real(x) AS CASE
        WHEN x = 0 THEN x
        WHEN abs(x) < 1.1754944e-38 THEN pg_real_from(x, 0)
        WHEN pg_is_real(pg_real_of(x, 5), x) THEN pg_real_of(x, 5)
        ELSE pg_real_from(x, 6)
    END""",
    r"""
    pg_rare_float(x) AS list_transform(
        list_transform([pg_real(x)],
            lambda y: {'y': y, 't': pg_shortest(y)}),
        lambda p: pg_arranged(p.t, p.y, 1e6))[1]""",
    r"""
    pg_float(x) AS CASE
        WHEN NOT isfinite(x) THEN pg_special(x)
        WHEN abs(x) BETWEEN 1e-4 AND 99999
            AND length(CAST(x AS VARCHAR)) < 8
        THEN pg_plain(CAST(x AS VARCHAR))
        WHEN x IS NULL THEN NULL
        ELSE pg_rare_float(CAST(x AS DOUBLE))
    END""",
)

_SCALARS = (
    r"""
    pg_boolean(x) AS CASE WHEN x THEN 't' WHEN NOT x THEN 'f' END""",
    # DuckDB writes a DECIMAL(2,2) as .05
    r"""
    pg_fraction(x) AS replace(
        replace('!' || CAST(x AS VARCHAR), '!.', '!0.'), '!-.', '!-0.')[2:]""",
    r"""
    pg_text(x, w) AS CASE
        WHEN contains(CAST(x AS VARCHAR), chr(0))
        THEN error(w || 'a NUL character, which no text can hold, in '
            || left(replace(CAST(x AS VARCHAR), chr(0), '\0'), 80))
        ELSE CAST(x AS VARCHAR)
    END""",
    r"""
    pg_bytea(x) AS '\x' || lower(hex(x))""",
    # DuckDB writes the era after the date, PostgreSQL at the end.
    r"""
    pg_era(t) AS CASE
        WHEN contains(t, '(BC)')
        THEN regexp_replace(t, '^(\S+) \(BC\)(.*)$', '\1\2 BC')
        ELSE t
    END""",
    r"""
    pg_date(x, w) AS CASE
        WHEN isfinite(x) AND (x < DATE '4714-11-24 (BC)'
            OR x > DATE '5874897-12-31')
        THEN error(w || 'the date ' || x || ' is too far away')
        ELSE pg_era(CAST(x AS VARCHAR))
    END""",
    r"""
    pg_timestamp(x, w) AS CASE
        WHEN x >= TIMESTAMP '0001-01-01' THEN CAST(x AS VARCHAR)
        WHEN isfinite(x) AND x < TIMESTAMP '4714-11-24 (BC) 00:00:00'
        THEN error(w || 'the time ' || x || ' is too far away')
        ELSE pg_era(CAST(x AS VARCHAR))
    END""",
    r"""
    pg_timestamptz(x, w) AS CASE
        WHEN x >= TIMESTAMPTZ '0001-01-01 00:00:00+00' THEN CAST(x AS VARCHAR)
        WHEN isfinite(x)
            AND x < TIMESTAMPTZ '4714-11-24 (BC) 00:00:00+00'
        THEN error(w || 'the time ' || x || ' is too far away')
        ELSE pg_era(CAST(x AS VARCHAR))
    END""",
    r"""
    pg_timestamp_ns(x, w) AS CASE
        WHEN isfinite(x) AND epoch_ns(x) % 1000 <> 0
        THEN error(w || x || ' has nanoseconds, which would be lost; '
            || 'CAST it to TIMESTAMP or to VARCHAR')
        ELSE pg_timestamp(CAST(x AS TIMESTAMP), w)
    END""",
    r"""
    pg_timestamptz_ns(x, w) AS CASE
        WHEN isfinite(CAST(x AS TIMESTAMPTZ)) AND epoch_ns(x) % 1000 <> 0
        THEN error(w || x || ' has nanoseconds, which would be lost; '
            || 'CAST it to TIMESTAMPTZ or to VARCHAR')
        ELSE pg_timestamptz(CAST(x AS TIMESTAMPTZ), w)
    END""",
    r"""
    pg_time_ns(x, w) AS CASE
        WHEN CAST(x AS VARCHAR) <> CAST(CAST(x AS TIME) AS VARCHAR)
        THEN error(w || x || ' has nanoseconds, which would be lost; '
            || 'CAST it to TIME or to VARCHAR')
        ELSE CAST(CAST(x AS TIME) AS VARCHAR)
    END""",
    # one unit of an interval; `p` is the sign of the unit before it
    r"""
    pg_unit(n, p, u) AS CASE
        WHEN n = 0 THEN ''
        ELSE CASE WHEN p < 0 AND n > 0 THEN '+' ELSE '' END
            || n || ' ' || u || CASE WHEN n = 1 THEN ' ' ELSE 's ' END
    END""",
    r"""
    pg_clock(us, p) AS
        CASE WHEN us < 0 THEN '-' WHEN p < 0 THEN '+' ELSE '' END
        || CASE WHEN abs(us) // 3600000000 < 10 THEN '0' ELSE '' END
        || (abs(us) // 3600000000)
        || strftime(make_timestamp(CAST(abs(us) % 3600000000 AS BIGINT)),
            ':%M:%S')
        || CASE
            WHEN us % 1000000 = 0 THEN ''
            ELSE '.' || rtrim(
                lpad(CAST(abs(us) % 1000000 AS VARCHAR), 6, '0'), '0')
        END""",
    r"""
    pg_span(y, m, d, us) AS CASE
        WHEN y = 0 AND m = 0 AND d = 0 AND us = 0 THEN '00:00:00'
        ELSE rtrim(
            pg_unit(y, 0, 'year')
            || pg_unit(m, y, 'mon')
            || pg_unit(d, CASE WHEN m <> 0 THEN m ELSE y END, 'day')
            || CASE
                WHEN us = 0 THEN ''
                ELSE pg_clock(us, CASE
                    WHEN d <> 0 THEN d WHEN m <> 0 THEN m ELSE y END)
            END)
    END""",
    r"""
    pg_interval(x) AS pg_span(
        date_part('year', x), date_part('month', x), date_part('day', x),
        CAST(date_part('hour', x) AS HUGEINT) * 3600000000
            + date_part('minute', x) * 60000000
            + date_part('microsecond', x))""",
    # an array's element: quotes where PostgreSQL sets them
    r"""
    pg_quoted(t) AS
        '"' || replace(replace(t, '\', '\\'), '"', '\"') || '"'""",
    r"""
    pg_element(t) AS CASE
        WHEN regexp_matches(t, '^(|[nN][uU][lL][lL])$|[{},"\\ \t\n\r\v\f]')
        THEN pg_quoted(t)
        ELSE t
    END""",
    r"""
    pg_text_element(t, w) AS CASE
        WHEN regexp_matches(
            t, '^(|[nN][uU][lL][lL])$|[{},"\\ \t\n\r\v\f\x00]')
        THEN pg_quoted(pg_text(t, w))
        ELSE t
    END""",
)

_JSON = (
    # JSON's own escapes, where DuckDB would write \u001F for \u001f
    r"""
    pg_json_escaped(t) AS array_to_string(list_transform(
        string_split(t, ''), lambda c: CASE
            WHEN c < ' ' AND NOT contains(chr(8) || chr(9) || chr(10)
                || chr(12) || chr(13), c)
            THEN '\u00' || lpad(lower(to_hex(ord(c))), 2, '0')
            ELSE CAST(to_json(c) AS VARCHAR)[2:-2]
        END), '')""",
    r"""
    pg_json_string(t) AS CASE
        WHEN regexp_matches(t, '[\x01-\x07\x0b\x0e-\x1f]')
        THEN '"' || pg_json_escaped(t) || '"'
        ELSE CAST(to_json(t) AS VARCHAR)
    END""",
    r"""
    pg_json_number(n) AS list_transform([n], lambda t: CASE
        WHEN t IN ('NaN', 'Infinity', '-Infinity') THEN '"' || t || '"'
        WHEN t = '-0' THEN '0'
        WHEN contains(t, 'e') THEN pg_unfolded(t)
        ELSE t
    END)[1]""",
)

MACROS: tuple[str, ...] = (*_FLOATS, *_SCALARS, *_JSON)
"""What follows CREATE TEMP MACRO, each after those that it calls."""
