-- Customers of the billing system; persons as 'Sukunimi, Etunimi'; empty text where nothing is known.
-- No constraints: keys and references are the application's business, as in the systems this one stands for.
create table laskutus.asiakas (
    asiakasnro text,
    tyyppi text,
    nimi text,
    ytunnus text,
    sahkoposti text,
    puhelin text,
    perustettu text,
    luottoluokka text
)
