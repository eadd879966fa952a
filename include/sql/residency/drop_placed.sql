-- entity, rule: text. Takes off the list the records of an entity that are gone, or no longer misplaced by this rule.
delete from register.misplaced as known
where
    known.entity = %(entity)s and known.rule = %(rule)s
    and not exists (
        select from {outside} as outside
        where
            outside.source = known.source and outside.source_key = known.source_key
            and not exists (
                select from {consented} as consented
                where consented.source = outside.source and consented.source_key = outside.source_key
            )
    )
