-- subjects: uuid[], or null for all. Returns the open reviews of the records of these subjects; the records that
-- contradict each other have led_by in common.
select
    review.led_by,
    review.rule,
    review.source,
    review.entity,
    review.source_key,
    review.noted_on
from register.subject_review as review
where
    %(subjects)s::uuid[] is null
    or exists (
        select from register.subject_link as link
        where
            link.subject_id = any(%(subjects)s::uuid[]) and link.source = review.source
            and link.entity = review.entity and link.source_key = review.source_key
    )
order by review.rule, review.led_by, review.source, review.entity, review.source_key
