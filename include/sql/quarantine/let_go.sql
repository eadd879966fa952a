-- Takes out of quarantine what was judged again and is not refused any more.
delete from quarantine.row as held
using {compared} as looked_at
where
    held.quarantine_id = looked_at._row
    and not exists (select from {refused} as refused where refused._row = looked_at._row)
