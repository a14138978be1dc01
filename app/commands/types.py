"""``doctrail types``: the document types, what is live, and publishing an edit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from app.commands.menu import AsJson, group
from app.commands.options import By, who
from app.printing import columns, say, say_json

if TYPE_CHECKING:
    from ops.types import FieldLine, LiveRelease


def add_to(app: typer.Typer, panel: str) -> None:
    """Add the group to the command line."""
    types = group("types", "The document types and which of them are live.")
    types.command("list")(list_types)
    types.command("show")(show)
    types.command("publish")(publish)
    types.command("log")(log)
    app.add_typer(types, rich_help_panel=panel)


def list_types(*, as_json: AsJson = False) -> None:
    """List the types in the folder and whether each is live as it stands.

    Example: doctrail types list
    """
    from app.session import settings, with_store
    from app.wiring import release_parts
    from doctypes.folder import load_all
    from ops.types import live_now, type_lines
    from ops.words import minute, short, visible

    chosen = settings()
    live = with_store(live_now) if chosen.store_url or chosen.home.exists() else None
    lines = type_lines(load_all(release_parts(chosen).types), live[1] if live else None)
    if as_json:
        release = live[0].model_dump(mode="json") if live else None
        say_json({"live": release, "types": [line.model_dump(mode="json") for line in lines]})
    else:
        say(
            *columns(
                ("TYPE", "VERSION", "PROMPT", "FIELDS", "RULES", "MODEL", "BUNDLE", "STANDING"),
                [
                    (
                        visible(line.name),
                        visible(line.version),
                        visible(line.prompt_version),
                        str(line.fields),
                        str(line.rules),
                        "trained" if line.trained else "none",
                        short(line.digest),
                        line.standing,
                    )
                    for line in lines
                ],
            ),
            "",
            f"live: release {short(live[0].digest)} ({live[0].mark}) since {minute(live[0].since)}, "
            f"published by {visible(live[0].by)}"
            if live
            else "live: nothing yet; the first submission or `doctrail types publish` publishes these",
        )
        for line in lines:
            say(*(f"problem: {visible(problem)}" for problem in line.problems))
    if any(line.problems for line in lines):
        raise typer.Exit(1)


def show(
    name: Annotated[str, typer.Argument(metavar="TYPE", help="Name of a type: lease.")],
    *,
    as_json: AsJson = False,
) -> None:
    """Show a type: its fields, from which confidence each is accepted, and its rules.

    Example: doctrail types show invoice
    """
    from app.session import settings
    from app.wiring import release_parts
    from doctypes.folder import load_all
    from ops.types import field_lines, folder_of, type_lines
    from ops.words import visible

    folder = folder_of(load_all(release_parts(settings()).types), name)
    fields, line = field_lines(folder), type_lines([folder], None)[0]
    if as_json:
        say_json(
            {
                **line.model_dump(mode="json", exclude={"standing"}),
                "fields": [field.model_dump(mode="json") for field in fields],
                "rules": [rule.name for rule in folder.rules.rules],
            }
        )
        return
    say(f"{visible(line.title)} ({line.name} {line.version}, prompt {line.prompt_version})")
    say(visible(folder.doc_type.description), "")
    say(
        *columns(
            ("FIELD", "KIND", "IS", "CERTIFICATE"), [row for field in fields for row in _field_rows(field)]
        ),
        "",
    )
    say(f"identified by: {', '.join(folder.doc_type.business_key) or 'nothing declared'}")
    say(f"rules: {', '.join(rule.name for rule in folder.rules.rules)}")
    say(*(f"problem: {visible(problem)}" for problem in line.problems))


def _field_rows(field: FieldLine) -> list[tuple[str, ...]]:
    """Return the line of a field, and below it one per column where it is a list of rows."""
    columns = [
        (f"{field.name}.{column.name}", column.kind, _flags(column), "its table's")
        for column in field.columns
    ]
    return [_field_row(field), *columns]


def _flags(field: FieldLine) -> str:
    flags = (word for word, on in (("required", field.required), ("critical", field.critical)) if on)
    return ", ".join(flags) or "optional"


def _field_row(field: FieldLine) -> tuple[str, ...]:
    certificate = field.certificate
    if certificate is None:
        said = "none: every value goes to review"
    elif certificate.threshold is None:
        said = f"none: {certificate.errors} of {certificate.decisions} were wrong"
    else:
        threshold = certificate.threshold
        accepted = f"accepted from {threshold:.2f}" if threshold else "accepted at any confidence"
        said = f"{accepted}: error ≤ {certificate.bound:.1%} on {certificate.population}"
    kind = f"{field.kind} list" if field.many else field.kind
    return field.name, kind, _flags(field), said


def publish(
    *,
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Freeze the types as they are into a release and make it live.

    Documents in flight keep their release; old documents get the new one by `doctrail backfill`.

    Example: doctrail types publish --by "Ada Lovelace"
    """
    from app.session import with_doctrail
    from app.wiring import Doctrail
    from ops.types import live_now
    from ops.words import short
    from schemas.errors import InvariantError

    async def work(doctrail: Doctrail) -> tuple[LiveRelease | None, LiveRelease]:
        before = await live_now(doctrail.store)
        await doctrail.live.publish(doctrail.now(), by=who(by), mark="approved")
        after = await live_now(doctrail.store)
        if after is None:
            raise InvariantError("a release was published and none is live; verify the registry")
        return before[0] if before else None, after[0]

    before, after = with_doctrail(work, makes_home=True)
    changed = before is None or before.digest != after.digest
    name = f"release {short(after.digest)}"
    if as_json:
        say_json({"changed": changed, "live": after.model_dump(mode="json")})
    elif changed:
        say(f"{name} is live; run `doctrail backfill` to take known documents along")
    elif before == after:
        say(f"{name} is live already; nothing changed")
    else:
        say(f"{name} was live already, marked {before.mark if before else 'new'}; now approved by {after.by}")


def log(*, as_json: AsJson = False) -> None:
    """Say what was live when, and who published it; the chain is checked.

    Example: doctrail types log
    """
    from app.session import with_store
    from ops.types import registry_log
    from ops.words import moment, short, visible

    entries = with_store(registry_log)
    if as_json:
        say_json([entry.model_dump(mode="json") for entry in entries])
        return
    rows = [
        (
            str(e.number),
            moment(e.statement.at),
            short(e.statement.what),
            e.statement.mark,
            visible(e.statement.by),
        )
        for e in entries
    ]
    say(*columns(("NO", "AT", "RELEASE", "MARK", "BY"), rows))
