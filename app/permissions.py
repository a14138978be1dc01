"""What the settings' services grant to a role: each opened with the credentials that the role itself uses."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from app.buses import kafka_options
from app.settings import Settings
from app.sources import ingest_prefixes
from catalog.rights import Privileges, privileges
from ops.granting import (
    Look,
    Permission,
    acl_command,
    folder_statement,
    grant,
    permissions,
    require,
    s3_statement,
)
from ops.permissions import ROLES, Need
from store.rights import Rights, rights_in

if TYPE_CHECKING:
    from bus.kafka_rights import KafkaRights

_DATABASE = ("database", "schema", "table", "sequence")


async def role_permissions(settings: Settings, role: str) -> list[Permission]:
    """Return whether each thing that ``role`` needs is granted by the services of ``settings``.

    Embedded parts (a folder, SQLite) are asked as far as they know permissions.
    """
    database = settings.reviews if role == "review" else settings.database
    async with _looks(settings, database, ROLES[role]) as looks:
        return await permissions(role, looks)


async def require_permissions(settings: Settings, roles: Collection[str]) -> None:
    """Let agents start only where everything that they need is granted.

    A service that does not answer keeps nobody from starting: it is waited for where it is used.

    Raises:
        DeniedError: Something is denied; it is named with the statement that grants it.
    """
    require([one for role in roles for one in await role_permissions(settings, role)])


@asynccontextmanager
async def _looks(settings: Settings, database: str, needs: Sequence[Need]) -> AsyncIterator[list[Look]]:
    def of(*parts: str) -> list[Need]:
        return [need for need in needs if need.part in parts]

    async with AsyncExitStack() as stack:
        own, *foreign = rights_in(settings.store, *(place.uri for place in ingest_prefixes(settings)))
        looks = [Look(_Bytes(own), of("store")), *(Look(_Bytes(one), of("source")) for one in foreign)]
        if not settings.embedded:
            from bus.kafka_address import parse_address
            from bus.kafka_rights import KafkaRights

            address = parse_address(settings.bus, kafka_options(settings))
            cluster = _Cluster(KafkaRights(address), ",".join(address.servers), stack)
            looks.append(Look(cluster, of("topic", "group")))
        if database.startswith("postgresql"):
            looks.append(Look(_Database(database, of(*_DATABASE)), of(*_DATABASE)))
        yield looks


@dataclass(frozen=True, slots=True)
class _Bytes:
    """A store or a foreign prefix."""

    rights: Rights

    @property
    def identity(self) -> str:
        return self.rights.identity

    async def may(self, need: Need) -> bool | None:
        return await self.rights.may(need.action, need.name)

    def resource(self, need: Need) -> str:
        return self.rights.resource(need.action, need.name)

    def statement(self, need: Need) -> str:
        resource = self.resource(need)
        if resource.startswith("arn:"):
            return s3_statement(need.action, resource)
        return folder_statement(need.action, resource, self.identity)


@dataclass(slots=True)
class _Cluster:
    """A Kafka cluster, connected to when it is first asked."""

    rights: KafkaRights
    servers: str
    stack: AsyncExitStack
    connected: bool = False

    @property
    def identity(self) -> str:
        return self.rights.identity

    async def may(self, need: Need) -> bool | None:
        if not self.connected:
            await self.stack.enter_async_context(self.rights)
            self.connected = True
        return await self.rights.may(need.action, need.part, need.name)

    def resource(self, need: Need) -> str:
        return self.rights.resource(need.part, need.name)

    def statement(self, need: Need) -> str:
        return acl_command(self.servers, self.identity, need.action, self.resource(need))


@dataclass(slots=True)
class _Database:
    """A PostgreSQL database, asked once for everything."""

    url: str
    needs: Sequence[Need]
    told: Privileges | None = field(default=None)

    @property
    def identity(self) -> str:
        return f"role {self.told.identity!r}" if self.told else "role of DOCTRAIL_DATABASE_URL"

    async def may(self, need: Need) -> bool | None:
        if self.told is None:
            self.told = await privileges(
                self.url, [(one.action, str(one.part), one.name) for one in self.needs]
            )
        return self.told.granted[need.action, need.part, need.name]

    def resource(self, need: Need) -> str:
        return self.told.resource(need.part, need.name) if self.told else f"{need.part} {need.name}".strip()

    def statement(self, need: Need) -> str:
        return grant(need.action, self.resource(need), self.told.identity if self.told else "ROLE")
