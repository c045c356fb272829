{#
  A contract's columns and types, without its keys: an index of DuckDB's
  must fit into memory. daybook-dbt checks the keys when all is built, and
  tap-duckdb carries them on.
#}
{% macro duckdb__get_table_columns_and_constraints() %}
  {%- set keys = ['primary_key', 'unique', 'foreign_key'] -%}
  {%- set columns = {} -%}
  {%- for name, column in model['columns'].items() -%}
    {%- set kept = column['constraints']
        | rejectattr('type', 'in', keys) | list -%}
    {%- do columns.update({name: dict(column, constraints=kept)}) -%}
  {%- endfor -%}
  {%- set others = model['constraints']
      | rejectattr('type', 'in', keys) | list -%}
  {%- set lines = adapter.render_raw_columns_constraints(raw_columns=columns)
      + adapter.render_raw_model_constraints(raw_constraints=others) -%}
  (
    {{ lines | join(',\n    ') }}
  )
{% endmacro %}
