"""Who may work here: reviewers with roles and skills, their passwords, sessions and tokens, all hashed."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import bindparam, delete, insert, select, update

from review.people import tokening
from review.queue.database import Database, Transaction
from review.queue.errors import RefusedError, UnknownTaskError
from review.queue.tables import reviewers, sessions, tokens
from schemas.canonical import derive_id, sha256_hex

SESSION = timedelta(hours=12)
_LEAST_PASSWORD = 12


class Role(StrEnum):
    """What somebody may do."""

    REVIEWER = "reviewer"
    ADJUDICATOR = "adjudicator"
    ADMIN = "admin"
    SERVICE = "service"


class NameTakenError(RefusedError):
    """There is a reviewer of that name already."""

    code = "name_taken"


class UnknownReviewerError(UnknownTaskError):
    """There is no such reviewer."""

    code = "unknown_reviewer"


class WeakPasswordError(RefusedError):
    """The password is too short to be one."""

    status = 422
    code = "weak_password"


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks.

    Attributes:
        skills: Queues he works on; empty for all.
        csrf: What a form must repeat, where a cookie says who he is; None for a token.
    """

    reviewer_id: str
    name: str
    roles: frozenset[Role]
    skills: tuple[str, ...] = ()
    csrf: str | None = None


LOCAL = Principal("local", "local", frozenset((Role.REVIEWER, Role.ADJUDICATOR, Role.ADMIN)))
"""Whoever sits at this machine, where nobody has to say who he is."""


@dataclass(frozen=True, slots=True)
class Session:
    """A session with the secret that only its cookie holds."""

    secret: str
    principal: Principal
    expires_at: datetime


# Asked at every request; putting a question together takes longer than asking it.
_BY_SESSION = (
    select(reviewers, sessions.c.csrf, sessions.c.expires_at)
    .join(sessions, sessions.c.reviewer_id == reviewers.c.reviewer_id)
    .where(sessions.c.secret_sha256 == bindparam("secret"), reviewers.c.active)
)
_BY_TOKEN = (
    select(reviewers, tokens.c.scopes, tokens.c.expires_at)
    .join(tokens, tokens.c.reviewer_id == reviewers.c.reviewer_id)
    .where(tokens.c.secret_sha256 == bindparam("secret"), ~tokens.c.revoked, reviewers.c.active)
)


