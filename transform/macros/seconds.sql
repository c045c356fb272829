{#
  Seconds since 1970 of a moment that may be just that, in any type of
  number, or a date with a time, which is UTC's where it names no zone.
#}
{% macro seconds(column) %}
    coalesce(
        try_cast({{ column }}::varchar as bigint),
        floor(epoch({{ column }}::varchar::timestamptz))::bigint
    )
{% endmacro %}
