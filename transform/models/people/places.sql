-- The key is made of what the row says, so that it stays when others come.
select distinct
    ('0x' || md5(to_json([city, county, country]))[:15])::bigint as place_id,
    city,
    county,
    country
from {{ source('people_places', 'places') }}
