-- People who ask for help; password hash, picture and IP stay behind.
-- Dialect: PostgreSQL (service_desk).
select
    requester_id as source_key,
    display_name as full_name,
    mail as email,
    phone
from desk.requesters
