-- kinds: text[] of ties, the strongest first. Makes the links of what was reached equal the components. Returns what
-- was looked at by kind and rule; what changed; the subjects that lost or won a known record; and those that lost one.
-- The linter cannot read a merge inside a CTE:
-- noqa: disable=all
with tied as (
    select
        node,
        array_agg(kind order by array_position(%(kinds)s::text[], kind)) as ties
    from (select distinct node, kind from staging.subject_tie) as carried
    group by node
),

wanted as (
    select
        node.source,
        node.entity,
        node.source_key,
        node.subject_id,
        node.kind,
        coalesce(tied.ties[1], 'alone') as rule,
        coalesce(tied.ties, array[]::text[]) as ties
    from staging.subject_node as node
    left join tied on node.node = tied.node
),

gone as (
    delete from register.subject_link as known
    using staging.subject_key as touched
    where
        known.source = touched.source and known.entity = touched.entity and known.source_key = touched.source_key
        and not exists (
            select from register.subject_identifier as held
            where
                held.source = touched.source and held.entity = touched.entity and held.source_key = touched.source_key
        )
    returning known.subject_id
),

linked as (
    merge into register.subject_link as known
    using wanted
        on known.source = wanted.source and known.entity = wanted.entity and known.source_key = wanted.source_key
    when matched and (known.subject_id, known.ties) is distinct from (wanted.subject_id, wanted.ties)
        then update set subject_id = wanted.subject_id, rule = wanted.rule, ties = wanted.ties
    when not matched then insert (source, entity, source_key, subject_id, rule, ties)
    values (wanted.source, wanted.entity, wanted.source_key, wanted.subject_id, wanted.rule, wanted.ties)
    returning merge_action() as action, old.subject_id as old_subject, new.subject_id as new_subject
),

moved as (
    select
        old_subject,
        new_subject
    from linked
    where action = 'UPDATE' and old_subject <> new_subject
)

select
    count(*) as looked_at,
    count(distinct subject_id) filter (where kind = 'company') as companies,
    count(distinct subject_id) filter (where kind = 'person') as persons,
    count(*) filter (where rule = 'y_tunnus') as y_tunnus,
    count(*) filter (where rule = 'email+name') as email_name,
    count(*) filter (where rule = 'phone+name') as phone_name,
    count(*) filter (where rule = 'decided') as decided,
    count(*) filter (where rule = 'alone') as alone,
    (select count(*) from linked where action = 'INSERT') as linked,
    (select count(*) from gone) as unlinked,
    (select count(*) from moved) as moved,
    array(select old_subject from moved union select new_subject from moved) as moved_subjects,
    array(select old_subject from moved union select subject_id from gone) as loosed_subjects
from wanted
