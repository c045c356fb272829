r"""SQL macros that write values as PostgreSQL does. Pure.

PostgreSQL writes a floating-point number with an exponent from 1e15 on
(real: 1e6) where DuckDB does from 1e16 on. And where the shortest digits
lie exactly between two numbers, and are read as the even one, PostgreSQL
takes more digits: 9.999999999999999e+22 for 1e23. That happens from 2^53
(real: 2^24) on. DuckDB may write more digits than it needs: of a real
often, and of a double now and then (2.1716992000000002e+25).
"""

from __future__ import annotations

from daybook.duckdb.float_macros import FLOATS

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

MACROS: tuple[str, ...] = (*FLOATS, *_SCALARS, *_JSON)
"""What follows CREATE TEMP MACRO, each after those that it calls."""
