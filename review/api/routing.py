"""The routes as one table: from it come the application, the access rules and the OpenAPI document."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from review.people.accounts import Principal, Role

B = TypeVar("B", bound=BaseModel | None)

REVIEWING = frozenset((Role.REVIEWER, Role.ADJUDICATOR, Role.ADMIN))
"""Roles that work on tasks."""
LOOKING = frozenset((Role.ADJUDICATOR, Role.ADMIN, Role.SERVICE))
"""Roles that see what others do."""
EVERYBODY = frozenset(Role)
ADMINS = frozenset((Role.ADMIN,))


@dataclass(frozen=True, slots=True)
class Call(Generic[B]):
    """A request that was let in.

    Attributes:
        body: What was sent, checked.
        digest: sha-256 of the bytes that were sent.
    """

    request: Request
    who: Principal
    body: B
    digest: str

    @property
    def path(self) -> Mapping[str, str]:
        """The parts of the path."""
        return self.request.path_params


Endpoint = Callable[[Call[Any]], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Route:
    """One thing that can be asked.

    Attributes:
        roles: Who may; nobody else, and empty for nobody. None for everybody, known or not.
        says: One sentence for the OpenAPI document.
        body: The model of what is sent.
        query: Names of what the address may carry, each with a sentence.
        headers: Headers that are required, each with a sentence.
        limit: Most bytes that may be sent.
        media: What the answer is.
        done: Status of the answer.
        counted: Whether it counts as a request of whoever asks; files of the page do not.
    """

    method: str
    path: str
    endpoint: Endpoint
    roles: frozenset[Role] | None
    says: str
    body: type[BaseModel] | None = None
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    limit: int = 16_384
    media: str = "application/json"
    done: int = 200
    counted: bool = True

    def allows(self, who: Principal) -> bool:
        """Whether somebody may ask this."""
        return self.roles is None or bool(self.roles & who.roles)
