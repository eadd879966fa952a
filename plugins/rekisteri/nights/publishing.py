"""What the tasks of ``pseudonymize`` do; only counts."""

from rekisteri import audit, data_docs, policy_events, pseudonyms, publication, pulls, warehouse_version
from rekisteri.nights.erasing import tonight
from rekisteri.residency import admission


def give_pseudonyms() -> int:
    """Give a pseudonym to each subject that lacks one; return how many."""
    with warehouse_version.connect() as conn, pulls.without_values("giving pseudonyms"):
        admission.admit_warehouse(conn, tonight(conn))
        return pseudonyms.assign(conn)


def publish() -> dict[str, int]:
    """Publish the analyst tables; return their rows."""
    with warehouse_version.connect() as conn, pulls.without_values("publishing"):
        policy_events.note(conn, night := tonight(conn))
        admission.admit_warehouse(conn, night)
        made = publication.publish(conn, night)
        audit.keep_head(conn)
    return {one.table: one.rows for one in made}


def build_docs() -> int:
    """Forget validations that are past their nights and write the Data Docs anew; return the pages."""
    with warehouse_version.connect() as conn, pulls.without_values("Data Docs"):
        data_docs.prune(conn, tonight(conn))
        return data_docs.build_tonight(conn)
