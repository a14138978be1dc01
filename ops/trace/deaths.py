"""Reading the dead letters of one document."""

from __future__ import annotations

from collections.abc import Sequence

from bus.dead_letters import DeadLetterObject
from ops.answered import answered
from ops.trace.files import DocumentFiles
from ops.trace.story import DeadLetterStory
from store import keys

MOST_DEATHS = 20
"""Dead letters that are read, newest keys first."""

_FOLDER = "dead_letters/"


async def read_dead_letters(
    files: DocumentFiles, linked: Sequence[str], inbox_events: Sequence[str]
) -> tuple[DeadLetterStory, ...]:
    """Return the document's dead letters, oldest first.

    Args:
        files: The document.
        linked: Keys outside its folder that belong to it.
        inbox_events: Messages that offered it: a death of one is not linked, because whoever buried it
            did not know the document yet.
    """
    wanted = [key for key in linked if key.startswith(_FOLDER)][-MOST_DEATHS:]
    if not files.under("runs"):
        unlinked = [keys.dead_letter(event_id, 1) for event_id in inbox_events[-MOST_DEATHS:]]
        wanted += [key for key in unlinked if await files.store.head(key) is not None]
    letters = await files.each(dict.fromkeys(wanted), DeadLetterObject.model_validate_json)
    told = [await _told(files, letter) for letter in letters.values()]
    return tuple(sorted(told, key=lambda letter: (letter.at, letter.event_id, letter.number)))


async def _told(files: DocumentFiles, letter: DeadLetterObject) -> DeadLetterStory:
    redriven = await files.store.head(keys.redrive_mark(letter.event_id, letter.number)) is not None
    return DeadLetterStory(
        event_id=letter.event_id,
        number=letter.number,
        agent=letter.agent,
        error_class=letter.error_class.value,
        reason=letter.reason,
        sentence=letter.sentence,
        attempts=letter.attempts,
        topic=letter.topic,
        partition=letter.partition,
        offset=letter.offset,
        at=letter.at,
        run_id=letter.run_id,
        redriven=redriven,
        open=not redriven and not answered(letter, files.under("outcomes")),
    )
