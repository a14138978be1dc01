"""``docs/operations/permissions.md``, made from the one table: ``python -m ops.permissions_page``."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence

from ops.granting import acl_command, grant
from ops.permissions import ROLES, Need
from store.actions import s3_arn
from store.sources import Place

_HEAD = """# Permissions

Made by `python -m ops.permissions_page` from `ops/permissions.py`, which `doctrail doctor --role NAME`
exercises with the role's own credentials; a test keeps this page equal to it. Agents ask for their own role
when they start, and don't start while something is denied: each denial names who asked, the action, the
resource, and the statement that grants it. `alerts run`, `shadow run` and `drift nightly` do so likewise.

```console
$ doctrail doctor --role extraction
fail     access key 'limited' lacks s3:GetObject on arn:aws:s3:::artifacts/one/bundles/* (schema and prompt)
         → {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::artifacts/one/bundles/*"}
1 of 12 permissions of extraction not granted
```

Nothing is left behind by asking: a put carries a wrong checksum, a get names an object that never exists,
Kafka is asked about a partition that no topic has, and PostgreSQL says itself what it grants. Who may not
list a bucket is told *denied* of what does not exist: then reading is `unknown` until listing is granted.

`BUCKET/PREFIX` is `DOCTRAIL_STORE_URL`, `INCOMING/PREFIX` one of `DOCTRAIL_INGEST_PREFIXES`; topics and
groups carry the prefix of `DOCTRAIL_BUS_URL`. The policies are an identity's; in a bucket's add
`Principal`. Create-only puts need nothing beyond `s3:PutObject`. Kafka's Read and Write include Describe. A
cluster whose brokers predate 3.0 also wants `IdempotentWrite` on the cluster for whoever writes. `doctrail
init` makes bucket, topics and tables, publishes a release, and is run by whoever may do that; the tables
belong to it.

`review` includes `doctrail review serve`; `watch` stands for `doctrail submit` and `doctrail watch`, `model`
for `doctrail model serve`, `nightly` for `doctrail drift nightly`, which asks catalog and queue, `alerts` for
`doctrail alerts run`, and `shadow` for `doctrail shadow run`.
Erasing needs `s3:DeleteObject` on all of the store and is not an agent's.
"""
_STORE, _INCOMING = Place("BUCKET", "PREFIX"), Place("INCOMING", "PREFIX")


def page() -> str:
    """Return the page."""
    return "\n".join([_HEAD, *(_role(role, needs) for role, needs in ROLES.items())])


def _role(role: str, needs: Sequence[Need]) -> str:
    parts = [f"## {role}", "", "| on | actions | for |", "|---|---|---|", *_rows(needs)]
    parts += ["", "```json", json.dumps(_policy(needs), indent=2), "```"]
    for title, lines in (("sh", _acls(role, needs)), ("sql", _grants(role, needs))):
        if lines:
            parts += ["", f"```{title}", *lines, "```"]
    return "\n".join([*parts, ""])


def _rows(needs: Sequence[Need]) -> Iterable[str]:
    merged: dict[tuple[str, str], list[Need]] = {}
    for need in needs:
        merged.setdefault((need.part, need.name), []).append(need)
    for (part, name), some in merged.items():
        on = f"{part} `{name}`" if name else str(part)
        actions = ", ".join(f"`{need.action}`" for need in some)
        yield f"| {on} | {actions} | {'; '.join(dict.fromkeys(need.why for need in some))} |"


def _policy(needs: Sequence[Need]) -> dict[str, object]:
    resources: dict[str, list[str]] = {}
    for need in needs:
        if need.part in ("store", "source"):
            place = _STORE if need.part == "store" else _INCOMING
            resources.setdefault(need.action, []).append(s3_arn(place, need.action, need.name))
    statements = [
        {"Effect": "Allow", "Action": action, "Resource": found} for action, found in resources.items()
    ]
    return {"Version": "2012-10-17", "Statement": statements}


def _acls(role: str, needs: Sequence[Need]) -> list[str]:
    return [
        acl_command("BROKER:9092", f"User:{role}", need.action, f"{need.part} {need.name}")
        for need in needs
        if need.part in ("topic", "group")
    ]


def _grants(role: str, needs: Sequence[Need]) -> list[str]:
    named = {"database": 'DATABASE "doctrail"', "schema": 'SCHEMA "public"'}
    return [
        grant(need.action, named.get(need.part, f'{need.part.upper()} "public".{need.name}'), role)
        for need in needs
        if need.part in ("database", "schema", "table", "sequence")
    ]


if __name__ == "__main__":
    sys.stdout.write(page())
