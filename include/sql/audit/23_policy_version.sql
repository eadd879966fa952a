-- Each version of each policy file that a night found: the evidence of when it changed, who said so and what changed.
-- Policies hold no customer data. content: null for the controller's own details, whose people are named there, and for
-- a file that is gone; staff: who announced the change, null where nobody did.
create table if not exists audit.policy_version (
    version_id bigint generated always as identity primary key,
    file audit.name not null,
    sha256 audit.checksum not null,
    noted_at timestamptz not null default clock_timestamp(),
    night date,
    staff audit.staff,
    content text
);
