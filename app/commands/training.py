"""``doctrail train``, ``finetune``, ``models``, ``runs``: variants of the local model, and how they came."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.commands.menu import AsJson
from app.commands.options import BaseData, Learned, out_option, seed_option
from app.printing import columns, say, say_json

if TYPE_CHECKING:
    from app.actions.models import Asked
    from app.actions.train import Written
    from app.actions.training_runs import TrainingRun
    from app.settings import Settings

Folds = Annotated[int, typer.Option("--folds", min=2, help="How many parts are held out in turn.")]
Seed = Annotated[int, seed_option("Equal seeds and data give the equal model.")]


def add_to(app: typer.Typer, panel: str) -> None:
    """Add the commands to the command line."""
    app.command("train", rich_help_panel=panel)(train)
    app.command("finetune", rich_help_panel=panel)(finetune)
    app.command("models", rich_help_panel=panel)(models)
    app.command("runs", rich_help_panel=panel)(runs)


def train(
    *,
    data: Annotated[
        list[Path], typer.Option("--data", metavar="DIR", help="Folder with a labels.jsonl; may be repeated.")
    ],
    doc_type: Annotated[
        str | None, typer.Option("--type", metavar="TYPE", help="Train the extractor of this type.")
    ] = None,
    classifier: Annotated[bool, typer.Option("--classifier", help="Train the type classifier.")] = False,
    splitter: Annotated[bool, typer.Option("--splitter", help="Train the splitter of packets.")] = False,
    out: Annotated[Path | None, out_option("Where to write; default: where it is used.")] = None,
    mixed: Annotated[
        bool,
        typer.Option(
            "--mixed", help="With --type: new documents are of the vendors and layouts learned from."
        ),
    ] = False,
    folds: Folds = 5,
    seed: Seed = 0,
    as_json: AsJson = False,
) -> None:
    """Train the local model from labelled documents.

    Writes model, thresholds.json, MODEL_CARD.md and lineage.json (digests of what it learned from: evals
    leave that out), and says how the model does on documents it has not seen. Originals are read as
    documents are, else their boxes or text are taken. Figures and certificates are about vendors and layouts
    never seen; with --mixed about those learned from, where most come back.

    Example: doctrail train --type receipt --data labelled/receipts
    """
    if sum((doc_type is not None, classifier, splitter)) != 1:
        raise typer.BadParameter("give one of --type, --classifier and --splitter", param_hint="--type")
    if mixed and doc_type is None:
        raise typer.BadParameter("only --type can be trained so", param_hint="--mixed")
    from app.actions.train import Trainer
    from app.session import settings
    from app.wiring import release_parts
    from doctypes.folder import load_all
    from ops.types import folder_of

    chosen = settings()
    parts, trainer = release_parts(chosen), Trainer(chosen, folds=folds, seed=seed)
    folders = load_all(parts.types)
    if splitter:
        written = trainer.splitter(data, out or parts.splitter)
    elif doc_type is None:
        written = trainer.classifier(folders, data, out or parts.classifier)
    else:
        folder, place = folder_of(folders, doc_type), out or parts.types / doc_type
        written = trainer.extractor(folder, data, place, mixed=mixed)
    _note(chosen, written)
    _say([written], as_json=as_json)


def finetune(
    *,
    doc_type: Annotated[str, typer.Option("--type", metavar="TYPE", help="Train a challenger of this type.")],
    records: Annotated[
        Path | None,
        typer.Option(
            "--records", metavar="FILE", help="Reviewed records, one a line; default: those in the store."
        ),
    ] = None,
    out: Learned,
    data: BaseData = None,
    folds: Folds = 5,
    seed: Seed = 0,
    as_json: AsJson = False,
) -> None:
    """Train a challenger from what people corrected; nothing goes live by it.

    Learns from reviewed records of the training pool only, each weighted by how unlikely it was to be
    reviewed, and from base data beside them, but for what evals hold of it or of its like. Writes model,
    thresholds.json, MODEL_CARD.md and lineage.json, which says what it learned from, and prints the name to
    compare it by.

    Example: doctrail finetune --type receipt --data labelled/receipts --out new
    """
    from app.actions.finetune import draw, everything_said, offer
    from app.actions.finetune import finetune as train_challenger
    from app.actions.train import Trainer
    from app.clock import utc_now
    from app.session import settings, with_store
    from app.wiring import release_parts
    from doctypes.folder import load_all
    from inference.labelled.corrections import read_records
    from ops.types import folder_of

    chosen = settings()
    folder = folder_of(load_all(release_parts(chosen).types), doc_type)
    now = utc_now()
    known = read_records(records) if records else with_store(lambda store: everything_said(store, now))
    trainer = Trainer(chosen, folds=folds, seed=seed)
    base = trainer.base(folder, data or [])
    drawn = with_store(lambda store: draw(store, known, folder, base))
    written = train_challenger(trainer, folder, drawn, data or [], out)
    name = with_store(lambda store: offer(store, written, now))
    _say([written], as_json=as_json)
    if not as_json:
        say(*(f"  {line}" for line in drawn.told))
        if name is not None:
            say(f"  compare it: doctrail eval compare {doc_type} {name}")


def models(
    *,
    data: Annotated[Path, typer.Option("--data", metavar="DIR", help="Folder with the labelled sets.")],
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; tell whether what ships is what comes out.")
    ] = False,
    only: Annotated[
        list[str] | None,
        typer.Option("--only", metavar="NAME", help="This type, classifier or splitter alone; repeat."),
    ] = None,
    out: Annotated[Path | None, out_option("Where to write, a folder each; default: what ships.")] = None,
    folds: Folds = 5,
    seed: Seed = 0,
    as_json: AsJson = False,
) -> None:
    """Train every model that ships again, or those named.

    From the labelled sets and from samples that the project generates. With --check nothing is written:
    exits with 1 unless what ships has the same bytes, or (another CPU adds up in another order) gives the
    same answers on 98 % of a probe set.

    Example: doctrail models --data ../data --check
    """
    from app.actions.models import Asked, rebuild_models
    from app.session import settings

    asked = Asked(frozenset(only or ()), folds, seed)
    if check:
        if out is not None:
            raise typer.BadParameter("--check writes nothing: leave out --out", param_hint="--out")
        _check(settings(), data, asked, as_json=as_json)
        return
    chosen, done = settings(), []
    for rebuilt in rebuild_models(chosen, data, out=out, asked=asked):
        written = rebuilt.written
        _note(chosen, written)
        done.append(written)
        if not as_json:
            _say([written], as_json=False)
    if as_json:
        _say(done, as_json=True)


def _check(chosen: Settings, data: Path, asked: Asked, *, as_json: bool) -> None:
    from app.actions.model_check import check_models

    done = []
    for found in check_models(chosen, data, asked=asked):
        done.append(found)
        if as_json:
            continue
        how = (
            "the same bytes" if found.same else f"other bytes, {found.alike} of {found.answers} answers alike"
        )
        say(f"{found.name}: {how}" + ("" if found.holds else ": it is not what its data teach"))
    if as_json:
        say_json([asdict(found) | {"holds": found.holds} for found in done])
    if not all(found.holds for found in done):
        raise typer.Exit(1)


def runs(
    *,
    doc_type: Annotated[
        str | None, typer.Option("--type", metavar="TYPE", help="Only this type, classifier or splitter.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List what was trained here: when, from which data, by which code, and how well it did.

    Figures are those of documents a model had not seen; its card beside it has them by field. Equal data,
    seed and code give an equal model.

    Example: doctrail runs --type receipt
    """
    from app.actions.training_runs import training_runs
    from app.session import settings

    listed = [run for run in training_runs(settings().home) if doc_type in (None, run.name)]
    if as_json:
        say_json([run.model_dump(mode="json") for run in listed])
        return
    if not listed:
        say("nothing was trained here yet: doctrail train --type TYPE --data DIR")
        return
    say(
        *columns(
            ("AT", "WHAT", "MODEL", "DATA", "DOCUMENTS", "SEED", "CODE", "OUT OF FOLD"), map(_row, listed)
        )
    )


