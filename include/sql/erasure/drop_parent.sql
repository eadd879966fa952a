-- entity, parent: text. Takes out a record that one which is not erased refers to.
delete from staging.retention_verdict as parent
using {register} as child
where
    parent.entity = %(parent)s and parent.action = 'erase'
    and child.source = parent.source and child.{column} = parent.source_key
    and not exists (
        select from staging.retention_verdict as verdict
        where
            verdict.entity = %(entity)s and verdict.source = child.source
            and verdict.source_key = child.source_key and verdict.action = 'erase'
    )
