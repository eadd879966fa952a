-- shared_mailboxes: text[]. Returns the identifiers of subjects of whom no record remains: not a shared mailbox's, not
-- one that unlike subjects had, not one that a record still carries.
with gone as (
    select
        format,
        value
    from staging.erasure_identifier as held
    group by format, value
    having
        count(distinct subject_id) = 1
        and bool_and(not exists (
            select from register.subject_link as link
            where link.subject_id = held.subject_id
        ))
)

select
    gone.format,
    gone.value
from gone
where
    not (
        gone.format = 'email'
        and regexp_replace(split_part(split_part(gone.value, '@', 1), '+', 1), '[0-9]+$', '')
        = any(%(shared_mailboxes)s)
    )
-- Not an anti-join: for a cursor the planner chose a nested loop that took minutes.
except
select
    format,
    value
from ({carried}) as carried
