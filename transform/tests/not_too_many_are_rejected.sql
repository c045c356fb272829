-- Datasets of which more of the day's lines were rejected than may be.
with limits as (
    select * from (values
    {%- for node in graph.nodes.values()
        if node.config.meta and node.config.meta.max_rejected is defined %}
        ('{{ node.config.meta.dataset }}', {{ node.config.meta.max_rejected }}),
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
