-- Customers' addresses, through city and country. The export lost the é of Réunion: mended here, since no other
-- country is meant. Left out: district and phone.
-- Dialect: SQLite (pagila).
select
    customer.customer_id as source_key,
    customer.customer_id as customer_key,
    'use' as kind,
    address.address || coalesce(', ' || nullif(address.address2, ''), '') as street,
    address.postal_code,
    city.city,
    iif(country.country = 'Runion', 'Réunion', country.country) as country
from customer
inner join address on customer.address_id = address.address_id
inner join city on address.city_id = city.city_id
inner join country on city.country_id = country.country_id
