-- key_version; channels: text[]; tokens: bytea[]; days: date[]. Keeps marketing prohibitions as keyed hashes, for good.
insert into vault.marketing_prohibition (key_version, channel, token, noted_on)
select
    %(key_version)s,
    given.channel,
    given.token,
    given.noted_on
from unnest(%(channels)s::text[], %(tokens)s::bytea[], %(days)s::date[]) as given (channel, token, noted_on)
on conflict (key_version, channel, token) do nothing
