-- fingerprint. Notes by which rules the links are made.
insert into register.subject_state as known (fingerprint)
values (%(fingerprint)s)
on conflict (only_row) do update set
    fingerprint = excluded.fingerprint
