-- A name's set of folded words, so that "Virtanen, Matti" and "matti virtanen" agree: without case, accents,
-- punctuation and order. Null where nothing is left to compare.
create or replace function register.name_key(name text) returns text
language sql immutable strict parallel safe
as $body$
    select string_agg(distinct word, ' ' order by word)
    from regexp_split_to_table(
        translate(
            lower(regexp_replace(normalize(name, nfkd), '[\u0300-\u036f''’`´]', '', 'g')), 'øæðþłđßı', 'oadtldsi'
        ),
        '[^[:alnum:]]+'
    ) as word
    where word <> ''
$body$
