"""Chaos on real services: Kafka, S3 and PostgreSQL, several processes per agent, and one fault after another.

Usage: python -m tests.chaos.services --services DIR --fault FAULT[,FAULT…] [--seed 1] [--documents 40]
                                      [--processes 3] [--kills 20] [--away 60] [--brokers 1|3]

DIR holds the scripts ``kafka``, ``s3`` and ``postgres`` that start servers of our own. The faults:

agents      a process after another is killed (``kill -9``, its whole group) at random moments and replaced
zombies     processes are stopped until their partitions went to others, and go on with what they had in hand
kafka, s3, postgres   the service is killed and stays away for ``--away`` seconds while there is work
brokers     of three, one is killed, comes back after ``--away`` seconds, then another
slow, busy, cut   a tenth of the calls of S3 takes 2 s, is answered with 503, or is cut in two while it writes
poison      a document kills whoever extracts it
again       everything that was ever sent is sent once more, in another order
same        what was sent is sent again and again while others work, and a broker is away: the outcomes must
            be those of an undisturbed run, byte for byte apart from times and trace ids
disk        the disk under the store is full for ``--away`` seconds (root only)
clock       the clocks of our processes jump by an hour, forth and back (needs libfaketime)
rolling     Gatekeepers of a later release take over one by one: of the next minor version, then major

Each runs in an installation of its own. When it is over the rest may finish, and then the checker, which
reads only topics, offsets, bucket and database, decides. The last line says how many faults were survived.
"""

from __future__ import annotations

import argparse
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

from tests.chaos import harm
from tests.chaos.embedded import report
from tests.chaos.kafka import torment_brokers
from tests.chaos.running import Run, carry_out, prepared
from tests.chaos.sameness import same
from tests.chaos.scaled import Servers, own_servers
from tests.chaos.surroundings import (
    TROUBLES,
    clock_of,
    full_disk,
    jumping_clock,
    small_disk,
    trouble,
    troubled,
)

Harm = Callable[[Run], str]
SAYS = {"kafka": "bus", "s3": "store", "postgres": "catalog"}
"""What ``doctrail status`` calls the services."""
OUTAGES = tuple(SAYS)
HARMS: dict[str, Harm] = {
    "agents": harm.agents,
    "zombies": harm.zombies,
    "again": harm.again,
    "poison": harm.poison,
    "rolling": harm.rolling,
}
FAULTS = (*HARMS, *OUTAGES, "brokers", *TROUBLES, "same", "disk", "clock")


def outage(servers: Servers, service: str) -> Harm:
    """Return a fault: a service is away while there is work; it says how far the work went without it."""

    def away(run: Run) -> str:
        run.submit(run.documents)
        run.under_way()
        time.sleep(run.fleet.random.uniform(0.0, 2.0))
        before = run.ended()
        servers.services[service].kill()
        time.sleep(run.away)
        said = [line for line in run.fleet.ask("status").splitlines() if SAYS[service] in line]
        if not said:
            raise RuntimeError(f"status does not say that {service} is down")
        after = before if service == "kafka" else run.ended()
        alive = sum(process.poll() is None for process in run.fleet.running.values())
        servers.services[service].start()
        going = f"{alive} of {len(run.fleet.running)} processes lived on"
        return (
            f"{service} away for {run.away:g} s, documents ended {before} -> {after} meanwhile, {going}, "
            f"status said {said[0].strip()!r}"
        )

    return away


def brokers(servers: Servers) -> Harm:
    """Return a fault: one broker after another is killed and comes back."""

    def away(run: Run) -> str:
        seconds: list[float] = []

        def watch() -> None:
            seconds.append(run.goes_on())

        killed = torment_brokers(run.fleet, run.documents, servers.brokers, run.away, watch)
        waited = " and ".join(f"{each:.0f} s" for each in seconds)
        return f"{killed} of {servers.brokers.count} brokers killed, the next document ended within {waited}"

    return away


@contextmanager
def arranged(
    asked: argparse.Namespace, fault: str, servers: Servers, folder: Path
) -> Iterator[tuple[Run, Harm]]:
    """Yield an installation and what is to be done to it."""
    places = servers.places

    def installation() -> Run:
        given = {"seed": asked.seed, "documents": asked.documents, "kills": asked.kills}
        return prepared(places, folder, away=asked.away, **given)

    with ExitStack() as stack:
        if fault in TROUBLES:
            places, proxy = stack.enter_context(troubled(places, asked.seed))
            yield installation(), trouble(fault, proxy)
        elif fault == "disk":
            home = stack.enter_context(small_disk(servers, asked.documents))
            yield installation(), full_disk(home)
        elif fault == "clock":
            shift, environment = clock_of(folder)
            places = replace(places, keys={**places.keys, **environment})
            yield installation(), jumping_clock(shift)
        elif fault == "same":
            yield installation(), same(servers, asked.processes, folder / "undisturbed")
        elif fault == "brokers":
            yield installation(), brokers(servers)
        else:
            yield installation(), HARMS.get(fault) or outage(servers, fault)


def one_fault(asked: argparse.Namespace, fault: str) -> bool:
    """Run one fault on servers of its own and report; return whether every promise held."""
    count = 3 if fault == "brokers" else asked.brokers
    try:
        with (
            tempfile.TemporaryDirectory(prefix="doctrail-chaos-") as name,
            own_servers(asked.services, f"chaos-{fault}", count) as servers,
            arranged(asked, fault, servers, Path(name)) as (run, what),
        ):
            well, findings, words = carry_out(run, asked.processes, what)
            print(f"chaos: {fault}, seed {asked.seed}, {asked.documents} documents, {words}", flush=True)
            report(findings)
            if not well:
                print(run.fleet.words(), flush=True)
            return well
    except Exception as error:  # noqa: BLE001 (whatever it is: the other faults are tried all the same)
        print(f"chaos: {fault} broke off: {type(error).__name__}: {error}", flush=True)
        return False


def main() -> int:
    """Run the faults asked for, one after the other; return 0 if every promise held in all of them."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--services", type=Path, required=True)
    parser.add_argument("--fault", default="agents", help=f"comma between several of {', '.join(FAULTS)}")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--documents", type=int, default=40)
    parser.add_argument("--processes", type=int, default=3)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--away", type=float, default=60.0, help="seconds that what is taken away stays away")
    parser.add_argument("--brokers", type=int, choices=(1, 3), default=1)
    asked = parser.parse_args()
    faults = asked.fault.split(",")
    if unknown := sorted(set(faults) - set(FAULTS)):
        parser.error(f"unknown faults: {', '.join(unknown)}")
    # Ended from outside, it ends what it started, as it does by itself.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    survived = [fault for fault in faults if one_fault(asked, fault)]
    print(f"chaos: {len(survived)} of {len(faults)} faults survived with every promise kept")
    return 0 if len(survived) == len(faults) else 1


if __name__ == "__main__":
    sys.exit(main())
