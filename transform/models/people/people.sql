-- Two people may agree in all that is known of them: they are numbered.
with numbered as (
    select
        *,
        row_number() over (
            partition by given_name, family_name, date_of_birth, place_of_birth
        ) as twin
    from {{ source('people_places', 'people') }}
),

towns as (
    select
        city,
        min(place_id) as place_id,
        min(country) as country,
        count(*) as places,
        -- A place of no country may be in any.
        count(distinct country) + count(*) filter (country is null)
            as countries
    from (
        -- A blank names no country.
        select * replace (
            case when trim(country) <> '' then country end as country
        )
        from {{ ref('places') }}
    )
    group by city
)

select
    ('0x' || md5(to_json([
        given_name, family_name, date_of_birth::varchar, place_of_birth,
        twin::varchar
    ]))[:15])::bigint as person_id,
    given_name,
    family_name,
    date_of_birth,
    place_of_birth,
    case when places = 1 then place_id end as place_id,
    case when countries = 1 then country end as country_of_birth,
    case
        when countries > 1 then 'in several countries'
        when country is null then 'unknown'
    end as doubt
from numbered
left join towns on city = place_of_birth
