{# The hour of a day that a folder's name tells; NULL if it is none. #}
{% macro hour_of(text) %}
  case when regexp_full_match({{ text }}, '[01]?[0-9]|2[0-3]')
    then {{ text }}::integer end
{% endmacro %}

{#
  What was delivered for a dataset up to the day: each different line once,
  where it came first. `newest` says where it came last. `document` is the
  line, NULL where it is no JSON object, and `unread` says why.
#}
{% macro delivered(dataset) %}
  select
    lines.day,
    lines.hour,
    lines.file,
    lines.line,
    {{ place('files', 'lines') }} as place,
    coalesce(copies.newest, {{ place('files', 'lines') }}) as newest,
    case
      when lines.problem is not null then lines.problem
      when not json_valid(lines.text) then 'it is no JSON'
      -- DuckDB takes a comma before a bracket, outside texts, for JSON.
      when regexp_matches(lines.text, ',\s*[}\]]')
        and regexp_matches(
          regexp_replace(lines.text, '"(\\.|[^"\\])*"', '', 'g'),
          ',\s*[}\]]'
        ) then 'it is no JSON'
      when not starts_with(ltrim(lines.text, e' \t\r'), '{')
        then 'it is no JSON object'
      when len(json_keys(lines.text))
        <> list_unique(json_keys(lines.text))
        then 'it has a field twice'
      when contains(lines.text, '\u0000')
        and regexp_matches(lines.text, '(^|[^\\])(\\\\)*\\u0000')
        then 'it holds a NUL character'
    end as unread,
    case when unread is null then lines.text end as document
  from {{ ref('deliveries') }} as lines
  join {{ ref('files') }} as files using (day, file)
  left join {{ ref('copies') }} as copies
    on copies.place = {{ place('files', 'lines') }}
  where lines.dataset = '{{ dataset }}'
    and coalesce(copies.first = copies.place, true)
{% endmacro %}

{# Where a line stands among all: what was delivered later has more. #}
{% macro place(files, lines) -%}
  ({{ files }}.number * {{ var('lines_per_file') }} + {{ lines }}.line)
{%- endmacro %}

{#
  The same with the texts of some fields, each as `name`, and its type as
  JSON calls it as `name_type`.
#}
{% macro delivered_fields(dataset, names) %}
  select
    * exclude (document, json)
    {%- for name in names %},
    json."{{ name }}" ->> '$' as "{{ name }}",
    json_type(json."{{ name }}") as "{{ name }}_type"
    {%- endfor %}
  from (
    select *, json_transform(document, '{
      {%- for name in names %}"{{ name }}": "JSON"{{ ', ' if not loop.last }}
      {%- endfor -%}
    }') as json
    from ({{ delivered(dataset) }})
  )
{% endmacro %}

{#
  All rules that a row breaks. They stand in the `meta` of the model: a list
  of name, sql (what must be true) and message. What is NULL is not true.
#}
{% macro reasons() %}
  {%- set rules = rules_of(model) -%}
  case
    when unread is not null then ['line_is_an_object: ' || unread]
    else list_filter([
      {%- for rule in rules %}
      case when not coalesce(({{ rule.sql }}), false)
        then '{{ (rule.name ~ ': ' ~ rule.message) | replace("'", "''") }}' end
        {{- ',' if not loop.last }}
      {%- endfor %}
    ], lambda reason: reason is not null)
  end
{% endmacro %}

{# The rules of a model, each of them whole and with a name of its own. #}
{% macro rules_of(model) %}
  {%- set rules = model.config.meta.rules or [] -%}
  {%- for rule in rules %}
    {%- set named = rules | selectattr('name', 'eq', rule.name) | list -%}
    {%- if not (rule.name and rule.sql and rule.message)
        or not modules.re.fullmatch('[A-Za-z0-9_]+', rule.name)
        or named | length > 1 %}
      {%- do exceptions.raise_compiler_error(
        'Rule ' ~ loop.index ~ ' of ' ~ model.name ~ ' lacks a name of its '
        ~ 'own (letters, digits, underscores), a condition sql or a message'
      ) %}
    {%- endif %}
  {%- endfor %}
  {%- do return(rules) %}
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

{#
  The number that a text tells, to four digits: sums of floats have more,
  which mean nothing. NULL if it tells none.
#}
{% macro amount(text) -%}
  case
    when regexp_full_match(
      {{ text }}, '-?[0-9]+([.][0-9]+)?([eE][-+]?[0-9]+)?'
    ) then try_cast({{ text }} as decimal(18, 4))
  end
{%- endmacro %}

{# A number without a fraction, likewise. #}
{% macro whole(text) -%}
  case
    when regexp_full_match({{ text }}, '-?[0-9]{1,18}([.]0+)?')
      then try_cast({{ text }} as bigint)
  end
{%- endmacro %}

{# The rejected rows of a dataset, with the line as it came. #}
{% macro rejected(dataset, person=false) %}
select
    delivered_on,
    delivered_hour,
    file,
    line,
    reasons,
    {% if person %}person as customer_id,{% endif %}
    text
from {{ ref('rejected') }}
where dataset = '{{ dataset }}'
{% endmacro %}

{# The dataset that a file's name tells, `others` if there is none. #}
{% macro dataset_of(name) -%}
  case
    when {{ name }} in (
      'customers', 'products', 'transactions', 'erasure-requests'
    ) then {{ name }}
    else 'others'
  end
{%- endmacro %}

{# The moment that a text tells, in UTC; NULL if it tells none. #}
{% macro time_of(text) -%}
  case
    when {{ text }} >= '0001' and regexp_full_match(
      {{ text }},
      '[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]+)?)?(Z|[-+][0-9]{2}(:?[0-9]{2})?)?)?'
    ) then try_cast({{ text }} as timestamptz)::timestamp
  end
{%- endmacro %}
