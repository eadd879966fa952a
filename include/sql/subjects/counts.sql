-- Returns the subjects by kind and the records by rule.
select
    count(distinct subject_id) filter (where kind = 'company') as companies,
    count(distinct subject_id) filter (where kind = 'person') as persons,
    count(*) filter (where rule = 'y_tunnus') as y_tunnus,
    count(*) filter (where rule = 'email+name') as email_name,
    count(*) filter (where rule = 'phone+name') as phone_name,
    count(*) filter (where rule = 'alone') as alone
from staging.subject_node
