"""Under FAB, as in production, the roles that docs name may look, and Viewer may not."""

from types import SimpleNamespace
from typing import Any

import psycopg
import pytest
from airflow.api_fastapi.auth.managers.models.resource_details import DagAccessEntity
from airflow.api_fastapi.core_api import security
from airflow.providers.fab.auth_manager.fab_auth_manager import (
    _MAP_DAG_ACCESS_ENTITY_TO_FAB_RESOURCE_TYPE,
    FabAuthManager,
)
from airflow.providers.fab.auth_manager.security_manager.override import FabAirflowSecurityManagerOverride as Roles
from airflow.providers.fab.www.security import permissions
from fastapi import FastAPI
from fastapi.testclient import TestClient

from rekisteri.pages import permission
from rekisteri.pages.app import app
from rekisteri.pages.rendering import BASE

PAGES = ("/gates", "/gates/rows", "/where", "/transfers")
ROLES: dict[str, list[Any]] = {
    "Public": [],
    "Viewer": Roles.VIEWER_PERMISSIONS,
    "User": Roles.VIEWER_PERMISSIONS + Roles.USER_PERMISSIONS,
    "Op": Roles.VIEWER_PERMISSIONS + Roles.USER_PERMISSIONS + Roles.OP_PERMISSIONS,
}
"""What FAB gives to whom, each role with what the lesser ones may."""


def test_editing_an_answer_tells_viewers_from_users() -> None:
    (answer,) = _MAP_DAG_ACCESS_ENTITY_TO_FAB_RESOURCE_TYPE[DagAccessEntity.HITL_DETAIL]
    needed = {(permissions.ACTION_CAN_EDIT, answer), (permissions.ACTION_CAN_EDIT, permissions.RESOURCE_DAG)}
    users, viewers = set(Roles.USER_PERMISSIONS), set(Roles.VIEWER_PERMISSIONS)
    assert needed <= users
    assert not needed & viewers


@pytest.mark.parametrize(("role", "status"), [("Public", 403), ("Viewer", 403), ("User", 200), ("Op", 200)])
def test_every_page_asks_fab_for_the_role(
    warehouse: psycopg.Connection[Any], monkeypatch: pytest.MonkeyPatch, role: str, status: int
) -> None:
    monkeypatch.setattr(security, "get_auth_manager", lambda: FabAuthManager.__new__(FabAuthManager))
    # Teams are of Airflow's own database, which is not here.
    monkeypatch.setattr(security.DagModel, "get_team_name", lambda dag_id: None)
    pages, outer = app(permission.required), FastAPI()
    monkeypatch.setitem(pages.dependency_overrides, security.get_user, lambda: SimpleNamespace(perms=ROLES[role]))
    outer.mount(BASE, pages)
    with TestClient(outer) as client:
        assert {path: client.get(BASE + path).status_code for path in PAGES} == dict.fromkeys(PAGES, status)
