"""``make test-compose``: the services of docker-compose.yml brought up, used, killed and brought down.

Needs Docker with compose, and nothing else than Python's own library; where Playwright and a Chromium are, a
document is corrected by keys. Prints a line per step with its seconds; exits with 1 where something is not as
it must be. Beside a running ``make up`` it disturbs nothing.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.compose.stack import ROLES, ROOT, Failure, Stack, until

SAMPLES = ROOT / "samples" / "documents"
DROPPED = {
    "receipt-cafe.jpg": {"accepted", "in_review"},
    "invoice-services.pdf": {"accepted", "in_review"},
    "lease-plain.txt": {"accepted", "in_review"},
    "encrypted.pdf": {"rejected"},
}
"""Samples with the ends that they may come to."""
DROPPED_LATER = {
    "lease-flat.pdf": {"accepted", "in_review"},
    "sale-plot.pdf": {"accepted", "in_review"},
    "receipt-minimarket.jpg": {"accepted", "in_review"},
    "invoice-supplies.pdf": {"accepted", "in_review"},
}
"""Dropped while processes are killed."""
PRODUCED = "lease-workshop.pdf"
"""Announced on the topic by a foreign producer."""

PRODUCE = (
    "/opt/kafka/bin/kafka-console-producer.sh",
    *("--bootstrap-server", "localhost:9092"),
    *("--topic", "documents.inbox"),
)
ON_THE_WAY = frozenset({"submitted", "classified", "extracted"})

UP_SECONDS = 1500
REST_SECONDS = 600
HEALTHY_SECONDS = 300
"""When to give up, on a machine that has much else to do; none is what it takes."""


def main() -> int:
    """Run every step; return the exit code."""
    with tempfile.TemporaryDirectory(prefix="doctrail-compose-") as folder:
        stack = Stack(Path(folder))
        stack.prepare()
        began = time.monotonic()
        try:
            _steps(stack)
        except Failure as failure:
            print(f"FAILED: {failure}", *_last_words(stack), sep="\n")
            return 1
        finally:
            stack.down()
    print(f"compose: all well in {time.monotonic() - began:.0f} s")
    return 0


def _steps(stack: Stack) -> None:
    with _step("image built, services up and healthy, two of extraction"):
        stack.compose("up", "--build", "--detach", "--wait", "--scale", "extraction=2", seconds=UP_SECONDS)
    with _step("non-root, read-only, ports on loopback only"):
        _is_confined(stack)
    with _step(f"{len(DROPPED)} documents dropped into the inbox rest"):
        wanted = _drop(stack, DROPPED)
        _rest(stack, wanted)
    with _step("a document announced on the topic rests"):
        wanted |= _produce(stack, PRODUCED)
        _rest(stack, wanted)
    with _step("each has its trace, the catalog knows all"):
        _are_traced(stack, wanted)
    with _step("a third of extraction joins, and nobody else is made anew"):
        _grows(stack)
    with _step(f"{len(DROPPED_LATER)} more rest although processes and the broker are killed"):
        known = len(wanted)
        wanted |= _drop(stack, DROPPED_LATER)
        until("a document is on its way", lambda: sum(_counts(stack)) > known or None, seconds=REST_SECONDS)
        _kill(stack)
        _rest(stack, wanted)
    with _step("nothing twice, nothing lost, every service healthy again"):
        _are_traced(stack, wanted)
        _are_healthy(stack)
    with _step("who has the admin's password gets at what waits for people, who has not does not"):
        _is_reviewed(stack)
    if _has_browser():
        with _step("a document is corrected by keys in a browser, and its record and its trace tell so"):
            _is_corrected(stack)
    else:
        print("         -  nobody corrects anything by keys: there is no Playwright, or no Chromium")
    with _step("the night's look at production works where it runs"):
        _is_looked_at_nightly(stack)
    with _step("somebody looks whether all is well, and tells of it"):
        _is_watched(stack)
    with _step("init again changes nothing"):
        said = stack.compose("run", "--rm", "-T", "init")
        _must(
            "0 made now" in said and "admin is there" in said and "is live already" in said,
            f"init again said: {said}",
        )
    with _step("all roles stop by themselves within the time they are given"):
        _stop(stack)


@contextmanager
def _step(what: str) -> Iterator[None]:
    began = time.monotonic()
    yield
    print(f"{time.monotonic() - began:6.1f} s  {what}", flush=True)


def _must(holds: bool, sentence: str) -> None:
    if not holds:
        raise Failure(sentence)


def _is_confined(stack: Stack) -> None:
    for role in ROLES:
        said = stack.compose("exec", "-T", role, "sh", "-c", "id -u; touch /probe 2>&1; true")
        _must(said.startswith("10001\n") and "Read-only" in said, f"{role} is not confined: {said}")
    for container in stack.containers():
        for port in container["Publishers"] or []:
            open_to = port["URL"]
            _must(
                open_to in ("127.0.0.1", "") or not port["PublishedPort"],
                f"{container['Service']} is open to {open_to}",
            )


def _drop(stack: Stack, files: dict[str, set[str]]) -> dict[str, set[str]]:
    """Drop samples; return the ends each document may come to, by document id."""
    for name in files:
        shutil.copy(SAMPLES / name, stack.inbox / name)
    return {_id_of(name): ends for name, ends in files.items()}


def _produce(stack: Stack, name: str) -> dict[str, set[str]]:
    """Announce a sample by a foreign producer; its folder is hidden from the watch."""
    hidden = stack.inbox / ".announced"
    hidden.mkdir()
    shutil.copy(SAMPLES / name, hidden / name)
    message = json.dumps({"uri": f"file:///inbox/.announced/{name}"}) + "\n"
    stack.compose("exec", "-T", "-e", "KAFKA_HEAP_OPTS=-Xmx64m", "kafka", *PRODUCE, given=message)
    return {_id_of(name): {"accepted", "in_review"}}


def _id_of(name: str) -> str:
    return hashlib.sha256((SAMPLES / name).read_bytes()).hexdigest()


def _rest(stack: Stack, wanted: dict[str, set[str]]) -> None:
    """Wait until the catalog has every document at rest."""

    def all_rest() -> bool | None:
        resting, moving = _counts(stack)
        return (resting >= len(wanted) and not moving) or None

    until(f"{len(wanted)} documents rest", all_rest, seconds=REST_SECONDS)


def _counts(stack: Stack) -> tuple[int, int]:
    """Return how many documents the catalog has at rest, and how many on their way."""
    try:
        rows = json.loads(stack.ask("status", "--json"))["documents"]
    except Failure:
        return 0, 0
    moving = sum(int(row["documents"]) for row in rows if row["state"] in ON_THE_WAY)
    return sum(int(row["documents"]) for row in rows) - moving, moving


def _are_traced(stack: Stack, wanted: dict[str, set[str]]) -> None:
    for document_id, ends in wanted.items():
        trace = stack.trace(document_id)
        _must(trace["state"] in ends, f"{document_id[:12]} is {trace['state']}: {trace['headline']}")
        _must(not trace["problems"], f"{document_id[:12]}: {trace['problems']}")
        _must(len(trace["revisions"]) <= 1, f"{document_id[:12]} has {len(trace['revisions'])} revisions")
        _must(len(trace["submissions"]) == 1, f"{document_id[:12]} came {len(trace['submissions'])} times")
        stages = [stage["stage"] for stage in trace["run"]["stages"]]
        _must({"intake", "gatekeeper", "validation"} <= set(stages), f"{document_id[:12]} passed {stages}")
    known, letters = sum(_counts(stack)), json.loads(stack.ask("status", "--json"))["dead_letters"]
    _must(known == len(wanted), f"the catalog knows {known} documents, {len(wanted)} came in")
    _must(letters == 0, f"{letters} dead letters")


def _grows(stack: Stack) -> None:
    before = {container["ID"] for container in stack.containers()}
    stack.compose("up", "--detach", "--wait", "--scale", "extraction=3", seconds=UP_SECONDS)
    after = {container["ID"] for container in stack.containers()}
    _must(before < after, f"{len(before - after)} of {len(before)} containers were made anew")
    _must(len(after - before) == 1, f"{len(after - before)} containers joined, one was asked for")


def _is_reviewed(stack: Stack) -> None:
    """Log in as people do."""
    status, _, _ = stack.api("GET", "/v1/me")
    _must(status == 401, f"a stranger gets {status}")
    status, said, _ = stack.api("POST", "/v1/session", {"name": "admin", "password": "not his password"})
    _must(status == 401, f"a wrong password gets {status}: {said}")
    status, said, cookie = stack.api("POST", "/v1/session", {"name": "admin", "password": stack.password})
    _must(status < 300 and bool(cookie), f"the admin gets {status}: {said}")
    status, me, _ = stack.api("GET", "/v1/me", cookie=cookie)
    _must(status == 200 and me["name"] == "admin", f"/v1/me answers {status}: {me}")


def _has_browser() -> bool:
    if importlib.util.find_spec("playwright") is None:
        return False
    from tests.browser.chromium import program

    return program() is not None


def _is_corrected(stack: Stack) -> None:
    from tests.compose.loop import show

    show(stack)


def _is_looked_at_nightly(stack: Stack) -> None:
    """Have the night's command say that it looked; too little was reviewed for it to find anything."""
    night = json.loads(stack.compose("exec", "-T", "nightly", "doctrail", "drift", "nightly", "--json"))
    _must(not night["alerts"] and not night["revoked"], f"the night found {night}")


