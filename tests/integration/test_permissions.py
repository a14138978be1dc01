"""Exactly the grants that doctor names, and each of them taken away again, on the real services."""

from __future__ import annotations

import json
import os
import uuid
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, cast

import boto3
import psycopg
import pytest
from psycopg.sql import SQL, Identifier

from app.actions.drift import nightly as look_at_night
from app.clock import utc_now
from app.permissions import require_permissions, role_permissions
from app.settings import Settings
from app.wiring import Doctrail, releases
from bus.protocol import Bus
from catalog.connect import connect
from ops.granting import DeniedError, Permission
from ops.permissions import ROLES
from review.queue.database import connect as open_tables
from store.actions import s3_arn
from store.sources import parse_place
from tests.contract.catalog.telling import Story
from tests.integration.installation import copy_of_types
from tests.services import LIMITED, lacking
from tests.unit.agents.watching import Watched

pytestmark = pytest.mark.anyio

THOROUGH = bool(os.environ.get("DOCTRAIL_THOROUGH"))
"""Whether every grant of every role is taken away: ``DOCTRAIL_THOROUGH=1``."""

no_second_identity = lacking("s3") or (
    "the server must be one that the scripts start, which has a second identity"
    if os.environ.get("DOCTRAIL_TEST_S3")
    else None
)
needs_s3 = pytest.mark.skipif(no_second_identity is not None, reason=f"s3: {no_second_identity}")
needs_postgres = pytest.mark.skipif(
    lacking("postgres") is not None, reason=f"postgres: {lacking('postgres')}"
)


def fresh(role: str, one: Permission, store: str) -> bool:
    """Whether no role before has this need: what many have is taken from one of them, or from each."""
    if THOROUGH:
        return True
    place, roles = parse_place(store), list(ROLES)
    before = [need for earlier in roles[: roles.index(role)] for need in ROLES[earlier]]
    return (one.action, one.resource) not in {
        (need.action, s3_arn(place, need.action, need.name)) for need in before if need.part == "store"
    }


class Buckets:
    """The buckets of an installation: their owner grants, somebody without rights of his own asks."""

    def __init__(self, owner: Any) -> None:
        self.owner = owner
        self.names = [f"{kind}-{uuid.uuid4().hex[:12]}" for kind in ("store", "incoming")]
        for name in self.names:
            owner.create_bucket(Bucket=name)

    def grant(self, statements: Sequence[str]) -> None:
        """Let the other identity do just this."""
        by_bucket: dict[str, list[dict[str, str]]] = defaultdict(list)
        for statement in map(json.loads, statements):
            by_bucket[statement["Resource"].split(":::")[1].split("/")[0]].append(
                {**statement, "Principal": LIMITED["AWS_ACCESS_KEY_ID"]}
            )
        for name in self.names:
            if by_bucket[name]:
                policy = {"Version": "2012-10-17", "Statement": by_bucket[name]}
                self.owner.put_bucket_policy(Bucket=name, Policy=json.dumps(policy))
            else:
                self.owner.delete_bucket_policy(Bucket=name)

    def settings(self, home: Path) -> Settings:
        """Return those of an installation in these buckets."""
        store, incoming = self.names
        return Settings(
            _env_file=None,
            home=home,
            store_url=f"s3://{store}/one",
            ingest_prefixes=f"s3://{incoming}/in",
        )


@pytest.fixture
def buckets(s3: dict[str, str]) -> Iterator[Buckets]:
    with pytest.MonkeyPatch.context() as environment:
        for name, value in s3.items():
            environment.setenv(name, value)
        made = Buckets(boto3.session.Session().client("s3"))
        for name, value in LIMITED.items():
            environment.setenv(name, value)
        yield made


def denied(found: Sequence[Permission]) -> list[tuple[str, str]]:
    return [(one.action, one.resource) for one in found if one.state == "fail"]


@needs_s3
@pytest.mark.slow
@pytest.mark.parametrize("role", ROLES)
async def test_doctor_names_the_very_grant_that_a_role_lacks_in_s3(
    buckets: Buckets, tmp_path: Path, role: str
) -> None:
    settings = buckets.settings(tmp_path)
    nothing = await role_permissions(settings, role)
    statements = [one.statement or "" for one in nothing]
    buckets.grant(statements)
    everything = await role_permissions(settings, role)

    assert {one.state for one in nothing} <= {"fail", "unknown"}
    assert {one.identity for one in nothing} == {"access key 'limited'"}
    assert {one.state for one in everything} == {"ok"}
    for place, lacking_one in enumerate(nothing):
        if not fresh(role, lacking_one, settings.store):
            continue
        buckets.grant([*statements[:place], *statements[place + 1 :]])
        found = await role_permissions(settings, role)
        assert denied(found) == [(lacking_one.action, lacking_one.resource)]
    assert [
        bucket for bucket in buckets.names if buckets.owner.list_objects_v2(Bucket=bucket)["KeyCount"]
    ] == []


@needs_s3
async def test_an_agent_that_lacks_a_permission_does_not_start(buckets: Buckets, tmp_path: Path) -> None:
    settings = buckets.settings(tmp_path)
    statements = [one.statement or "" for one in await role_permissions(settings, "extraction")]
    buckets.grant([one for one in statements if "models" not in one])

    with pytest.raises(DeniedError) as caught:
        await require_permissions(settings, ["extraction"])
    arn = f"arn:aws:s3:::{buckets.names[0]}/one/models/*"
    assert str(caught.value) == (
        f"extraction can't start: access key 'limited' lacks s3:GetObject on {arn} (the type's variant): "
        f'{{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "{arn}"}}'
    )


