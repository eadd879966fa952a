-- Return one row when this demo source has ever been loaded.
select 1 as known
where to_regclass('demo.loaded') is not null
