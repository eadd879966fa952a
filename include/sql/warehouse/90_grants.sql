-- Who may do what. Everything not named here is refused.
do $$
declare
    entity record;
begin
    execute 'grant usage, create on schema staging to rekisteri_pipeline';
    execute 'grant select, insert, update, delete on all tables in schema staging to rekisteri_pipeline';
    execute 'grant execute on all functions in schema staging to rekisteri_pipeline';
    execute 'grant usage on schema quarantine, register, vault to rekisteri_pipeline, rekisteri_dpo';
    execute 'grant select, insert, update, delete on all tables in schema quarantine, register, vault to rekisteri_pipeline';
    -- Which version the warehouse is at, an upgrade alone says.
    execute 'revoke insert, update, delete on register.schema_version from rekisteri_pipeline';
    -- What these functions execute as the owner comes from the catalog, by their own hand only.
    execute 'revoke insert, update, delete on register.unindexed from rekisteri_pipeline';
    execute 'revoke all on function register.drop_indexes, register.build_indexes from public';
    execute 'grant execute on function register.drop_indexes, register.build_indexes to rekisteri_pipeline';
    execute 'grant select on all tables in schema quarantine, register to rekisteri_dpo';
    execute 'grant select on vault.row_tombstone, vault.identifier_tombstone to rekisteri_dpo';
    execute 'grant insert, update, delete on register.legal_hold, register.subject_decision to rekisteri_dpo';
    execute 'grant insert on register.subject_touched to rekisteri_dpo';
    execute 'grant insert, update, delete on quarantine.decision to rekisteri_dpo';
    -- To empty a rejected row at once; what it holds and where it stands the pipeline alone writes.
    execute 'grant update (row) on quarantine.row to rekisteri_dpo';
    execute 'grant maintain on register.subject_identifier to rekisteri_pipeline';
    execute 'grant update (state) on register.erasure_plan to rekisteri_dpo';
    execute 'grant usage on schema staging to rekisteri_dpo';
    execute 'grant select on staging.pull, staging.arrival to rekisteri_dpo';
    execute 'grant select on staging.source_catalog, staging.source_change to rekisteri_dpo';
    execute 'grant update (seen_by, seen_on) on staging.source_change to rekisteri_dpo';
    execute 'grant usage, create on schema analytics to rekisteri_pipeline';
    execute 'grant select, insert on analytics.publication to rekisteri_pipeline';
    execute 'grant usage on schema analytics to rekisteri_analyst, rekisteri_dpo';
    execute 'grant select on analytics.publication to rekisteri_analyst, rekisteri_dpo';
    execute 'grant usage on schema register to rekisteri_service_desk';
    execute 'grant select on register.customer, register.person, register.user_account, register.device, '
        'register."case", register.message, register.recording to rekisteri_service_desk';
    for entity in
        select c.oid::regclass as name
        from pg_class as c
        inner join pg_attribute as a on c.oid = a.attrelid
        where c.relnamespace = 'register'::regnamespace and c.relkind = 'r' and a.attname = 'restricted_ground'
    loop
        execute format('alter table %s enable row level security', entity.name);
        execute format('drop policy if exists pipeline on %s', entity.name);
        execute format('create policy pipeline on %s for all to rekisteri_pipeline using (true)', entity.name);
        execute format('drop policy if exists dpo on %s', entity.name);
        execute format('create policy dpo on %s for select to rekisteri_dpo using (true)', entity.name);
        -- Restricted rows are readable by nobody but those their ground names (Art. 18).
        execute format('drop policy if exists unrestricted on %s', entity.name);
        execute format(
            'create policy unrestricted on %s for select to rekisteri_service_desk using (restricted_ground is null)',
            entity.name
        );
    end loop;
end
$$
