"""What the API takes beside decisions."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from review.people.accounts import Role
from review.queue.alike import ADDED_TO
from review.sheet.submission import Entry, Given, Name, Override

Password = Annotated[str, Field(min_length=1, max_length=1024)]
Names = Annotated[tuple[Name, ...], Field(max_length=200)]


class Login(Given):
    """Name and password."""

    name: Name
    password: Password


class ClaimBody(Given):
    """What work is wanted.

    Attributes:
        queue: Only of this type.
        n: How many; those after the first are prefetched.
        ahead: The first one is prefetched too.
        task_id: This very task instead.
        but: None of these tasks, given back a moment ago: somebody else should have them.
    """

    queue: Name | None = None
    n: Annotated[int, Field(ge=1, le=3)] = 1
    ahead: bool = False
    task_id: Name | None = None
    but: Annotated[tuple[Name, ...], Field(max_length=20)] = ()


class AlikeBody(Given):
    """How many of those that ask the same are wanted."""

    n: Annotated[int, Field(ge=1, le=ADDED_TO)] = ADDED_TO


class PreferencesBody(Given):
    """What somebody has set for himself.

    Attributes:
        keys: By action of the page, the key he wants for it.
    """

    keys: Annotated[dict[Name, Name], Field(max_length=100)] = Field(default_factory=dict)


class DraftBody(Given):
    """What was entered so far, in whatever form the page keeps it."""

    draft: dict[str, Any]


class CheckBody(Given):
    """Fields to normalise, and to judge the rules by, before anything is decided."""

    fields: Annotated[tuple[Entry, ...], Field(max_length=500)] = ()
    overrides: Annotated[tuple[Override, ...], Field(max_length=200)] = ()


class ReviewerBody(Given):
    """A new reviewer."""

    name: Name
    roles: Annotated[frozenset[Role], Field(min_length=1)]
    skills: Names = ()
    password: Password | None = None


class ReviewerChanges(Given):
    """What changes about a reviewer; what is left out stays."""

    roles: Annotated[frozenset[Role], Field(min_length=1)] | None = None
    skills: Names | None = None
    active: bool | None = None
    password: Password | None = None


class TokenBody(Given):
    """A new token, with at most the roles of its owner."""

    label: Name
    scopes: Annotated[frozenset[Role], Field(min_length=1)]
    days: Annotated[int, Field(ge=1, le=3650)] | None = 90


class GoldBody(Given):
    """A decided task whose answers become known ones."""

    task_id: Name
