-- Returns the subjects by kind and the records by rule, of what was reached.
select
    count(*) as looked_at,
    count(distinct subject_id) filter (where kind = 'company') as companies,
    count(distinct subject_id) filter (where kind = 'person') as persons,
    count(*) filter (where ties[1] = 'y_tunnus') as y_tunnus,
    count(*) filter (where ties[1] = 'email+name') as email_name,
    count(*) filter (where ties[1] = 'phone+name') as phone_name,
    count(*) filter (where ties[1] = 'decided') as decided,
    count(*) filter (where ties is null) as alone
from staging.subject_node
