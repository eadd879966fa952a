-- People among the parties, with more than the register may hold.
-- No constraints: keys and references are the application's business, as in the systems this one stands for.
create table crm.people (
    party_id bigint,
    given_name text,
    family_name text,
    birth_date date,
    sex text,
    national_id text,
    linkedin_url text,
    last_login_ip text
)