def _row(run: TrainingRun) -> tuple[str, ...]:
    from ops.words import visible

    figures = " ".join(
        f"{name} {value:g}" if value.is_integer() else f"{name} {value:.3f}"
        for name, value in run.metrics.items()
        if value is not None
    )
    data = run.data[:12] + ("+" + run.reviewed[:12] if run.reviewed else "")
    cells = (
        f"{run.at:%Y-%m-%d %H:%M}", run.name, run.model[:12], data, str(run.documents), str(run.seed),
        run.code[:12], figures,
    )  # fmt: skip
    return tuple(map(visible, cells))


def _note(chosen: Settings, written: Written) -> None:
    from app.actions.training_runs import note_training
    from app.clock import utc_now
    from app.wiring import installed_version

    note_training(chosen.home, written, at=utc_now(), code=chosen.commit or installed_version())


def _say(done: list[Written], *, as_json: bool) -> None:
    from ops.words import number_of_bytes, visible

    if as_json:
        say_json([{"name": w.name, "folder": str(w.folder), "digest": w.variant.digest} for w in done])
        return
    for written in done:
        model = written.variant
        say(f"{written.name}: {number_of_bytes(len(model.model))} in {written.folder} ({model.digest[:12]})")
        say(*(f"  {line}" for line in written.figures))
        if model.unreadable:
            named = visible(", ".join(model.unreadable[:5]))
            say(f"  {len(model.unreadable)} files could not be read: {named}")
        if model.others:
            say(f"  {model.others} documents of other types are passed over")
        if model.undeclared:
            named = visible(", ".join(model.undeclared[:5]))
            say(f"  labels of {len(model.undeclared)} names are no field of the type: {named}")
