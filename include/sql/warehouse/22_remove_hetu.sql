-- Replaces each valid Finnish personal identity code in a text by a mark. A space or a dash before, in place of
-- or after the century sign does not hide one. The check character decides, as in python-stdnum's fi.hetu.
create or replace function staging.remove_hetu(given text)
returns text
language plpgsql
immutable
parallel safe
strict
as $$
declare
    found text;
    bare text;
    kept text := given;
begin
    for found in
        select distinct m[1]
        from regexp_matches(
            given, '(?<![0-9])([0-9]{6}\s?[-+\u2010-\u2015\u2212A-FU-Ya-fu-y]\s?[0-9]{3}\s?[0-9A-FHJ-NPR-Ya-fhj-npr-y])(?![0-9A-Za-z])', 'g'
        ) as m
    loop
        bare := upper(regexp_replace(found, '\s', '', 'g'));
        if substr('0123456789ABCDEFHJKLMNPRSTUVWXY',
                  ((substr(bare, 1, 6) || substr(bare, 8, 3))::bigint % 31)::int + 1, 1) = substr(bare, 11, 1)
            and substr(bare, 1, 2)::int between 1 and 31
            and substr(bare, 3, 2)::int between 1 and 12
        then
            kept := replace(kept, found, '[hetu removed]');
        end if;
    end loop;
    return kept;
end
$$
