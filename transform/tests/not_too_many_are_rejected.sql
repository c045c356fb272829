-- Datasets of which more of the day's lines were rejected than may be.
with limits as (
    select * from (values
    {%- for node in graph.nodes.values()
        if node.config.meta and node.config.meta.max_rejected is defined %}
        {%- set share = node.config.meta.max_rejected %}
        {%- if share is not number or not 0 <= share <= 1 %}
            {%- do exceptions.raise_compiler_error(
                'max_rejected of ' ~ node.name ~ ' is ' ~ share
                ~ ', no share from 0 to 1'
            ) %}
        {%- endif %}
        ('{{ node.config.meta.dataset }}', {{ share }}),
    {%- endfor %}
        (null, null)
    ) as limits (dataset, max_rejected)
)

select
    dataset,
    sum(rejected) as rejected,
    sum(valid + rejected) as lines,
    max_rejected
from {{ ref('statistics') }}
join limits using (dataset)
where delivered_on = '{{ env_var("DATESTAMP", "") }}'::date
group by all
having sum(rejected) > max_rejected * sum(valid + rejected)
