-- Devices and machines in the cloud.
-- No constraints: keys and references are the application's business, as in the systems this one stands for.
create table desk.assets (
    asset_tag text,
    client_id text,
    model text,
    serial_no text,
    os_version text,
    security_score text,
    in_use_from text,
    in_use_until text,
    cloud text,
    region text
)
