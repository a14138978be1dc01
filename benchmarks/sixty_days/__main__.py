"""Sixty days of production, played on labelled documents.

    python -m benchmarks.sixty_days --data DIR [--home DIR] [--begin 15] [--wrong 0.02] [--share 1] [...]

Small models, learned from the first few documents, go live. Receipts and advertising contracts come in day by
day; three people of stated error decide what they are asked. Twice a set is built: after 26 days a challenger
learns from what people corrected and is promoted; eight days later one that learned from somebody who mixes
fields up is kept out. Then a new till calls sales before a rebate the total, and the nightly check has to
find that; at last somebody puts the bad model live by hand, past the gate, which is found, and rolled back.
Each step prints what the command of the same name prints. ``--home`` keeps the installation for looking
around; ``--share`` takes a part of the documents, with which fewer differences can be shown.
"""

from __future__ import annotations

import argparse
import asyncio
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import doctypes
from app.actions.accuracy import live_accuracy
from app.actions.drift import nightly
from app.actions.evals import Asked, build_set
from app.actions.finetune import Drawn, draw, everything_said, finetune, offer
from app.actions.promoting import compare_variants, promote_variant
from app.actions.shadow import guard_promotion, look_once
from app.actions.train import Trainer
from app.logs import configure_logs
from app.settings import Settings
from benchmarks.sixty_days.documents import RECEIPT, SETS, Asking, Play, play_of, truths, write_labels
from benchmarks.sixty_days.town import Clock, Town, live
from doctypes.folder import TypeFolder, load_all
from evals.comparing.rule import Outcome
from evals.errors import RefusedPromotionError
from evals.registry.history import standings
from evals.registry.promoting import rollback
from evals.words.accuracy import accuracy_lines
from evals.words.comparison import comparison_lines
from evals.words.drift import Report, report_lines
from evals.words.history import standing_lines
from evals.words.sets import built_lines
from evals.words.shadow import shadow_lines
from schemas.reviewed import ReviewedField, ReviewedRecord

DAYS = 60
FIRST_NIGHT, BETTER, WORSE, TILL, BY_HAND = 20, 26, 34, 40, 52
"""Days: the first night that prints, both challengers, the new till, the change past the gate."""
RARELY = 2
"""Before the first night that prints, one in so many is looked at: it raises the audit rate."""
PATIENCE = 5
"""Nights after which what was planted must have been found."""


