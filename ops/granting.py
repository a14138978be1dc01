"""What a role may do against what it must: every permission asked for with the role's own credentials."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from ops.permissions import Need
from schemas.errors import PermanentError, PipelineError, TransientError
from schemas.layout import Frozen
from store.actions import LIST


class DeniedError(PermanentError):
    """A role lacks permissions; each is named with the statement that grants it."""

    def __init__(self, message: str) -> None:
        super().__init__(message, reason="denied")


class Permission(Frozen):
    """Whether a role may do one thing.

    Attributes:
        state: ``ok``, ``fail`` where it is denied, ``unknown`` where something else must be mended first.
        identity: Who asked, without any secret.
        resource: As the service names it.
        why: What it is for.
        detail: What kept the question from being answered.
        statement: What would grant it; None where it is granted.
    """

    role: str
    state: Literal["ok", "fail", "unknown"]
    identity: str
    action: str
    resource: str
    why: str
    detail: str | None = None
    statement: str | None = None


class Place(Protocol):
    """A service as one role sees it: a store, a foreign prefix, a cluster, a database."""

    @property
    def identity(self) -> str:
        """Who asks."""
        ...

    async def may(self, need: Need) -> bool | None:
        """Whether the need is met; None where something else must be granted first."""
        ...

    def resource(self, need: Need) -> str:
        """Return what the need is about, as the service names it."""
        ...

    def statement(self, need: Need) -> str:
        """Return what would grant it."""
        ...


@dataclass(frozen=True, slots=True)
class Look:
    """A service, and which needs are about it."""

    place: Place
    needs: Sequence[Need]


async def permissions(role: str, looks: Sequence[Look]) -> list[Permission]:
    """Return whether each need is met, in order; of a service that does not answer nothing more is asked."""
    return [one for look in looks for one in await _permissions(role, look)]


def require(found: Sequence[Permission]) -> None:
    """Let pass who lacks nothing.

    Raises:
        DeniedError: Something is denied; all of it is named.
    """
    lacking = [one for one in found if one.state == "fail"]
    if lacking:
        roles = ", ".join(dict.fromkeys(one.role for one in lacking))
        named = "; ".join(f"{sentence(one)}: {one.statement}" for one in lacking)
        raise DeniedError(f"{roles} can't start: {named}")


def sentence(one: Permission) -> str:
    """Return a denial in words."""
    return f"{one.identity} lacks {one.action} on {one.resource} ({one.why})"


async def _permissions(role: str, look: Look) -> list[Permission]:
    found: list[Permission] = []
    silence: str | None = None
    for need in look.needs:
        granted, detail = None, silence
        if silence is None:
            try:
                granted = await look.place.may(need)
            except TransientError as error:
                detail = silence = str(error)
            except PipelineError as error:
                granted, detail = False, str(error)
        found.append(_permission(role, look.place, need, granted=granted, detail=detail))
    return found


def _permission(
    role: str, place: Place, need: Need, *, granted: bool | None, detail: str | None
) -> Permission:
    if granted is None and detail is None:
        detail = "can't be told until what it depends on is granted"
    return Permission(
        role=role,
        state="unknown" if granted is None else "ok" if granted else "fail",
        identity=_identity(place),
        action=need.action,
        resource=place.resource(need),
        why=need.why,
        detail=detail,
        statement=None if granted else place.statement(need),
    )


def _identity(place: Place) -> str:
    try:
        return place.identity
    except PipelineError:
        return "nobody"


def s3_statement(action: str, resource: str) -> str:
    """Return the statement of an identity's policy."""
    return json.dumps({"Effect": "Allow", "Action": action, "Resource": resource})


def folder_statement(action: str, resource: str, identity: str) -> str:
    """Return the command that lets a user into a folder."""
    rights = "rX" if action == LIST or action.startswith("s3:Get") else "rwX"
    return f"setfacl -R -m u:{identity.removeprefix('user ')}:{rights} '{resource}'"


def acl_command(servers: str, principal: str, action: str, resource: str) -> str:
    """Return the command of Kafka that adds an ACL."""
    part, _, name = resource.partition(" ")
    return (
        f"kafka-acls.sh --bootstrap-server {servers} --add --allow-principal '{principal}' "
        f"--operation {action} --{part} '{name}'"
    )


def grant(action: str, resource: str, user: str) -> str:
    """Return the SQL that grants a privilege."""
    return f'GRANT {action} ON {resource} TO "{user}";'
