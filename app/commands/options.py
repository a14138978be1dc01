"""Options and arguments that commands about quality share: each said once."""

from __future__ import annotations

import getpass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

MOST_DAYS = 3650
"""The longest span of time that is looked back on, or waited for."""
LARGEST_SEED = 2**53 - 1
"""What records hold: beyond it JSON's numbers are not exact."""


def _recordable(seed: int) -> int:
    if abs(seed) > LARGEST_SEED:
        raise typer.BadParameter(f"it must lie between {-LARGEST_SEED} and {LARGEST_SEED}")
    return seed


def typed_path(text: str) -> Path:
    """Return the path that was typed; an empty one, such as a script's unset variable, is not this folder."""
    if not text:
        raise typer.BadParameter("it is empty; name a path, or . for this folder")
    return Path(text)


def seed_option(told: str) -> Any:
    """Return the option of a seed that is kept with what comes of it."""
    return typer.Option("--seed", callback=_recordable, help=told)


def out_option(told: str) -> Any:
    """Return the option of a folder that is written into."""
    return typer.Option("--out", metavar="DIR", parser=typed_path, help=told)


Type = Annotated[str, typer.Argument(metavar="TYPE", help="Name of a type: lease.")]
OnlyType = Annotated[str | None, typer.Option("--type", metavar="TYPE", help="Only this type.")]
Set = Annotated[
    str, typer.Argument(metavar="[SET]", help="Name of a set, its id or its beginning; default: main.")
]
SetOption = Annotated[str, typer.Option("--set", metavar="SET", help="Name or id of a set.")]
Variant = Annotated[str, typer.Argument(metavar="VARIANT", help="A type (its live one) or type@digest.")]
Challenger = Annotated[
    str, typer.Argument(metavar="VARIANT", help="type@digest, or the folder that finetune wrote.")
]
Variants = Annotated[
    list[str] | None,
    typer.Option("--variant", metavar="ID", help="A type (its live one) or type@digest; default: all live."),
]
Also = Annotated[
    list[str] | None,
    typer.Option("--also", metavar="ID", help="Another type's challenger, judged together with it."),
]
Yes = Annotated[bool, typer.Option("--yes", help="Spend what asking the model costs.")]
By = Annotated[str | None, typer.Option("--by", metavar="NAME", help="Who answers for it; default: you.")]
AcceptBiased = Annotated[
    bool, typer.Option("--accept-biased", help="Build it without audits too, and stamp it.")
]
Days = Annotated[int, typer.Option("--days", min=1, help="Decisions of the last N days.")]
BaseData = Annotated[
    list[Path] | None,
    typer.Option("--data", metavar="DIR", help="Base data: a folder with a labels.jsonl; may be repeated."),
]
DAY = ["%Y-%m-%d"]
Since = Annotated[
    datetime | None,
    typer.Option("--since", formats=DAY, metavar="YYYY-MM-DD", help="On this day or later (UTC)."),
]
Until = Annotated[
    datetime | None, typer.Option("--until", formats=DAY, metavar="YYYY-MM-DD", help="Before this day (UTC).")
]
Learned = Annotated[Path, out_option("Where to write the challenger.")]


def who(by: str | None) -> str:
    """Return who answers for it: whoever was named, else whoever types."""
    return by or getpass.getuser()


def utc(day: datetime | None) -> datetime | None:
    """Return when a day that was typed begins."""
    return None if day is None else day.replace(tzinfo=UTC)
