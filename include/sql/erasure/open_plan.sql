-- checksum, night, erase, restrict, keep, subjects. Opens a plan; one with the same contents that still stands keeps
-- its state, one that was voided, or erased and has work again, is opened anew. A plan with nothing to do is
-- done. Returns whether it was opened, and its state.
merge into register.erasure_plan as plan
using (values (%(checksum)s)) as given (checksum)
    on plan.checksum = given.checksum
when matched and (plan.state = 'voided' or (plan.state = 'erased' and plan.erase + plan.restrict > 0))
then
    update
        set
            state = case when plan.erase + plan.restrict > 0 then 'waiting' else 'erased' end,
            made_at = now(),
            night = %(night)s,
            subjects = %(subjects)s
when matched then update set night = greatest(plan.night, %(night)s)
when not matched then
    insert (checksum, night, state, erase, "restrict", keep, subjects)
    values (
        %(checksum)s,
        %(night)s,
        case when %(erase)s + %(restrict)s > 0 then 'waiting' else 'erased' end,
        %(erase)s,
        %(restrict)s,
        %(keep)s,
        %(subjects)s
    )
returning merge_action() = 'INSERT' or old.made_at <> new.made_at as opened, new.state
