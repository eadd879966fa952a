-- format: text. Notes which rows carry which identifier of one column.
insert into staging.quarantine_identifier (quarantine_id, format, value, token)
select
    waiting.quarantine_id,
    %(format)s,
    conformed.value,
    conformed.token
from staging.quarantine_given as waiting
inner join staging.quarantine_conformed as conformed on waiting.given = conformed.given
