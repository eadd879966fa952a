-- kind: company, person, or null for both. Returns each record that is about somebody, as "source entity key", with its
-- subject.
select
    concat_ws(' ', link.source, link.entity, link.source_key) as record,
    link.subject_id
from register.subject_link as link
inner join register.subject as subject on link.subject_id = subject.subject_id
where %(kind)s::text is null or subject.kind = %(kind)s
