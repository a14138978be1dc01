"""One thread for the linear algebra of training, so that sums are added up in one order."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module


@contextmanager
def single_thread() -> Iterator[None]:
    """Keep every linear algebra library to one thread while the block runs.

    The libraries are loaded first: a limit reaches only those that are there when it is set.
    """
    for library in ("scipy.sparse.linalg", "sklearn.linear_model"):
        import_module(library)
    from threadpoolctl import threadpool_limits

    with threadpool_limits(limits=1):
        yield
