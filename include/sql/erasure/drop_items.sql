-- Removes the items of voided plans; what was erased keeps its list.
delete from register.erasure_item as item
using register.erasure_plan as plan
where item.checksum = plan.checksum and plan.state = 'voided'
