-- Addresses.
-- No constraints: keys and references are the application's business, as in the systems this one stands for.
create table laskutus.osoite (
    osoite_id text,
    asiakasnro text,
    laji text,
    katu text,
    postinro text,
    paikka text,
    maa text
)
