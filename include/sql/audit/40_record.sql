-- Writes one entry and returns its number: the only way to write. Serialised until the caller's transaction
-- ends, so call it last. The hash covers the previous one and every field, each led by its length in bytes
-- (a null is "-"): no two entries share a text. rekisteri.audit.verify computes the same on its own.
create or replace function audit.record(
    kind audit.kind,
    pull_id uuid default null,
    night date default null,
    source audit.name default null,
    entity audit.name default null,
    rule audit.name default null,
    column_name audit.name default null,
    staff audit.staff default null,
    plan_checksum audit.checksum default null,
    numbers audit.numbers default jsonb_build_object()
) returns bigint
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $body$
declare
    head record;
    next_seq bigint := 1;
    next_at timestamptz := clock_timestamp();
    previous bytea := decode(repeat('00', 32), 'hex');
    canonical text;
begin
    if current_setting('transaction_isolation') <> 'read committed' then
        raise exception using
            errcode = 'invalid_transaction_state',
            message = 'audit.record needs a read committed transaction',
            hint = 'An older snapshot does not see the head of the chain; write the entry in its own transaction.';
    end if;
    -- "audit" in ASCII; held to the end of the transaction, so the chain is in the order of the commits.
    perform pg_advisory_xact_lock(x'6175646974'::bigint);
    select entry.seq, entry.at, entry.hash into head from audit.entry as entry order by entry.seq desc limit 1;
    if found then
        next_seq := head.seq + 1;
        next_at := greatest(clock_timestamp(), head.at);
        previous := head.hash;
    end if;
    -- Days and times as seconds: their text depends on no session setting.
    select string_agg(coalesce(octet_length(field.value) || ':' || field.value, '-'), ',' order by field.place)
    into canonical
    from unnest(array[
        next_seq::text, extract(epoch from next_at)::text, record.kind::text, record.pull_id::text,
        extract(epoch from record.night)::text, record.source, record.entity, record.rule, record.column_name,
        record.staff, record.plan_checksum, record.numbers::text
    ]) with ordinality as field (value, place);
    insert into audit.entry
    values (
        next_seq, next_at, record.kind, record.pull_id, record.night, record.source, record.entity, record.rule,
        record.column_name, record.staff, record.plan_checksum, record.numbers, previous,
        sha256(previous || convert_to(canonical, 'UTF8'))
    );
    return next_seq;
end
$body$;
