"""What others take for the same rows: pandas' read_sql and to_sql, and dlt's SQL source at its quickest."""

import os
import tempfile
from typing import Any

import sqlalchemy as sa

from bench import stand
from rekisteri import connections


def engine(conn_id: str, **more: Any) -> sa.Engine:
    """Return SQLAlchemy's way to an Airflow connection."""
    return sa.create_engine(
        "postgresql+psycopg://", creator=lambda: connections.connect(conn_id, **more), poolclass=sa.NullPool
    )


def pandas() -> float:
    """Move the cases by pandas, in chunks; return the seconds."""
    import pandas as pd

    origin, into = engine("demo_crm"), engine("postgres_admin", dbname="warehouse")

    def move() -> None:
        with origin.connect().execution_options(stream_results=True) as conn:
            for n, chunk in enumerate(pd.read_sql("select * from desk.ticket", conn, chunksize=50_000)):
                chunk.to_sql("by_pandas", into, schema="public", if_exists="append" if n else "replace", index=False)

    seconds = stand.timed(move)
    _drop("drop table public.by_pandas")
    return seconds


def dlt() -> float:
    """Move the cases by dlt: Arrow from the source, CSV by COPY into the destination; return the seconds."""
    with tempfile.TemporaryDirectory(prefix="rekisteri-bench-dlt-") as folder:
        os.environ |= {
            "DLT_DATA_DIR": folder,
            "RUNTIME__DLTHUB_TELEMETRY": "false",
            "NORMALIZE__WORKERS": "1",
            # Else each of its settings is asked of Airflow's database, which is not there, and each answer is printed.
            "PROVIDERS__ENABLE_AIRFLOW_SECRETS": "false",
        }
        import dlt as peer
        from dlt.sources.sql_database import sql_table

        def move() -> None:
            into = connections.dsn("postgres_admin") | {"dbname": "warehouse"}
            login = f"postgresql://{into['user']}:{into['password']}@127.0.0.1:{into['port']}/warehouse"
            pipeline = peer.pipeline(
                "bench", pipelines_dir=folder, dataset_name="by_dlt", destination=peer.destinations.postgres(login)
            )
            source = sql_table(engine("demo_crm"), "ticket", schema="desk", backend="pyarrow", chunk_size=50_000)
            pipeline.run(source, write_disposition="replace", loader_file_format="csv").raise_on_failed_jobs()

        seconds = stand.timed(move)
    _drop("drop schema by_dlt cascade")
    return seconds


def _drop(statement: str) -> None:
    with connections.connect("postgres_admin", dbname="warehouse", autocommit=True) as conn:
        conn.execute(statement)  # type: ignore[call-overload]
