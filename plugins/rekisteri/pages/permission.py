"""Who may look at the pages: those who may answer the erasure plan, hence the data protection officer and admins.

Analysts may read every DAG, so reading one is not enough: quarantined rows are shown by their keys.
"""

from airflow.api_fastapi.auth.managers.models.resource_details import DagAccessEntity
from airflow.api_fastapi.core_api.security import requires_access_dag

required = requires_access_dag("PUT", DagAccessEntity.HITL_DETAIL, "erase")
"""Dependency of every page: 401 without a login, 403 for one that may not answer."""
