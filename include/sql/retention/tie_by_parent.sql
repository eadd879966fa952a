-- parent: text. Ties the persons that an entity's records name to the customers of the records' parents.
insert into staging.retention_tie (person, customer)
select distinct
    person.subject_id,
    customer.subject_id
from {register} as held
inner join {parent} as parent on held.source = parent.source and held.{column} = parent.source_key
inner join register.subject_link as person
    on held.source = person.source and person.entity = 'person' and held.person_key = person.source_key
inner join register.subject_link as customer
    on parent.source = customer.source and customer.entity = 'customer' and parent.customer_key = customer.source_key
on conflict do nothing
