-- What an entry can be evidence of. Run as audit_owner; again, it adds the kinds that are new.
do $do$
declare
    kinds constant text[] := array[
        'pull_started', 'source_checked', 'processor_checked', 'arrived', 'rows_refused', 'residency_verdict',
        'hetu_removed', 'merged', 'books', 'recounted', 'pull_refused', 'subjects_linked', 'plan_made',
        'plan_approved', 'plan_rejected', 'erased', 'erasure_verified', 'published', 'policy_changed',
        'reidentified', 'quarantine_released', 'quarantine_expired', 'media_destroyed', 'plan_voided',
        'subject_decided', 'subject_undecided', 'store_checked', 'destination_checked', 'schema_drift',
        'schema_drift_seen', 'quarantine_decided', 'quarantine_viewed', 'pull_stopped', 'stop_accepted'
    ];
    label text;
begin
    if to_regtype('audit.kind') is null then
        create type audit.kind as enum ();
    end if;
    foreach label in array kinds loop
        execute 'alter type audit.kind add value if not exists ' || quote_literal(label);
    end loop;
end
$do$;
