-- view: what the analysts may read; of the versions themselves they may read none.
grant select on {view} to rekisteri_analyst