def _is_watched(stack: Stack) -> None:
    """Have the alerts say that they look, and prove that their channel delivers."""
    state = json.loads(stack.compose("exec", "-T", "alerts", "doctrail", "alerts", "list", "--json"))
    _must(bool(state["looked_at"]), "nobody looked whether all is well")
    _must(not state["outbox"], f"{len(state['outbox'])} notices did not arrive")
    said = stack.compose("exec", "-T", "alerts", "doctrail", "alerts", "fire-drill")
    _must("log" in said, f"the fire drill said: {said}")


def _kill(stack: Stack) -> None:
    """Kill every process of three roles at once, as a machine's trouble would, and the broker after them."""
    for role in ("gatekeeper", "extraction", "validation"):
        try:
            stack.compose("exec", "-T", role, "sh", "-c", "kill -9 -1")
        except Failure:
            # The shell that killed goes down with its container.
            continue
    stack.compose("kill", "--signal", "KILL", "kafka")
    time.sleep(3)
    stack.compose("start", "kafka")


def _are_healthy(stack: Stack) -> None:
    def all_healthy() -> bool | None:
        states = {c["Name"]: c["Health"] for c in stack.containers() if c["Service"] != "init"}
        return set(states.values()) == {"healthy"} or None

    until("every service is healthy", all_healthy, seconds=HEALTHY_SECONDS, every=2.0)
    restarted = 0
    for container in stack.containers():
        said = _docker("inspect", "--format", "{{.RestartCount}}", container["Name"])
        restarted += int(said)
    _must(restarted >= 3, f"3 roles were killed, {restarted} processes were started again")


def _stop(stack: Stack) -> None:
    stack.compose("stop", *ROLES, seconds=HEALTHY_SECONDS)
    # Whoever does not stop within ``stop_grace_period`` is killed, and ends with 137.
    codes = {c["Name"]: c["ExitCode"] for c in stack.containers() if c["Service"] in ROLES}
    _must(set(codes.values()) == {0}, f"exit codes {codes}")


def _docker(*arguments: str) -> str:
    done = subprocess.run(
        ["docker", *arguments],  # noqa: S607 (the docker of whoever runs the test)
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return done.stdout.strip()


def _last_words(stack: Stack) -> list[str]:
    try:
        return [line for line in stack.logs().splitlines() if "vgw" not in line]
    except Failure as failure:
        return [str(failure)]


if __name__ == "__main__":
    sys.exit(main())
