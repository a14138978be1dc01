"""Training the digitiser of well logs on logs that the project makes, and certifying it on others."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path

import numpy as np

from agents.gatekeeper.logs import LEAST
from app.settings import Settings
from app.wiring import page_reader
from inference.digitiser.answer import recorded
from inference.digitiser.detecting import detect, may_be_log
from inference.digitiser.digitise import Digitiser, digitise
from inference.digitiser.file import save_digitiser
from inference.digitiser.training import TARGET, Judged, Lesson, facts_of, judged, segmenter_of, trusting
from inference.learned.certify import CRITICAL_TARGET, OTHER_TARGET, Decisions, certify
from ops.words import several
from pages.reader import PageReader, ReadDocument, Refusal
from samples.generate import MAKERS, labelled
from samples.logs.log import HELD_OUT, TEMPLATES, Log, make
from samples.logs.scanning import ruin
from samples.logs.words import page_of
from samples.sample import source
from schemas.canonical import sha256_hex, stored_json
from schemas.certificates import GENERATED, Certificate, Certificates
from schemas.classification import RejectReason
from schemas.digitised import CURVES
from schemas.errors import InvariantError
from schemas.layout import Page, TextSource
from store.files import write_whole

SEGMENTING = 12
JUDGED = 160
DPI = 200
"""At which pages are drawn, as extraction draws them; a picture is never drawn larger than it is."""
Seen = tuple[bytes, Page]
"""A picture, and the page with the words that are read off it."""
Read = Callable[[Log], Seen | None]
"""Reads a log; None where it shows no text, so that it is rejected and nobody digitises it."""
Strangers = Callable[[int], Iterator[Seen]]
"""Yields as many documents that are no logs, of those the ones that the detector would be asked about."""
Sure = dict[str, list[tuple[float, bool]]]
"""By field, how sure each reading was and whether it was right."""
SEEN = tuple(name for name in TEMPLATES if name not in HELD_OUT)


@dataclass(frozen=True, slots=True)
class Trained:
    """A digitiser with its certificates and what a person should know of it."""

    model: bytes
    thresholds: bytes
    card: str


def train_digitiser(
    *,
    segmenting: int = SEGMENTING,
    judging: int = JUDGED,
    seed: int = 1,
    read: Read | None = None,
    strangers: Strangers | None = None,
    told: Callable[[str], None] = lambda _: None,
) -> Trained:
    """Return a digitiser trained on generated logs; equal arguments give an equal one on one machine.

    The first logs teach it to see. Of the others, every third of which is nearly ruined, so that there are
    mistakes to learn from, each is judged by a trust that was learned without it.
    Nothing here comes from the layouts and seeds that the bench measures on.

    Args:
        segmenting: Logs that teach the segmenter.
        judging: Logs that teach trust, and certify.
        seed: Of the logs.
        read: Reads a log's words. Without it they are taken as printed, which says nothing of how often they
            are misread: then only the files are certified.
        strangers: Documents that are no logs, as many as logs: with ``read`` they certify that a page is one.
        told: Told of each step.
    """
    segmenter = segmenter_of(lesson for _, lesson in _lessons(segmenting, f"{seed}:see", printed))
    told(f"{segmenting} logs taught the segmenter")
    rough = Digitiser(segmenter, trusting(()))
    decided: list[Judged] = []
    others: Sure = {}
    for log, lesson in _lessons(judging, f"{seed}:trust", read or printed, ruined=True):
        found = digitise(lesson.png, lesson.page, rough)
        decided += judged(lesson, found)
        if read is not None:
            _judge_words(others, log, recorded(found, lesson.page))
            judge_type(others, lesson.png, lesson.page, is_log=True)
        told(f"{lesson.key}: {' '.join(f'{one.error:.4f}' for one in decided[-2:])}")
    for png, page in strangers(judging) if strangers is not None else ():
        judge_type(others, png, page, is_log=False)
    trust, confidences = trusting(decided), _out_of_fold(decided)
    seen = len(decided) // len(CURVES)
    model = save_digitiser(Digitiser(segmenter, trust), facts_of(segmenting, seen, seed))
    certificates = _certificates(sha256_hex(model), decided, confidences, others)
    card = _card(certificates, decided, (segmenting, seen, judging - seen), words=read is not None)
    return Trained(model, stored_json(certificates), card)


def train_and_write(
    settings: Settings, folder: Path, *, seed: int, count: int, ocr: bool, told: Callable[[str], None]
) -> None:
    """Train, and write the parts of the type into ``folder``."""
    if not ocr:
        write(train_digitiser(judging=count, seed=seed, told=told), folder)
        return
    with asyncio.Runner() as runner:
        reader = runner.run(page_reader(settings).__aenter__())
        try:

            def read(log: Log) -> Seen | None:
                return runner.run(_read(reader, log.data))

            def strangers(wanted: int) -> Iterator[Seen]:
                makers = cycle([labelled(doc_type, wanted, seed) for doc_type in sorted(MAKERS)])
                for maker in islice(makers, wanted):
                    seen = runner.run(_read(reader, next(maker).data))
                    if seen is not None:
                        yield seen

            made = train_digitiser(judging=count, seed=seed, read=read, strangers=strangers, told=told)
            write(made, folder)
        finally:
            runner.run(reader.__aexit__(None, None, None))


async def _read(reader: PageReader, data: bytes) -> Seen | None:
    """Return a document as the detector is shown it; None where it is not asked: see ``LogDetector``.

    Raises:
        InvariantError: It was refused for another reason than that it shows no text, as a ruined scan may.
    """
    found = await reader.read(data)
    if isinstance(found, Refusal):
        if found.reason is RejectReason.NO_TEXT:
            return None
        raise InvariantError(f"a document that was made here was refused: {found.sentence}")
    if not isinstance(found, ReadDocument):
        raise InvariantError("a document that was made here was taken for a container")
    page, *more = found.layout.pages
    if more or not all(line.source is TextSource.OCR for line in page.lines):
        return None
    return await reader.render(data, page.number, DPI, page.rotation), page


def write(trained: Trained, folder: Path) -> None:
    """Write the parts of a type that is digitised into its folder."""
    write_whole(folder / "digitiser", trained.model)
    write_whole(folder / "thresholds.json", trained.thresholds)
    write_whole(folder / "MODEL_CARD.md", trained.card.encode())


def printed(log: Log) -> Seen:
    """Return the picture of a log and its words as they were printed."""
    return log.png(), page_of(log)


def _lessons(count: int, seed: str, read: Read, *, ruined: bool = False) -> Iterator[tuple[Log, Lesson]]:
    """Yield logs as lessons; of ``ruined`` ones every third can hardly be read."""
    for number in range(count):
        numbers = source("digitiser", seed, number)
        fate = ruin(numbers) if ruined and number % 3 == 2 else None
        log = make(numbers, SEEN[number // 3 % len(SEEN)], fate=fate)
        if (seen := read(log)) is not None:
            across = (log.across(0), log.across(1))
            yield log, Lesson(f"log-{number:04d}", *seen, np.asarray(log.mask), across)


def judge_type(others: Sure, png: bytes, page: Page, *, is_log: bool) -> None:
    """Note how surely the detector takes a page for a log; where it does not, it decides nothing."""
    seen = detect(png, page).confidence if may_be_log(page) else 0.0
    if seen >= LEAST:
        others.setdefault("doc_type", []).append((seen, is_log))


def _judge_words(others: Sure, log: Log, answer: dict[str, dict[str, object]]) -> None:
    """Note for each printed field how sure it was and whether it was right."""
    for name, truth in log.plan.fields.items():
        readings = answer[name]["readings"]
        said = readings[0]["value"] if isinstance(readings, list) and readings else None
        sure = answer[name]["confidence"]
        others.setdefault(name, []).append((float(str(sure)), said == truth))


def _out_of_fold(decided: Sequence[Judged], folds: int = 5) -> list[float]:
    """Return for each curve the confidence of a trust that learned from other logs alone."""
    found = [0.0] * len(decided)
    for fold in range(folds):
        held = [place for place in range(len(decided)) if place // len(CURVES) % folds == fold]
        trust = trusting([one for place, one in enumerate(decided) if place not in set(held)])
        for place in held:
            signs = decided[place].signs
            found[place] = trust.of(signs) if signs else 0.0
    return found


def _certificates(
    variant: str,
    decided: Sequence[Judged],
    confidences: Sequence[float],
    others: Sure,
) -> Certificates:
    made: list[Certificate] = []
    right = [one.error <= TARGET for one in decided]
    for place, name in enumerate(CURVES):
        pairs = list(zip(confidences, right, strict=True))[place :: len(CURVES)]
        made.append(_certified(name, pairs, CRITICAL_TARGET))
    both = [
        (min(confidences[at : at + 2]), all(right[at : at + 2])) for at in range(0, len(decided), len(CURVES))
    ]
    made.append(_certified("mask", both, OTHER_TARGET))
    for name in sorted(others):
        target = CRITICAL_TARGET if name in _CRITICAL else OTHER_TARGET
        made += [_certified(name, others[name], target)]
    return Certificates(variant=variant, certificates=tuple(made))


_CRITICAL = frozenset(
    {"depth_top", "depth_bottom", *(f"{name}_{side}" for name in CURVES for side in ("left", "right"))}
)


def _certified(name: str, pairs: Sequence[tuple[float, bool]], target: float) -> Certificate:
    sure, right = (np.array(column) for column in zip(*pairs, strict=True))
    decisions = Decisions(sure.astype(np.float64), right.astype(np.int64))
    return certify(name, decisions, target=target, population=GENERATED)


def _card(
    certificates: Certificates, decided: Sequence[Judged], counts: tuple[int, int, int], *, words: bool
) -> str:
    segmenting, judging, rejected = counts
    how = (
        "read by OCR" if words else "taken as printed: fields that are read off the header are not certified"
    )
    lost = f" {several(rejected, 'more log')} showed no text: those are rejected." if rejected else ""
    errors = np.array([one.error for one in decided])
    rows = "\n".join(
        f"| {one.field} | {one.target_error:.0%} | "
        f"{'none' if one.threshold is None else f'{one.threshold:.2f}'} | "
        f"{one.errors} of {one.decisions} | {one.bound:.1%} |"
        for one in certificates.certificates
    )
    return f"""# Digitiser of well logs

Trained by `doctrail digitiser` on {segmenting} generated logs (segmenter) and {judging} others (trust and
certificates), every third of these nearly ruined, in the layouts {", ".join(SEEN)}. No real log was
seen: every certificate rests on generated samples.

Mean absolute error of a curve on the {judging} logs, ruined ones among them: {errors.mean():.3%} of its
track's width, median {np.median(errors):.3%}; {(errors <= TARGET).mean():.1%} were right (at most
{TARGET:.0%}). The words were {how}.{lost}

| field | accepted error | certified from | wrong | bound at 95 % |
|---|---|---|---|---|
{rows}
"""
