-- The last day that a voucher is kept (Kirjanpitolaki 1336/1997 2:10 § 2): the end of the year that lies the period
-- after the calendar year in which its financial year ended. year_end: month and day, such as 04-30.
create or replace function register.voucher_until(issued_on date, year_end text, period interval) returns date
language sql immutable strict parallel safe
as $body$
    select (
        make_date(extract(year from issued_on)::int + (to_char(issued_on, 'MM-DD') > year_end)::int, 12, 31) + period
    )::date
$body$
