-- Leaves out what is refused or suppressed; a part of a statement, which the linter cannot read:
-- noqa: disable=all
where
    not exists (select from {refused} as refused where accepted._row = refused._row)
    and not exists (select from {suppressed} as suppressed where accepted._row = suppressed._row)
