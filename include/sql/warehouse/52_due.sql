-- What the newest plan that is not voided erases or restricts and is not done yet, approved or not: nobody may use it.
create or replace view register.due as
select
    item.source,
    item.entity,
    item.source_key
from register.erasure_item as item
where
    item.action in ('erase', 'restrict')
    and item.checksum = (
        select plan.checksum
        from register.erasure_plan as plan
        where plan.state <> 'voided'
        order by plan.night desc, plan.made_at desc
        limit 1
    )
