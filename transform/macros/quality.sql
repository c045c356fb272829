{#
  What was delivered for a dataset up to the day: each different line once,
  where it came first. `newest` says when it came last. `document` is the
  line, NULL where it is no JSON object, and `unread` says why.
#}
{% macro delivered(dataset) %}
  select
    files.day,
    files.hour,
    lines.file,
    lines.line,
    firsts.newest,
    lines.text,
    case
      when lines.problem is not null then lines.problem
      when not json_valid(lines.text) then 'it is no JSON'
      when json_type(lines.text) <> 'OBJECT' then 'it is no JSON object'
    end as unread,
    case when unread is null then lines.text end as document
  from {{ source('retail_raw_all', 'lines') }} as lines
  join {{ ref('files') }} as files
    on files.day = lines.extracted_at and files.file = lines.file
  join {{ ref('firsts') }} as firsts
    on firsts.first = files.number * {{ var('lines_per_file') }} + lines.line
  where lines.dataset = '{{ dataset }}'
{% endmacro %}

{# The texts of some fields of `document`, and how JSON writes them. #}
{% macro fields(names) %}
  json_extract(document, [
    {%- for name in names %}'$."{{ name }}"'{{ ', ' if not loop.last }}{% endfor -%}
  ]) as json
  {%- for name in names %},
  json[{{ loop.index }}] ->> '$' as "{{ name }}"
  {%- endfor %}
{% endmacro %}

{#
  All rules that a row breaks. They stand in the `meta` of the model: a list
  of name, sql (what must be true) and message. What is NULL is not true.
#}
{% macro reasons() %}
  {%- set rules = model.config.meta.rules -%}
  case
    when document is null then ['line_is_an_object: ' || unread]
    else list_filter([
      {%- for rule in rules %}
      case when not coalesce(({{ rule.sql }}), false)
        then '{{ (rule.name ~ ': ' ~ rule.message) | replace("'", "''") }}' end
        {{- ',' if not loop.last }}
      {%- endfor %}
    ], lambda reason: reason is not null)
  end
{% endmacro %}

{#
  The rows of `from_` with `reasons` and, in place of older rows of one key,
  the reason that there is a newer one.
#}
{% macro newest_wins(from_, key) %}
  select
    checked.* exclude (reasons),
    case
      when checked.newest < newer.newest
        then ['{{ key }}_is_unique: a newer delivery has this {{ key }}']
      else reasons
    end as reasons
  from {{ from_ }} as checked
  left join (
    select {{ key }}, max(newest) as newest
    from {{ from_ }}
    where len(reasons) = 0
    group by {{ key }}
    having count(*) > 1
  ) as newer on newer.{{ key }} = checked.{{ key }} and len(reasons) = 0
{% endmacro %}

{# The rows of a checked model that break a rule, with the line as it came. #}
{% macro rejected(checked, person=none) %}
select
    day as delivered_on,
    hour as delivered_hour,
    file,
    line,
    reasons,
    {% if person %}{{ person }} as customer_id,{% endif %}
    text
from {{ ref(checked) }}
where len(reasons) > 0
{% endmacro %}
