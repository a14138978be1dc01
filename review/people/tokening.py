"""Tokens of programs: issued, listed without their secrets, revoked; each a function of one transaction."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from typing import Any

from sqlalchemy import insert, select, update

from review.queue.database import Transaction
from review.queue.tables import reviewers, tokens
from schemas.canonical import derive_id, sha256_hex

_SHOWN = (
    tokens.c.token_id,
    tokens.c.label,
    tokens.c.scopes,
    tokens.c.created_at,
    tokens.c.expires_at,
    tokens.c.revoked,
)


def issue(
    tx: Transaction,
    reviewer_id: str,
    secret: str,
    label: str,
    scopes: Collection[str],
    lasts: timedelta | None,
) -> str | None:
    """Keep a token's digest and return its id; None where there is no such reviewer."""
    known = select(reviewers.c.name).where(reviewers.c.reviewer_id == reviewer_id)
    if tx.connection.execute(known).first() is None:
        return None
    digest = sha256_hex(secret.encode())
    token_id = derive_id("token", digest)
    tx.connection.execute(
        insert(tokens).values(
            token_id=token_id,
            reviewer_id=reviewer_id,
            label=label,
            secret_sha256=digest,
            scopes=sorted(scopes),
            created_at=tx.now,
            expires_at=None if lasts is None else tx.now + lasts,
            revoked=False,
        )
    )
    return token_id


def of_reviewer(tx: Transaction, reviewer_id: str) -> list[dict[str, Any]]:
    """Return a person's tokens, the newest first; never a secret or its digest."""
    query = (
        select(*_SHOWN)
        .where(tokens.c.reviewer_id == reviewer_id)
        .order_by(tokens.c.created_at.desc(), tokens.c.token_id)
    )
    found = [dict(row) for row in tx.connection.execute(query).mappings()]
    for one in found:
        for name in ("created_at", "expires_at"):
            one[name] = one[name] and one[name].isoformat()
    return found


def revoke(tx: Transaction, token_id: str) -> bool:
    """Make a token worthless at once; False where there is no such token."""
    statement = update(tokens).where(tokens.c.token_id == token_id).values(revoked=True)
    return bool(tx.connection.execute(statement).rowcount)
