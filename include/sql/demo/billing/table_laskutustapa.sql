-- How each customer is billed.
-- No constraints: keys and references are the application's business, as in the systems this one stands for.
create table laskutus.laskutustapa (
    tapa_id text,
    asiakasnro text,
    tapa text,
    yhteyshenkilo text,
    sahkoposti text,
    puhelin text,
    tilinumero text,
    verkkolaskuosoite text
)
