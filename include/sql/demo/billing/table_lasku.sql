-- Invoices and credit notes; dates d.m.yyyy, sums 1 234,56.
-- No constraints: keys and references are the application's business, as in the systems this one stands for.
create table laskutus.lasku (
    lasku_id text,
    asiakasnro text,
    laskunro text,
    viite text,
    laji text,
    laskupvm text,
    erapvm text,
    maksettu text,
    summa text,
    alv text
)
