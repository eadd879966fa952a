"""The suite's own MariaDB keeps what other tests take for granted."""

import pymysql
import pytest

from tests.mariadb import Server


def test_its_data_outlives_a_crash_and_its_reader_cannot_write(mariadb: Server) -> None:
    uri = mariadb.database("probe")
    assert uri.startswith("mysql://probe_reader:")
    with mariadb.connect("probe") as conn, conn.cursor() as cursor:
        cursor.execute("create table t (name text)")
        cursor.execute("insert into t values ('Yrjö 😀')")
    mariadb.kill()
    with pytest.raises(pymysql.err.OperationalError):
        mariadb.connect("probe")
    mariadb.start()
    reader = {"user": "probe_reader", "password": mariadb.password, "unix_socket": str(mariadb.socket)}
    with pymysql.connect(**reader, database="probe", charset="utf8mb4") as conn, conn.cursor() as cursor:
        cursor.execute("select name from t")
        assert cursor.fetchall() == (("Yrjö 😀",),)
        with pytest.raises(pymysql.err.OperationalError, match="denied"):
            cursor.execute("insert into t values ('x')")
