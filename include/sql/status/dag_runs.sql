-- In Airflow's own database. Returns per DAG its last run: dag_id, state, run_after.
select distinct on (dag_id)
    dag_id,
    state,
    run_after
from dag_run
order by dag_id asc, run_after desc, id desc
