-- Recorded calls and video calls, with the path of the media file in the object store and the region it lies in.
-- Dialect: PostgreSQL (service_desk).
select
    recording_id as source_key,
    ticket_no as case_key,
    requester_id as person_key,
    recorded as recorded_at,
    case type
        when 'voice' then 'call'
        when 'screen' then 'video'
        else type
    end as kind,
    bucket || '/' || object_key as media,
    cloud as provider,
    region as storage_region,
    duration_s as seconds
from desk.recordings
