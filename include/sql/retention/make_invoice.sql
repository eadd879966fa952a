-- Makes a work table, dropped in the transaction that makes it: how long each invoice's two grounds last.
create unlogged table staging.retention_invoice (
    source text not null,
    source_key text not null,
    customer_key text not null,
    voucher_until date not null,
    debt_until date,
    primary key (source, source_key)
)