@dataclass
class Story:
    """What happens, and what was found."""

    play: Play
    home: Path
    trainer: Trainer
    types: dict[str, TypeFolder]
    checks: list[tuple[str, bool]] = field(default_factory=list)
    alerts: dict[int, Report] = field(default_factory=dict)

    async def tell(self, town: Town) -> None:
        """Let the days pass."""
        first = town.clock.now
        for day in range(DAYS):
            town.clock.set(first + timedelta(days=day))
            if day == BY_HAND:
                self._past_the_gate()
            await town.come(self.play.days[day])
            done = await town.review(day)
            for one in await look_once(town.doctrail):
                if one.ended is not None:
                    print(f"day {day}: doctrail shadow run", *shadow_lines(one), sep="\n  ")
            await town.review(day)
            if day in (BETTER, WORSE):
                await (self._better if day == BETTER else self._worse)(town, day)
            town.clock.set(first + timedelta(days=day, hours=19))
            await self._night(town, day, done)
        await self._close(town)

    def check(self, what: str, held: bool) -> None:
        """Note whether something went as it had to."""
        self.checks.append((what, held))
        print(f"  {'as it had to be' if held else 'NOT AS IT HAD TO BE'}: {what}", flush=True)

    async def _night(self, town: Town, day: int, done: int) -> None:
        if day < FIRST_NIGHT and day % RARELY:
            print(f"day {day}: {len(self.play.days[day])} documents, {done} decisions", flush=True)
            return
        found = await nightly(town.doctrail, 50)
        if found.code == 2:
            self.alerts[day] = found
        if day == FIRST_NIGHT or found.code == 2:
            print(f"day {day}: doctrail drift nightly", *report_lines(found), sep="\n  ", flush=True)
        else:
            came = len(self.play.days[day])
            print(f"day {day}: {came} documents, {done} decisions, night {found.code}", flush=True)
        if day == BY_HAND + 3:
            await self._back(town, day)

    async def _set(self, town: Town, day: int) -> None:
        built, moved = await build_set(town.doctrail, Asked("main", 30, 500, 7, accept_biased=False), "play")
        print(f"day {day}: doctrail eval build", *built_lines(built.manifest, moved=moved), sep="\n  ")

    async def _challenger(self, town: Town, said: Sequence[ReviewedRecord], out: Path) -> str:
        folder, store = self.types[RECEIPT], town.doctrail.store
        base = self.home / "begin" / RECEIPT
        material = await asyncio.to_thread(self.trainer.base, folder, [base])
        drawn: Drawn = await draw(store, said, folder, material)
        written = await asyncio.to_thread(finetune, self.trainer, folder, drawn, [base], out)
        name = await offer(store, written, town.clock())
        if name is None:
            raise SystemExit("nothing is live to compare a challenger with")
        print("  doctrail finetune", *drawn.told, *written.figures, sep="\n    ")
        return name

    async def _better(self, town: Town, day: int) -> None:
        await self._set(town, day)
        said = await everything_said(town.doctrail.store, town.clock())
        name = await self._challenger(town, said, self.home / "better")
        await self._compared(town, name)
        try:
            done = await promote_variant(town.doctrail, name, "main", "Ada Lovelace", yes=False, comment=None)
        except RefusedPromotionError as error:
            print(f"  doctrail promote {name}: {error}")
            self.check("a challenger that learned from corrections is promoted", held=False)
            return
        await guard_promotion(town.doctrail, done, "Ada Lovelace")
        print("  doctrail promote", *comparison_lines(done.found, done.uses), sep="\n    ")
        self.check("a challenger that learned from corrections is promoted", done.found.outcome.promotes)

    async def _worse(self, town: Town, day: int) -> None:
        await self._set(town, day)
        said = await everything_said(town.doctrail.store, town.clock())
        name = await self._challenger(town, [_mixed_up(one) for one in said], self.home / "worse")
        outcome = await self._compared(town, name)
        try:
            await promote_variant(town.doctrail, name, "main", "Ada Lovelace", yes=False, comment=None)
            refused = False
        except RefusedPromotionError as error:
            refused = True
            print(f"  doctrail promote {name}: {error}")
        kept = refused and outcome in (Outcome.WORSE, Outcome.BLOCKED)
        self.check("a challenger that learned from mixed-up fields is called worse and refused", kept)

    async def _compared(self, town: Town, name: str) -> Outcome:
        found, uses = await compare_variants(town.doctrail, RECEIPT, name, "main", sealed=False, yes=False)
        print(
            f"  doctrail eval compare {RECEIPT} {name}",
            *comparison_lines(found, uses),
            sep="\n    ",
            flush=True,
        )
        return found.outcome

    def _past_the_gate(self) -> None:
        """Put the bad model into the type's folder, as somebody would who knows better."""
        for part in ("model", "thresholds.json"):
            shutil.copy(self.home / "worse" / part, self.home / "types" / RECEIPT / part)
        print(f"day {BY_HAND}: somebody copies the refused model into the type's folder, past the gate")

    async def _back(self, town: Town, day: int) -> None:
        found = [
            (figure.name, changes)
            for night, report in self.alerts.items() if night >= BY_HAND
            for figure in report.night.alerts if (changes := report.changes.get(figure.name))
        ]  # fmt: skip
        self.check("the change past the gate is found, and named as a change of ours", bool(found))
        entry = await rollback(town.doctrail.store, RECEIPT, "Ada Lovelace", town.clock(), "play")
        print(f"day {day}: doctrail rollback {RECEIPT}: registry entry {entry.number}")
        print("  doctrail registry show", *standing_lines(await standings(town.doctrail.store)), sep="\n    ")
        lineage = entry.statement.lineage
        self.check("a rollback brings back what was live", lineage is not None and lineage.kind == "rollback")

    async def _close(self, town: Town) -> None:
        total = f"{RECEIPT}.total"
        nights = [day for day, one in self.alerts.items() if TILL <= day < BY_HAND and _names(one, total)]
        after = f"after {nights[0] - TILL + 1} nights" if nights else "never"
        found_soon = bool(nights) and nights[0] - TILL < PATIENCE
        self.check(f"the new till is found within {PATIENCE} nights ({after})", found_soon)
        calm = [day for day in self.alerts if FIRST_NIGHT <= day < TILL]
        print(f"  nights before it that alerted: {len(calm)} of {TILL - FIRST_NIGHT}")
        found = await live_accuracy(town.doctrail, 30, RECEIPT)
        print("doctrail accuracy", *accuracy_lines(found), sep="\n  ")
        print(f"{town.decided} decisions of people in {DAYS} days")


