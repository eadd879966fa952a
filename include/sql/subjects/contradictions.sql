-- largest: int. Returns label and rule of each component that holds a contradiction or is too large.
with component as (
    select
        label,
        count(*) as records,
        count(distinct y_tunnus) filter (where kind = 'person') as y_tunnus
    from staging.subject_node
    group by label
    having count(*) > 1
),

unlike_customers as (
    select distinct one.label
    from staging.subject_node as one
    inner join staging.subject_node as other
        on one.label = other.label and one.source = other.source and one.node < other.node
    where
        one.entity = 'customer' and other.entity = 'customer' and one.kind = 'person'
        and one.email <> other.email and one.phone <> other.phone
)

select
    component.label,
    case
        when component.records > %(largest)s then 'too_large'
        when component.y_tunnus > 1 then 'two_y_tunnus'
        else 'unlike_customers'
    end as rule
from component
left join unlike_customers on component.label = unlike_customers.label
where component.records > %(largest)s or component.y_tunnus > 1 or unlike_customers.label is not null
