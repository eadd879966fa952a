-- Sources whose host, processor or sub-processor is not inside the EU/EEA any more: nothing is pulled from them.
create table if not exists register.misplaced_source (
    source text primary key,
    found_on date not null
)