class Accounts:
    """Reviewers, in the queue's own database.

    Args:
        database: The queue's.
        hasher: How passwords are hashed; by default as argon2 recommends today.
    """

    def __init__(self, database: Database, hasher: PasswordHasher | None = None) -> None:
        self._database = database
        self._hasher = hasher or PasswordHasher()
        self._nobody: str | None = None

    async def add(
        self, name: str, roles: Collection[Role], skills: Sequence[str] = (), password: str | None = None
    ) -> str:
        """Add a reviewer and return his id.

        Raises:
            NameTakenError: There is one of that name.
            WeakPasswordError: The password is too short.
        """
        hashed = None if password is None else self._hashed(password)
        reviewer_id = derive_id("reviewer", secrets.token_hex(16))
        row = {
            "reviewer_id": reviewer_id,
            "name": name,
            "roles": sorted(role.value for role in roles),
            "skills": list(skills),
            "password_hash": hashed,
            "active": True,
        }

        def work(tx: Transaction) -> bool:
            made = tx.insert(reviewers).values(created_at=tx.now, **row)
            done = made.on_conflict_do_nothing(index_elements=["name"]).returning(reviewers.c.name)
            return tx.connection.execute(done).first() is not None

        if not await self._database.write("add a reviewer", work):
            raise NameTakenError(f"there is a reviewer {name!r} already")
        return reviewer_id

    async def change(self, reviewer_id: str, **changes: Any) -> None:
        """Change roles, skills, activity or password; whoever is put out loses his sessions and tokens.

        Raises:
            UnknownReviewerError: There is no such reviewer.
            WeakPasswordError: The password is too short.
        """
        values = {name: value for name, value in changes.items() if name in ("roles", "skills", "active")}
        if changes.get("password") is not None:
            values["password_hash"] = self._hashed(changes["password"])

        def work(tx: Transaction) -> int:
            own = reviewers.c.reviewer_id == reviewer_id
            if {"password_hash", "active"} & set(values):
                tx.connection.execute(delete(sessions).where(sessions.c.reviewer_id == reviewer_id))
            if values.get("active") is False:
                tx.connection.execute(
                    update(tokens).where(tokens.c.reviewer_id == reviewer_id).values(revoked=True)
                )
            if not values:
                return int(tx.connection.execute(select(reviewers.c.active).where(own)).first() is not None)
            return tx.connection.execute(update(reviewers).where(own).values(**values)).rowcount

        if not await self._database.write("change a reviewer", work):
            raise UnknownReviewerError(f"there is no reviewer {reviewer_id!r}")

    async def all(self) -> list[dict[str, Any]]:
        """Return every reviewer, by name; never a hash."""
        query = select(
            reviewers.c.reviewer_id,
            reviewers.c.name,
            reviewers.c.roles,
            reviewers.c.skills,
            reviewers.c.active,
        ).order_by(reviewers.c.name)
        return await self._database.read(
            "answer", lambda tx: [dict(row) for row in tx.connection.execute(query).mappings()]
        )

    async def login(self, name: str, password: str) -> Session | None:
        """Return a new session, or None where name and password do not fit."""

        def verify(tx: Transaction) -> bool:
            del tx
            return self._fits(row.password_hash if row is not None else None, password)

        row = await self._active(name)
        if not await self._database.read("check a password", verify) or row is None:
            return None
        return await self._opened(row)

    async def admit(self, name: str) -> Session | None:
        """Return a new session for somebody whom others vouch for; None where he does not work here."""
        row = await self._active(name)
        return None if row is None else await self._opened(row)

    async def logout(self, secret: str) -> None:
        """End a session."""
        own = sessions.c.secret_sha256 == sha256_hex(secret.encode())
        await self._database.write(
            "end a session", lambda tx: tx.connection.execute(delete(sessions).where(own)).rowcount
        )

    async def by_session(self, secret: str) -> Principal | None:
        """Return whose session this is; None where it ended."""

        def find(tx: Transaction) -> Principal | None:
            row = tx.connection.execute(_BY_SESSION, {"secret": sha256_hex(secret.encode())}).first()
            return None if row is None or row.expires_at <= tx.now else _principal(row, row.csrf)

        return await self._database.read("look up a session", find)

    async def by_token(self, secret: str) -> Principal | None:
        """Return whose token this is, with no more roles than its scopes; None where it is not valid."""

        def find(tx: Transaction) -> Principal | None:
            row = tx.connection.execute(_BY_TOKEN, {"secret": sha256_hex(secret.encode())}).first()
            if row is None or (row.expires_at is not None and row.expires_at <= tx.now):
                return None
            return _principal(row, None, scopes=row.scopes)

        return await self._database.read("look up a token", find)

    async def issue(
        self, reviewer_id: str, label: str, scopes: Collection[Role], lasts: timedelta | None
    ) -> tuple[str, str]:
        """Return id and secret of a new token; the secret is shown this once.

        Raises:
            UnknownReviewerError: There is no such reviewer.
        """
        secret = f"dtr_{secrets.token_urlsafe(32)}"
        made = await self._database.write(
            "issue a token", lambda tx: tokening.issue(tx, reviewer_id, secret, label, scopes, lasts)
        )
        if made is None:
            raise UnknownReviewerError(f"there is no reviewer {reviewer_id!r}")
        return made, secret

    async def tokens(self, reviewer_id: str) -> list[dict[str, Any]]:
        """Return a person's tokens, the newest first; never a secret or its digest."""
        return await self._database.read("answer", lambda tx: tokening.of_reviewer(tx, reviewer_id))

    async def revoke(self, token_id: str) -> None:
        """Make a token worthless at once.

        Raises:
            UnknownReviewerError: There is no such token.
        """
        if not await self._database.write("revoke a token", lambda tx: tokening.revoke(tx, token_id)):
            raise UnknownReviewerError(f"there is no token {token_id!r}")

    async def _active(self, name: str) -> Any:
        query = select(reviewers).where(reviewers.c.name == name, reviewers.c.active)
        return await self._database.read(
            "look up a reviewer", lambda tx: tx.connection.execute(query).first()
        )

    async def _opened(self, row: Any) -> Session:
        secret, csrf = secrets.token_urlsafe(32), secrets.token_urlsafe(24)

        def keep(tx: Transaction) -> datetime:
            tx.connection.execute(delete(sessions).where(sessions.c.expires_at <= tx.now))
            tx.connection.execute(
                insert(sessions).values(
                    secret_sha256=sha256_hex(secret.encode()),
                    reviewer_id=row.reviewer_id,
                    csrf=csrf,
                    expires_at=tx.now + SESSION,
                )
            )
            return tx.now + SESSION

        expires_at = await self._database.write("open a session", keep)
        return Session(secret, _principal(row, csrf), expires_at)

    def _hashed(self, password: str) -> str:
        if len(password) < _LEAST_PASSWORD:
            raise WeakPasswordError(f"a password has at least {_LEAST_PASSWORD} characters")
        return self._hasher.hash(password)

    def _fits(self, hashed: str | None, password: str) -> bool:
        if self._nobody is None:
            # Verified where nobody has the name: an unknown one takes as long as a wrong password.
            self._nobody = self._hasher.hash(secrets.token_urlsafe(16))
        try:
            return self._hasher.verify(hashed or self._nobody, password) and hashed is not None
        except (VerificationError, InvalidHashError):
            return False


def _principal(row: Any, csrf: str | None, scopes: Sequence[str] | None = None) -> Principal:
    roles = frozenset(Role(role) for role in row.roles if scopes is None or role in scopes)
    return Principal(row.reviewer_id, row.name, roles, tuple(row.skills), csrf)
