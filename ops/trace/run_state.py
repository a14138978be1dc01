"""Where a run stands, told from what its stages have sent; pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from ops.trace.story import DeadLetterStory, SentMessage, StageStory, State
from schemas.documents import DocumentClassified, DocumentDropped, DocumentSubmitted, Route
from schemas.records import RecordCompleted, ReviewDecided, ReviewRequested

STAGES = ("intake", "gatekeeper", "extraction", "validation")

FIRST = ("intake", DocumentDropped.event)
"""Where a submitted document's run starts."""
FIRST_OF_DECISION = ("gatekeeper", ReviewDecided.event)
FIRST_OF_PART = ("gatekeeper", DocumentSubmitted.event)
"""A part of a packet is let in by its packet's Gatekeeper."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a run stands.

    Attributes:
        awaited: The stage whose turn it is, for a run on its way.
        waits_on: The topic its message lies on.
        since: When it came to stand there; None where nothing was sent yet.
        reviews: Review ids that were requested, in order.
    """

    state: State
    awaited: str | None = None
    waits_on: str | None = None
    since: datetime | None = None
    reviews: tuple[str, ...] = ()


def standing_of(
    document_id: str,
    stages: Sequence[StageStory],
    dead: Iterable[DeadLetterStory],
    *,
    decided_reviews: Mapping[str, datetime],
    superseded: bool,
    first: tuple[str, str] = FIRST,
) -> Standing:
    """Return where a run stands.

    Args:
        dead: The run's dead letters.
        decided_reviews: When a person decided each review, carried out or not.
        superseded: Whether a newer run took the document over.
        first: Whose turn it is while nothing was sent, and the topic its message lies on.
    """
    # Known bytes that came in once more, by another name, move nothing.
    sent = [m for m in sent_in_order(stages) if m.subject == document_id and not m.data.get("known")]
    reviews = tuple(dict.fromkeys(m.data["review_id"] for m in sent if m.topic == ReviewRequested.event))
    open_deaths = [letter for letter in dead if letter.open and letter.agent in STAGES]
    if open_deaths:
        return Standing(
            State.DEAD_LETTERED, open_deaths[-1].agent, open_deaths[-1].topic, open_deaths[-1].at, reviews
        )
    completed = [m for m in sent if m.topic == RecordCompleted.event]
    if completed:
        return Standing(State(completed[-1].data["status"]), None, None, completed[-1].time, reviews)
    if superseded or _published_nothing(stages):
        return Standing(State.SUPERSEDED, None, None, sent[-1].time if sent else None, reviews)
    if reviews:
        requested = next(m for m in reversed(sent) if m.topic == ReviewRequested.event)
        decided = decided_reviews.get(requested.data["review_id"])
        if decided is not None:
            return Standing(State.ON_ITS_WAY, "validation", ReviewDecided.event, decided, reviews)
        return Standing(State.IN_REVIEW, None, None, requested.time, reviews)
    return _on_its_way(sent, first)


def sent_in_order(stages: Iterable[StageStory]) -> list[SentMessage]:
    """Return everything the stages sent, oldest first."""
    order = {name: position for position, name in enumerate(STAGES)}
    numbered = [
        (message.time, order.get(story.stage, len(order)), position, message)
        for story in stages
        for outcome in story.outcomes
        for position, message in enumerate(outcome.sent)
    ]
    return [message for *_, message in sorted(numbered, key=lambda entry: entry[:3])]


def _published_nothing(stages: Iterable[StageStory]) -> bool:
    outcomes = [outcome for story in stages if story.stage == "validation" for outcome in story.outcomes]
    return bool(outcomes) and not any(outcome.sent for outcome in outcomes)


def _on_its_way(sent: Sequence[SentMessage], first: tuple[str, str]) -> Standing:
    if not sent:
        return Standing(State.ON_ITS_WAY, *first)
    last = sent[-1]
    awaited = "validation"
    if last.topic == DocumentSubmitted.event:
        awaited = "gatekeeper"
    elif last.topic == DocumentClassified.event and last.data.get("route") == Route.EXTRACT:
        awaited = "extraction"
    return Standing(State.ON_ITS_WAY, awaited, last.topic, last.time)