class Database:
    """A schema of somebody's, and a role without privileges."""

    def __init__(self, server: str) -> None:
        self.owner = psycopg.connect(server, autocommit=True)
        self.schema, self.role = f"t{uuid.uuid4().hex}", f"r{uuid.uuid4().hex[:12]}"
        self.run("CREATE SCHEMA {}", self.schema)
        self.owner.execute(SQL("CREATE ROLE {} LOGIN PASSWORD 'secret'").format(Identifier(self.role)))
        path = f"?options=-csearch_path%3D{self.schema}"
        self.url = server + path
        scheme, _, rest = server.partition("://")
        self.limited = f"{scheme}://{self.role}:secret@{rest.rpartition('@')[2]}{path}"

    def run(self, statement: str, *names: str) -> None:
        """Run a statement as the owner."""
        self.owner.execute(SQL(statement).format(*map(Identifier, names)))

    def settings(self, home: Path) -> Settings:
        """Return those of an installation whose catalog is here."""
        return Settings(_env_file=None, home=home, database_url=self.limited)


@pytest.fixture
def database(postgres: str) -> Iterator[Database]:
    made = Database(postgres)
    yield made
    made.run("DROP SCHEMA {} CASCADE", made.schema)
    made.run("DROP OWNED BY {}", made.role)
    made.run("DROP ROLE {}", made.role)
    made.owner.close()


@needs_postgres
@pytest.mark.parametrize(
    "role", ["catalog", "review", "watch", "nightly", "alerts", "shadow"] if THOROUGH else ["catalog"]
)
async def test_doctor_names_the_very_privilege_that_a_role_lacks(
    database: Database, tmp_path: Path, role: str
) -> None:
    async with connect(database.url), open_tables(database.url):
        pass
    settings = database.settings(tmp_path)
    lacking_all = [one for one in await role_permissions(settings, role) if one.state != "ok"]
    for one in lacking_all:
        database.owner.execute(one.statement or "")
    everything = await role_permissions(settings, role)

    # Everyone may connect to a new database; all else is to be granted.
    assert len(lacking_all) == len([need for need in ROLES[role] if need.part in DATABASE]) - 1
    assert {one.identity for one in lacking_all} == {f"role {database.role!r}"}
    assert {one.state for one in everything} == {"ok"}
    for one in lacking_all:
        database.owner.execute((one.statement or "").replace("GRANT", "REVOKE").replace(" TO ", " FROM "))
        assert denied(await role_permissions(settings, role)) == [(one.action, one.resource)]
        database.owner.execute(one.statement or "")


@needs_postgres
async def test_a_role_with_a_schema_of_its_own_name_is_asked_about_that_one(
    database: Database, tmp_path: Path
) -> None:
    database.run("CREATE SCHEMA {} AUTHORIZATION {}", database.role, database.role)
    own = database.limited.partition("?")[0]
    async with connect(own), open_tables(own):
        pass
    settings = Settings(_env_file=None, home=tmp_path, database_url=own)

    assert {one.state for one in await role_permissions(settings, "catalog")} == {"ok"}


DATABASE = ("database", "schema", "table", "sequence")


@needs_postgres
async def test_the_queue_has_every_table_that_doctor_asks_for(database: Database, tmp_path: Path) -> None:
    async with open_tables(database.url):
        pass
    settings = database.settings(tmp_path)
    for one in await role_permissions(settings, "review"):
        if one.statement:
            database.owner.execute(one.statement)

    assert {one.state for one in await role_permissions(settings, "review")} == {"ok"}
    async with open_tables(database.limited) as queue:
        assert await queue.write("look", lambda transaction: transaction.now)


@needs_postgres
async def test_with_just_these_privileges_the_projector_works(database: Database, tmp_path: Path) -> None:
    async with connect(database.url):
        pass
    for one in await role_permissions(database.settings(tmp_path), "catalog"):
        if one.statement:
            database.owner.execute(one.statement)
    async with connect(database.limited) as catalog:
        for _ in range(2):
            await Story("a.pdf").submitted().classified().completed(1).into(catalog)
    seen = SQL("SELECT state FROM {}.document_states").format(Identifier(database.schema))
    states = database.owner.execute(seen).fetchall()

    assert states == [("accepted",)]


@needs_postgres
async def test_with_just_these_privileges_a_night_is_looked_at(database: Database, tmp_path: Path) -> None:
    async with connect(database.url), open_tables(database.url):
        pass
    types = copy_of_types(tmp_path, ["receipt"], trained=False)
    settings, store = database.settings(tmp_path).model_copy(update={"doctypes": types}), Watched()
    live = releases(settings, store)
    await live.digest(utc_now())
    store.met.clear()
    for one in await role_permissions(settings, "nightly"):
        if one.statement:
            database.owner.execute(one.statement)
    async with connect(settings.database) as catalog:
        doctrail = Doctrail(settings, store, cast("Bus", None), catalog, live)
        night = await look_at_night(doctrail, 50)

    assert night.wanted == 50
    store.assert_granted("nightly")


@needs_postgres
async def test_whoever_is_not_let_in_is_told_to_be_granted_that(database: Database, tmp_path: Path) -> None:
    settings = database.settings(tmp_path).model_copy(
        update={"database_url": database.limited.replace(":secret@", ":wrong@")}
    )
    found = [one for one in await role_permissions(settings, "watch") if one.state != "ok"]

    assert [(one.action, one.state) for one in found] == [
        ("CONNECT", "fail"),
        ("USAGE", "unknown"),
        ("SELECT", "unknown"),
    ]


async def test_embedded_everything_is_granted_to_whoever_owns_the_home(tmp_path: Path) -> None:
    settings = Settings(_env_file=None, home=tmp_path)
    await require_permissions(settings, tuple(ROLES))
    found = [one for role in ROLES for one in await role_permissions(settings, role)]

    assert found
    assert denied(found) == []
