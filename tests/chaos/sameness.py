"""Disturbed and undisturbed: what two installations made of the same documents, compared byte for byte."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from tests.chaos.harm import echoes
from tests.chaos.running import Run, installed
from tests.chaos.scaled import Places, Servers

BROKER_AWAY = 15.0
"""Long enough for a producer's try to fail, so that it tries again."""
OF_THE_MOMENT = frozenset({"time", "traceparent", "whole"})
"""``whole`` is the digest of an object's own bytes, times among them."""


def same(servers: Servers, processes: int, folder: Path) -> Callable[[Run], str]:
    """Return a fault: echoes and a broker that is away, held against an installation without any."""

    def harm(run: Run) -> str:
        plain = installed(beside(run.places), folder, run.documents, seed=1, kills=0)
        plain.fleet.man(processes)
        try:
            plain.submit(plain.documents)
            if not plain.finish():
                raise RuntimeError("the undisturbed run did not finish")
        finally:
            plain.fleet.stop()
        expected = outcomes_in(plain, folder / "copy")
        killer = threading.Timer(2.0, _broker_away, [servers])
        killer.start()
        said = echoes(run)
        killer.join()
        if not run.finish():
            raise RuntimeError("the disturbed run did not finish")
        found = outcomes_in(run, run.folder / "copy")
        other = sorted(key for key in expected.keys() | found.keys() if expected.get(key) != found.get(key))
        if other:
            raise RuntimeError(f"{len(other)} of {len(expected)} outcomes differ, first {other[0]}")
        return (
            f"{said}, a broker was away for {BROKER_AWAY:g} s; {len(found)} outcomes are those of a plain run"
        )

    return harm


def beside(places: Places) -> Places:
    """Return places of their own on the same servers, for a second installation."""
    name = f"{places.bucket}-plain"
    database = name.replace("-", "_")
    with psycopg.connect(places.database, autocommit=True) as owner:
        owner.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(database)))
    return replace(places, bucket=name, database=f"{places.database.rpartition('/')[0]}/{database}")


def outcomes_in(run: Run, folder: Path) -> dict[str, Any]:
    """Return what every outcome says, but for when."""
    run.places.copy_objects(folder)
    found = sorted(folder.glob("documents/*/outcomes/*/*/*.json"))
    return {path.relative_to(folder).as_posix(): timeless(json.loads(path.read_bytes())) for path in found}


def timeless(value: Any) -> Any:
    """Return JSON without what depends on the moment; bodies of messages are looked into."""
    if isinstance(value, dict):
        return {name: timeless(inner) for name, inner in value.items() if name not in OF_THE_MOMENT}
    if isinstance(value, list):
        return [timeless(inner) for inner in value]
    if isinstance(value, str) and value.startswith("{"):
        return timeless(json.loads(value))
    return value


def _broker_away(servers: Servers) -> None:
    servers.brokers.kill(1)
    time.sleep(BROKER_AWAY)
    servers.brokers.start()
