"""Media of recordings in the object stores; a store that cannot be looked into is not erased (design rule 3)."""

import errno
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from rekisteri.errors import ErasureRefused

Stores = Mapping[str, Path]
"""Source -> folder where its media paths start."""


def places(stores: Stores, media: Iterable[tuple[str, str]]) -> list[Path]:
    """Return where media files are, refusing all when one is outside its store; what is missing is no fault.

    Args:
        stores: source to its object store.
        media: source and path of each file.

    Raises:
        ErasureRefused: a source has no store, the store is not there, or a path leads out of it or to a folder.
    """
    found = []
    for source, path in media:
        with without_paths(source):
            found.append(_place(stores, source, path))
    return found


@contextmanager
def without_paths(source: str) -> Iterator[None]:
    """Turn an error of the file system, which quotes a path and so perhaps a person's name, into one that does not.

    Raises:
        ErasureRefused: in place of it, with the source and the error's code.
    """
    try:
        yield
    except (OSError, RuntimeError) as error:
        code = errno.errorcode.get(getattr(error, "errno", None) or 0, type(error).__name__)
        raise ErasureRefused(
            f"the object store of source {source!r} refuses a media file ({code}); nothing was erased. See its rights "
            "and its mount, then run this again"
        ) from None


def _place(stores: Stores, source: str, path: str) -> Path:
    store = stores.get(source)
    if store is None:
        raise ErasureRefused(
            f"source {source!r} has recordings and no object_store in include/policy/sources.yaml; add it there"
        )
    if not store.is_dir():
        raise ErasureRefused(f"the object store of source {source!r} is not there; mount it, then run this again")
    if "\0" in path:
        raise ErasureRefused(_outside(source))
    # The folder is resolved and the file is not: a link is removed itself, never what it points to.
    root, given = store.resolve(), store / path
    place = given.parent.resolve() / given.name
    if given.name in ("", "..") or not place.is_relative_to(root) or place == root:
        raise ErasureRefused(_outside(source))
    if place.is_dir() and not place.is_symlink():
        raise ErasureRefused(_outside(source))
    return place


def _outside(source: str) -> str:
    return (
        f"a recording of source {source!r} names media that is not a file in its object store; nothing was erased. "
        "Correct its path at the source and pull again"
    )
