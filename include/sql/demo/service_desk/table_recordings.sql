-- Recorded calls and video calls; the media lies in an object store.
-- No constraints: keys and references are the application's business, as in the systems this one stands for.
create table desk.recordings (
    recording_id text,
    ticket_no text,
    requester_id text,
    recorded text,
    type text,
    bucket text,
    object_key text,
    cloud text,
    region text,
    duration_s text
)
