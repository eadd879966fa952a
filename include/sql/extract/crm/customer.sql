-- Customers: parties in the role of customer, with their preferred e-mail address and phone number.
-- Dialect: PostgreSQL (crm).
select
    p.id::text as source_key,
    case p.kind
        when 'O' then 'company'
        when 'P' then 'person'
        else p.kind
    end as kind,
    coalesce(o.legal_name, nullif(concat_ws(' ', h.given_name, h.family_name), '')) as name,
    o.business_id as y_tunnus,
    e.value as email,
    t.value as phone,
    coalesce(o.founded_on, r.since) as registered_on
from crm.parties as p
inner join crm.party_roles as r on p.id = r.party_id and r.role_code = 'customer'
left join crm.organisations as o on p.id = o.party_id
left join crm.people as h on p.id = h.party_id
left join crm.contact_points as e on p.id = e.party_id and e.medium = 'E' and e.preferred
left join crm.contact_points as t on p.id = t.party_id and t.medium = 'T' and t.preferred
