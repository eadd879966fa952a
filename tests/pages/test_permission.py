"""Under FAB, as in production, the roles that docs name may look, and Viewer may not."""

from airflow.api_fastapi.auth.managers.models.resource_details import DagAccessEntity
from airflow.providers.fab.auth_manager.fab_auth_manager import _MAP_DAG_ACCESS_ENTITY_TO_FAB_RESOURCE_TYPE
from airflow.providers.fab.auth_manager.security_manager.override import FabAirflowSecurityManagerOverride as Roles
from airflow.providers.fab.www.security import permissions


def test_editing_an_answer_tells_viewers_from_users() -> None:
    (answer,) = _MAP_DAG_ACCESS_ENTITY_TO_FAB_RESOURCE_TYPE[DagAccessEntity.HITL_DETAIL]
    needed = {(permissions.ACTION_CAN_EDIT, answer), (permissions.ACTION_CAN_EDIT, permissions.RESOURCE_DAG)}
    users, viewers = set(Roles.USER_PERMISSIONS), set(Roles.VIEWER_PERMISSIONS)
    assert needed <= users
    assert not needed & viewers
