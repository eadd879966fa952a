-- Records that who is who must look at again; without a key, so that writers never wait for one another.
create table if not exists register.subject_touched (
    source text not null,
    entity text not null,
    source_key text not null
)
