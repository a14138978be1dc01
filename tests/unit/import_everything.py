"""Run as a script: import every module of the rooms and print whatever one does besides defining things.

Usage: python import_everything.py ROOT ROOM…
"""

from __future__ import annotations

import importlib
import os
import pkgutil
import sys
from typing import Any

ROOT, ROOMS = sys.argv[1], sys.argv[2:]
DEEDS = {
    "socket.connect",
    "subprocess.Popen",
    "os.mkdir",
    "os.rename",
    "os.remove",
    "sqlite3.connect",
}
STARTED_BY_A_PROGRAM = ("app.__main__", "catalog.migrations.", "review.queue.migrations.")
"""Modules that are run and not imported: the command itself, and what Alembic executes."""


class WatchedEnvironment(dict[str, str]):
    """Tells which of our modules asks for a variable."""

    def __getitem__(self, key: str) -> str:
        _tell_reader(key)
        return super().__getitem__(key)

    def get(self, key: str, default: Any = None) -> Any:
        """Return the variable, and tell who asked."""
        _tell_reader(key)
        return super().get(key, default)


def _tell_reader(key: str) -> None:
    frame = sys._getframe(2)
    while frame.f_back is not None and frame.f_globals.get("__name__") == "os":
        frame = frame.f_back
    name = str(frame.f_globals.get("__name__"))
    if name.partition(".")[0] in ROOMS:
        print(f"{name} reads {key} from the environment at import")


def _tell_deed(event: str, arguments: tuple[Any, ...]) -> None:
    if event in DEEDS:
        print(f"{event} {arguments[:1]} at import")
    elif event == "open" and isinstance(arguments[1], str) and set(arguments[1]) & set("wax+"):
        print(f"{arguments[0]} is opened for writing at import")


def _import(name: str) -> None:
    try:
        importlib.import_module(name)
    except Exception as error:  # noqa: BLE001 (named, whatever it is; the others still get their turn)
        print(f"{name} can't be imported: {error!r}")


def main() -> None:
    """Import everything under watch."""
    sys.dont_write_bytecode = True
    sys.path.insert(0, ROOT)
    os.environ = WatchedEnvironment(os.environ)  # type: ignore[assignment]  # noqa: B003 (watched, not cleared)
    sys.addaudithook(_tell_deed)
    for room in ROOMS:
        package = importlib.import_module(room)
        for found in pkgutil.walk_packages(package.__path__, f"{room}."):
            if not found.name.startswith(STARTED_BY_A_PROGRAM):
                _import(found.name)
    print("imported")


main()
