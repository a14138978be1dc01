"""The privileges of a database's user, as the server itself tells them."""

from __future__ import annotations

import asyncio
from collections.abc import Collection

from sqlalchemy import Connection, text

from catalog.engine import explained, open_engine
from catalog.errors import CatalogDeniedError

_SCHEMA = text(
    "SELECT n.nspname FROM pg_namespace n JOIN LATERAL "
    "unnest(string_to_array(replace(current_setting('search_path'), ' ', ''), ',')) "
    "WITH ORDINALITY AS p(name, place) "
    "ON replace(trim(both '\"' from p.name), '$user', current_user) = n.nspname ORDER BY p.place LIMIT 1"
)
_OID = text(
    "SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
    "WHERE n.nspname = :schema AND c.relname = :name"
)
_ASK = {
    "database": "has_database_privilege(current_database(), :action)",
    "schema": "has_schema_privilege(:schema, :action)",
    "table": "has_table_privilege(:oid, :action)",
    "sequence": "has_sequence_privilege(:oid, :action)",
}

Wanted = tuple[str, str, str]
"""Action, kind (database, schema, table, sequence) and name (empty for database and schema)."""


class Privileges:
    """What a user may do in a database.

    Attributes:
        identity: The user.
        granted: By what was asked; None where the table does not exist, or nobody was let in.
    """

    def __init__(self, identity: str, database: str, schema: str, granted: dict[Wanted, bool | None]) -> None:
        self.identity = identity
        self.granted = granted
        self._database = database
        self._schema = schema

    def resource(self, kind: str, name: str) -> str:
        """Return what a privilege is about, as SQL names it."""
        match kind:
            case "database":
                return f'DATABASE "{self._database}"'
            case "schema":
                return f'SCHEMA "{self._schema}"'
        return f'{kind.upper()} "{self._schema}".{name}'


async def privileges(url: str, wanted: Collection[Wanted]) -> Privileges:
    """Return which of ``wanted`` the user of ``url`` has; nothing is changed or migrated.

    Raises:
        TransientError: The server does not answer.
        CatalogUrlError: The URL is wrong.
    """
    return await asyncio.to_thread(_look, url, wanted)


def _look(url: str, wanted: Collection[Wanted]) -> Privileges:
    engine = open_engine(url)
    user, database = engine.url.username or "", engine.url.database or ""
    try:
        with explained("ask"), engine.connect() as connection:
            user = str(connection.execute(text("SELECT current_user")).scalar_one())
            schema = connection.execute(_SCHEMA).scalar() or "public"
            granted = {one: _granted(connection, str(schema), one) for one in wanted}
    except CatalogDeniedError:
        # Nobody gets as far as his other privileges who is not let in.
        granted = {one: False if one[1] == "database" else None for one in wanted}
        schema = "public"
    finally:
        engine.dispose()
    return Privileges(user, database, str(schema), granted)


def _granted(connection: Connection, schema: str, wanted: Wanted) -> bool | None:
    action, kind, name = wanted
    values: dict[str, object] = {"action": action, "schema": schema}
    if kind in ("table", "sequence"):
        values["oid"] = connection.execute(_OID, {"schema": schema, "name": name}).scalar()
        if values["oid"] is None:
            return None
    return bool(connection.execute(text(f"SELECT {_ASK[kind]}"), values).scalar())
