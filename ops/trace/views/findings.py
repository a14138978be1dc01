"""What a stage found, as far as it is not told with the fields: file, quality, type, route, bundle, model."""

from __future__ import annotations

from ops.trace.story import RunStory, StageStory
from ops.words import abridged, several, short, shown, spoken, unit
from ops.words.tree import Node, joined
from schemas.classification import UNKNOWN_TYPE, Classification
from schemas.fields import FieldState
from schemas.layout import PageQuality, Quality
from schemas.results import Extraction

XML = "application/xml"
"""The one format whose type follows from what it states, and not from what it looks like."""

_POOR_PAGE = 0.8
"""Pages below this quality are told one by one even in a long document."""

_FEW_PAGES = 3
"""Up to so many pages, all are told."""


def summary(run: RunStory, story: StageStory) -> str | None:
    """Return what a stage concluded, in a few words; None where it has concluded nothing."""
    if not story.outcomes:
        return None
    match story.stage:
        case "intake":
            return "let in"
        case "gatekeeper" if run.classification is not None:
            found = run.classification
            sure = "decided by a person" if _by_a_person(story) else unit(found.confidence)
            said = f"{spoken(found.doc_type)} {sure} " if found.layout else ""
            return f"{said}→ {found.route.value}"
        case "extraction" if run.extraction is not None:
            fields = run.extraction.fields
            valued = sum(field.state is FieldState.VALUE for field in fields)
            return f"{valued} of {several(len(fields), 'field')} with a value"
        case "validation" if run.record is not None:
            return f"→ {run.record.status.value if run.record.status else 'review'}"
    return None


def finding_nodes(run: RunStory, story: StageStory, *, full: bool) -> tuple[Node, ...]:
    """Return what a stage found, as far as it is not told with the fields."""
    if not story.outcomes:
        return ()
    if story.stage == "gatekeeper" and run.classification is not None:
        return _classified(run.classification, by_a_person=_by_a_person(story), full=full)
    if story.stage == "extraction" and run.extraction is not None:
        return _extracted(run, run.extraction)
    return ()


def _by_a_person(story: StageStory) -> bool:
    return any(m.data.get("decided_by") == "human" for outcome in story.outcomes for m in outcome.sent)


def _classified(found: Classification, *, by_a_person: bool, full: bool) -> tuple[Node, ...]:
    pages = several(found.page_count, "page") if found.page_count or not found.children else None
    nodes = [Node("file", joined(shown(found.media_type), pages))]
    if found.quality is not None:
        nodes.append(_quality(found.quality, full=full))
    nodes += [
        Node("noted", joined(f"page {note.page}" if note.page else None, shown(note.text)), "doubt")
        for note in found.notes
    ]
    if found.layout is not None:
        nodes.append(_type(found, by_a_person=by_a_person))
    arithmetic = tuple(Node("", shown(line, None)) for line in found.arithmetic)
    reason = f"because {shown(found.reason, None)}" if found.reason else None
    nodes.append(Node("route", joined(f"→ {found.route.value}", reason), children=arithmetic))
    return tuple(nodes)


def _type(found: Classification, *, by_a_person: bool) -> Node:
    stated = found.media_type == XML and found.doc_type != UNKNOWN_TYPE
    sure = "by its own data" if stated else f"calibrated confidence {unit(found.confidence)}"
    sure = "decided by a person" if by_a_person else sure
    others = [
        f"{spoken(score.doc_type)} {unit(score.probability)}"
        for score in found.scores
        if score.doc_type != found.doc_type
    ]
    return Node(
        "type",
        joined(
            f"{spoken(found.doc_type)}, {sure}",
            f"then {', '.join(others[:3])}" if others else None,
            None if found.novelty is None else f"novelty {unit(found.novelty)}",
        ),
    )


def _quality(quality: Quality, *, full: bool) -> Node:
    pages = [
        page for page in quality.pages if full or len(quality.pages) <= _FEW_PAGES or page.score < _POOR_PAGE
    ]
    reasons = "; ".join(shown(reason) for reason in quality.reasons)
    return Node("quality", joined(unit(quality.score), reasons), children=tuple(map(_page, pages)))


def _page(page: PageQuality) -> Node:
    parts = " × ".join(f"{part.name} {unit(part.score)} ({shown(part.measured)})" for part in page.parts)
    return Node(f"page {page.page}", f"{unit(page.score)} = {parts}" if parts else unit(page.score), "quiet")


def _extracted(run: RunStory, found: Extraction) -> tuple[Node, ...]:
    pin = run.pin
    bundle = f"{pin.bundle_type} {short(pin.bundle_digest)}" if pin and pin.bundle_digest else None
    reply = f"raw reply {short(found.reply.sha256)}" if found.reply else "not asked"
    nodes = [
        Node("bundle", joined(bundle, f"prompt version {shown(found.prompt_version)}")),
        Node("model", joined(abridged(shown(found.model)), reply)),
    ]
    nodes += [Node("router", shown(line, None)) for line in found.routing]
    nodes += [Node("degraded", shown(sentence, None), "bad") for sentence in found.degraded]
    return tuple(nodes)
