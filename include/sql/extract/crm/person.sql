-- People, one row per person, with their preferred e-mail address and phone number; birth date, sex, identity code,
-- profiles and IP stay behind.
-- Dialect: PostgreSQL (crm).
select
    h.party_id::text as source_key,
    nullif(concat_ws(' ', h.given_name, h.family_name), '') as full_name,
    e.value as email,
    t.value as phone
from crm.people as h
left join crm.contact_points as e on h.party_id = e.party_id and e.medium = 'E' and e.preferred
left join crm.contact_points as t on h.party_id = t.party_id and t.medium = 'T' and t.preferred