def _names(report: Report, name: str) -> bool:
    return any(figure.name == name for figure in report.night.alerts)


def _mixed_up(record: ReviewedRecord) -> ReviewedRecord:
    """Return what somebody says who takes a shop's address for its name, and the other way round."""
    fields = {one.name: one for one in record.fields}
    name, address = fields.get("vendor_name"), fields.get("vendor_address")
    if name is None or address is None or not (name.values and address.values):
        return record

    def swapped(one: ReviewedField) -> ReviewedField:
        other = {"vendor_name": address, "vendor_address": name}.get(one.name)
        if other is None:
            return one
        return one.model_copy(update={"values": other.values, "raws": other.raws, "spans": other.spans})

    return record.model_copy(update={"fields": tuple(swapped(one) for one in record.fields)})


def _begin(settings: Settings, play: Play, home: Path) -> tuple[Trainer, dict[str, TypeFolder]]:
    """Write the type folders with small models, learned from the first documents alone."""
    source = Path(doctypes.__file__).parent
    for schema in sorted(source.glob("*/schema.json")):
        shutil.copytree(schema.parent, home / "types" / schema.parent.name, dirs_exist_ok=True,
                        ignore=shutil.ignore_patterns("__pycache__"))  # fmt: skip
    trainer = Trainer(settings, folds=5, seed=0)
    types = {folder.doc_type.name: folder for folder in load_all(home / "types")}
    for name in SETS.values():
        base = write_labels(play.begin[name], home / "begin" / name)
        written = trainer.extractor(types[name], [base], home / "types" / name)
        print(f"doctrail train --type {name}", *written.figures, sep="\n  ", flush=True)
    return trainer, {folder.doc_type.name: folder for folder in load_all(home / "types")}


def run(data: Path, home: Path, asked: Asking) -> list[tuple[str, bool]]:
    """Play everything and return what had to be, and whether it was."""
    play = play_of(data, DAYS, asked, changes_on=TILL)
    settings = Settings(
        home=home / "home", doctypes=home / "types", accept_generated_certificates=True, page_workers=2,
        review_audit_rate=0.3, review_release_seconds=0.0, review_double_share=0.0, review_blind_share=0.0,
    )  # fmt: skip
    trainer, types = _begin(settings, play, home)
    every = [paper for day in play.days for paper in day]
    told = truths(every, types, home / "truth")
    story = Story(play, home, trainer, types)
    morning = datetime.combine(datetime.now(UTC).date() - timedelta(days=DAYS), time(8), UTC)
    print(f"{len(every)} documents in {DAYS} days; people overlook {asked.wrong:.0%} of what is wrong")
    asyncio.run(live(settings, Clock(morning), told, asked.wrong, story.tell))
    return story.checks


def main(arguments: Sequence[str] | None = None) -> None:
    """Play, and exit with 1 where something was not as it had to be."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.sixty_days")
    parser.add_argument("--data", type=Path, required=True, help="folder with the labelled sets")
    parser.add_argument("--home", type=Path, help="where to keep the installation; default: nowhere")
    parser.add_argument("--begin", type=int, default=15, help="documents that the first models learn from")
    parser.add_argument(
        "--wrong", type=float, default=0.02, help="share of what is wrong that a person misses"
    )
    parser.add_argument("--share", type=float, default=1.0, help="share of the documents that is played")
    parser.add_argument("--originals", action="store_true", help="read photos and PDFs where they are")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args(arguments)
    configure_logs("error")
    asked = Asking(given.begin, given.wrong, given.share, given.originals, given.seed)
    with tempfile.TemporaryDirectory() as scratch:
        checks = run(given.data, (given.home or Path(scratch)).resolve(), asked)
    print(*(f"{'ok      ' if held else 'MISSED  '}{what}" for what, held in checks), sep="\n")
    if not all(held for _, held in checks):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
