-- Collection of unpaid invoices.
-- No constraints: keys and references are the application's business, as in the systems this one stands for.
create table laskutus.perinta (
    perinta_id text,
    lasku_id text,
    vaihe text,
    aloitettu text,
    katkaistu text,
    tuomio text,
    paattynyt text
)
