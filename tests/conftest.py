"""What every test shares.

``DOCTRAIL_DATA``, where it is set, names a folder of real documents; tests that read them are made from
what lies there, and there are none of them without it.

``DOCTRAIL_REQUIRE`` names services, separated by commas, whose absence must fail the tests that need them
instead of leaving them out (CI sets it). A service is listed in ``SERVICES`` with the first test that needs
it; a name that no test knows is an error, so that a slip of the pen never requires nothing.

``--reruns 1`` (CI says it, ``make test`` does not) tries a test that failed once more: hundreds of these
tests start real brokers, databases and processes on cores that others use too. A test that needed it is
racy, is named as such at the end whatever the outcome, and more than ``MOST_RACY`` of them fail the run.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest
import structlog
from hypothesis import settings

from tests.services import kafka_servers, lacking, postgres_server, required, s3_server

SERVICES = frozenset({"kafka", "postgres", "s3"})
"""What some tests need beside what ``make test`` installs; ``tests.services`` finds or starts them."""
TOOLS = frozenset({"axe", "browser"})
"""Programs that some tests need; ``tests.browser.chromium`` finds them."""


# An example that takes long says something of the machine. All else stays as hypothesis has it here or in CI.
settings.register_profile(
    "unhurried", parent=settings.get_profile(settings.get_current_profile_name()), deadline=None
)
settings.load_profile("unhurried")


def pytest_configure() -> None:
    """Refuse a DOCTRAIL_REQUIRE that no test would heed."""
    if unknown := sorted(required() - SERVICES - TOOLS):
        known = ", ".join(sorted(SERVICES | TOOLS)) or "none"
        raise pytest.UsageError(f"DOCTRAIL_REQUIRE names {unknown}, which no test needs; known: {known}")


def pytest_report_header() -> list[str]:
    """Say which services' tests are left out, and what would bring them in."""
    return [f"without {service}: {why}" for service in sorted(SERVICES) if (why := lacking(service))]


MOST_RACY = 3
"""A run with more tests than this that passed at the second try only is no pass."""
MOST_TOLD = 4_000
"""Characters of a first try's end that are printed."""


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail a run in which too many tests needed a second try."""
    if len(_racy(session.config)) > MOST_RACY and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Name the tests that needed a second try, with how the first one ended: nobody sees it again."""
    if racy := _racy(config):
        terminalreporter.section(f"racy tests, to be mended (more than {MOST_RACY} fail the run)")
        for test, ended in racy.items():
            terminalreporter.line(test, bold=True)
            terminalreporter.line(ended[-MOST_TOLD:])


def _racy(config: pytest.Config) -> dict[str, str]:
    """Return what failed at its first try, by test, with its last words."""
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    again = reporter.stats.get("rerun", []) if reporter else []
    return {report.nodeid: report.longreprtext for report in sorted(again, key=lambda one: one.nodeid)}


@pytest.fixture(scope="session")
def kafka() -> Iterator[str]:
    """Addresses of real brokers."""
    yield from kafka_servers()


@pytest.fixture(scope="session")
def s3() -> Iterator[dict[str, str]]:
    """The environment in which AWS tools find a real S3 server."""
    yield from s3_server()


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """URL of a database on a real PostgreSQL server."""
    yield from postgres_server()


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Tests run on asyncio alone, as doctrail does."""
    return "asyncio"


@pytest.fixture(autouse=True)
def _logging_as_it_was() -> Iterator[None]:
    """Take back what a command set up: its logs would go to a stream that pytest has closed since."""
    handlers = logging.getLogger().handlers[:]
    yield
    logging.getLogger().handlers = handlers
    structlog.reset_defaults()
