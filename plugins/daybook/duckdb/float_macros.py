"""Macros by which DuckDB writes floats as PostgreSQL does.

See `macros`.
"""

from __future__ import annotations

FLOATS: tuple[str, ...] = (
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
