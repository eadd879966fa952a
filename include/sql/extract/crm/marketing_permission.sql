-- Marketing permissions and prohibitions of people.
-- Dialect: PostgreSQL (crm).
select
    id::text as source_key,
    person_id::text as person_key,
    case channel_code
        when 'EML' then 'email'
        when 'SMS' then 'sms'
        when 'TEL' then 'phone'
        when 'MAIL' then 'post'
        else channel_code
    end as channel,
    case granted
        when 'Y' then 'true'
        when 'N' then 'false'
        else granted
    end as allowed,
    case basis_code
        when 'OPTIN' then 'consent'
        when 'CUST' then 'customer_relationship'
        when 'OBJ' then 'objection'
        else basis_code
    end as basis,
    given_on,
    withdrawn_on
from crm.consents
