"""What the tasks of ``pseudonymize`` do; only counts."""

from rekisteri import audit, policy_events, pseudonyms, publication, pulls, warehouse_version
from rekisteri.nights.erasing import tonight


def give_pseudonyms() -> int:
    """Give a pseudonym to each subject that lacks one; return how many."""
    with warehouse_version.connect() as conn, pulls.without_values("giving pseudonyms"):
        return pseudonyms.assign(conn)


def publish() -> dict[str, int]:
    """Publish the analyst tables; return their rows."""
    with warehouse_version.connect() as conn, pulls.without_values("publishing"):
        policy_events.note(conn, night := tonight(conn))
        made = publication.publish(conn, night)
        audit.keep_head(conn)
    return {one.table: one.rows for one in made}
