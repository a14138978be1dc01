"""Every benchmark of speed, one after the other, or the sections named: ``make bench``.

Usage: python -m benchmarks.run [SECTION…] [--services DIR] [--data DIR] [--list]

Sections that need a broker start one of their own by DIR's script ``kafka``; those that need documents search
the labelled folder. Without the one or the other they are left out, and that is said.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

BROKERS, DATA = "{brokers}", "{data}"


@dataclass(frozen=True)
class Section:
    """A benchmark: what it says, and the module with its arguments."""

    says: str
    command: tuple[str, ...]

    def needs(self, what: str) -> bool:
        """Whether an argument is to be filled in by us."""
        return what in self.command


SECTIONS = {
    "bus": Section("the embedded bus against a bare SQLite queue", ("benchmarks.bus",)),
    "trace": Section("one trace among a hundred thousand documents", ("benchmarks.trace",)),
    "agents": Section("each agent without model and page reading", ("benchmarks.agents",)),
    "pipeline": Section("the pipeline against the bare sum of its parts", ("benchmarks.pipeline",)),
    "pages": Section("words with boxes against bare pypdfium2", ("benchmarks.pages", "--data", DATA)),
    "kafka": Section(
        "the worker loop against a raw aiokafka loop", ("benchmarks.kafka", "--brokers", BROKERS)
    ),
    "extraction": Section("Extraction with a model of fixed latency, memory", ("benchmarks.waiting",)),
    "waiting": Section(
        "a model of fixed latency against Little's law, more processes, memory",
        ("benchmarks.kafka_waiting", "--brokers", BROKERS),
    ),
}
PORT = 22092


@contextmanager
def broker(services: Path | None) -> Iterator[str | None]:
    """Yield the address of a broker of our own, or None where nothing can start one."""
    if services is None:
        yield None
        return
    script = services / "kafka"
    environment = {**os.environ, "KAFKA_PORT": str(PORT), "KAFKA_BROKERS": "1"}
    for command in ("clean", "start"):
        subprocess.run([str(script), command], env=environment, check=True, stdout=subprocess.DEVNULL)
    try:
        yield f"127.0.0.1:{PORT}"
    finally:
        subprocess.run([str(script), "clean"], env=environment, check=True, stdout=subprocess.DEVNULL)


def run(section: Section, filled: dict[str, str | None]) -> int:
    """Run one benchmark in a process of its own; return its exit code, 0 where it is left out."""
    print(f"\n== {section.says} ==", flush=True)
    lacking = [what for what, value in filled.items() if section.needs(what) and value is None]
    if lacking:
        wanted = {BROKERS: "--services", DATA: "--data"}
        print(f"left out: it needs {' and '.join(wanted[what] for what in lacking)}", flush=True)
        return 0
    arguments = [filled.get(argument) or argument for argument in section.command]
    return subprocess.run([sys.executable, "-m", *arguments], check=False).returncode


def folder(name: str) -> Path | None:
    """Return the folder that a variable names, if it does."""
    return Path(os.environ[name]) if os.environ.get(name) else None


def main() -> int:
    """Run each benchmark asked for; return 1 if one failed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("section", nargs="*", help=f"of {', '.join(SECTIONS)}; default: all")
    parser.add_argument("--services", type=Path, default=folder("DOCTRAIL_SERVICES"))
    parser.add_argument("--data", type=Path, default=folder("DOCTRAIL_DATA"))
    parser.add_argument("--list", action="store_true", help="say what there is")
    asked = parser.parse_args()
    if unknown := sorted(set(asked.section) - set(SECTIONS)):
        parser.error(f"unknown: {', '.join(unknown)}; there are {', '.join(SECTIONS)}")
    chosen = [SECTIONS[name] for name in asked.section or SECTIONS]
    if asked.list:
        print("\n".join(f"{name:10} {section.says}" for name, section in SECTIONS.items()))
        return 0
    with broker(asked.services if any(section.needs(BROKERS) for section in chosen) else None) as brokers:
        filled = {BROKERS: brokers, DATA: str(asked.data) if asked.data else None}
        failed = [section for section in chosen if run(section, filled)]
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
