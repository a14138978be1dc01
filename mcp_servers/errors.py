"""What can be wrong with knowledge, and with who asks for it."""

from __future__ import annotations

from schemas.errors import PermanentError


class BrokenKnowledgeError(PermanentError):
    """A file of knowledge can't be used; file and place are named, nothing was loaded."""

    def __init__(self, message: str) -> None:
        super().__init__(message, reason="knowledge")


class UnknownSnapshotError(PermanentError):
    """A snapshot is asked for that is not there."""

    def __init__(self, server: str, snapshot: str | None) -> None:
        said = (
            f"{server} has no snapshot {snapshot[:16]}…; restore it, there is no fallback"
            if snapshot
            else f"{server} has nothing to answer from; load knowledge with `doctrail mcp load`"
        )
        super().__init__(said, reason="snapshot")


class UnprotectedServerError(PermanentError):
    """A server that other machines reach must ask for a token."""

    def __init__(self, host: str) -> None:
        super().__init__(
            f"{host!r} is reached from other machines: set DOCTRAIL_MCP_TOKEN, or serve on 127.0.0.1",
            reason="unprotected",
        )


class UnusableDatabaseError(PermanentError):
    """The database that master data lie in can't be used; its address is told without the password."""

    def __init__(self, what: str) -> None:
        super().__init__(f"{what}; correct DOCTRAIL_MCP_DATABASE_URL, or unset it", reason="mcp_database")
