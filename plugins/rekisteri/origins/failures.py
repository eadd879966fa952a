"""What went wrong at a source, told without the driver's own text, which may quote a row."""

from rekisteri.errors import SourceDown, SourceError

NO_TEXT = ("22021", "22P05")
"""SQLSTATEs of what text cannot hold; the side that takes it finds it."""


def gone(entry: str) -> SourceDown:
    """Return the error of a source that does not answer, or went away meanwhile: worth a retry."""
    return SourceDown(f"connection {entry!r}: the source went away while it was read; it is tried again")


def refused_login(entry: str, code: object) -> SourceDown:
    """Return the error of a source that lets nobody in."""
    return SourceDown(
        f"connection {entry!r}: the server does not answer or refuses the login ({code}); "
        "see that it runs and that the connection's host, port, login and password are right"
    )


def too_slow() -> SourceError:
    """Return the error of a statement that took longer than the source's entry allows."""
    return SourceError("it took longer than the timeout in sources.yaml; make it faster or allow more")


def no_text(code: object) -> SourceError:
    """Return the error of a value that no text can hold."""
    return SourceError(
        "the source sends what text cannot hold, such as NUL or bytes that are not UTF-8 "
        f"({code}); convert that column in the SELECT"
    )


def refused(code: object, said: str = "") -> SourceError:
    """Return the error of a statement that the source refuses.

    Args:
        code: the driver's code.
        said: the server's own words, where they speak of the statement or the login and never of a row.
    """
    return SourceError(f"the source refuses it, {code}{': ' + said if said else ''}")
