"""Doubtful fields, not documents, go to another model; the first answer stays hidden from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

from agents.extraction.about import About, Said
from agents.extraction.agreement import SecondReading, measured
from agents.extraction.chunks import CHARACTERS_PER_TOKEN
from agents.extraction.large import LargeModels, LargeReading
from agents.extraction.pictures import scanned
from agents.stage import Work
from doctypes.definition import DocType
from doctypes.named_model import VARIANT
from doctypes.prompt import render
from inference.endpoints.limits import TOKENS_PER_IMAGE
from inference.pictures import sees
from inference.router.choice import Asking, Choice, Difficulty, Doubt, choose, expected_error
from inference.router.table import RoutedModel, RouterTable
from schemas.errors import PermanentError, TransientError, UnusableError
from schemas.fields import Agreement, FieldState, FieldValue
from schemas.layout_block import to_block
from schemas.results import Degradation

UNTOLD = 0.5
"""Probability that a field is wrong of which its reader says nothing."""
TOKENS_PER_FIELD = 120
TOKENS_PER_TABLE = 2_000


async def routed(
    work: Work, models: LargeModels, about: About, table: RouterTable, first: Said, *, fallback: bool
) -> Said:
    """Return the fields after those that are expected to be wrong were asked of other models.

    Args:
        work: The document.
        models: Who asks.
        about: What is known of the document.
        table: Whom fields may go to, and what that may cost.
        first: What was read so far.
        fallback: Whether the first reading may stand where a model's endpoint does not answer.

    Raises:
        TransientError: A model does not answer, and the first reading may not stand in its place.
        UnusableError: A model can't be asked until somebody mends what the sentence names.
    """
    said, asked, spent = first, frozenset[str](), Decimal(0)
    while True:
        choice = _choice(about, table, said, spent, asked)
        work.trail.step("decision", "router", arithmetic=list(choice.arithmetic))
        said = replace(said, routing=(*said.routing, *choice.arithmetic))
        if choice.model is None:
            return said
        asked, spent = asked | {choice.model.model}, spent + choice.cost
        try:
            found = await models.ask(work, about, choice.model, only=choice.fields)
        except UnusableError:
            # Nobody is to blame but whoever set it up: passed over in silence, no field would ever go on.
            raise
        except PermanentError as error:
            work.trail.step("note", "escalated in vain", by=choice.model.model, why=str(error))
            continue
        except TransientError as error:
            if not (fallback and error.target.startswith("model:")):
                raise
            why = f"model {choice.model.model!r} did not answer ({error}); the first reading stands"
            work.trail.step("decision", "fallback", arithmetic=[why])
            codes = (*said.degradations, Degradation.LESSER_MODEL)
            return replace(said, degraded=(*said.degraded, why), degradations=codes)
        said = _with(said, about, choice.model, found)


def _choice(about: About, table: RouterTable, said: Said, spent: Decimal, asked: frozenset[str]) -> Choice:
    difficulty = Difficulty(about.quality, len(about.layout.pages))
    doubts = [_doubt(field, about, table, difficulty) for field in said.fields]
    read_by = f"{said.model[:14]}…" if len(said.model) > 20 else said.model
    return choose(
        table,
        doubts,
        {one.model: _asking(about, one) for one in table.models},
        history=about.history,
        difficulty=difficulty,
        read_by=read_by,
        spent=spent,
        asked=asked,
    )


def _doubt(field: FieldValue, about: About, table: RouterTable, difficulty: Difficulty) -> Doubt:
    critical = about.doc_type.field(field.name).critical
    error = _error(field, about, table, difficulty)
    return Doubt(field.name, error, table.critical_target if critical else table.target)


def _error(field: FieldValue, about: About, table: RouterTable, difficulty: Difficulty) -> float:
    """Return how likely a field is wrong, by what its confidence says or what is expected of its reader."""
    if field.state in (FieldState.MISSING, FieldState.CANNOT_TELL) or not field.grounded:
        return 1.0
    if field.confidence is not None:
        return 1 - field.confidence
    by = field.read_by
    model = next((one for one in table.models if by is not None and one.model == by.model), None)
    if by is None or model is None:
        return UNTOLD
    error = expected_error(model, field.name, about.history, difficulty.log_odds(table))
    match by.agreement:
        case Agreement.AGREES:
            return error * UNTOLD
        case Agreement.DIFFERS:
            # One of the two is wrong; the better reader less often.
            return error / (error + UNTOLD * (1 - error))
        case Agreement.ALONE:
            return error


def _asking(about: About, model: RoutedModel) -> Asking:
    characters = len(render(about.prompt, about.doc_type)) + len(to_block(about.layout))
    seeing = sees(model.model) if model.sees is None else model.sees
    scans = sum(scanned(page) for page in about.layout.pages) if seeing else 0
    tokens = characters // CHARACTERS_PER_TOKEN + scans * TOKENS_PER_IMAGE
    return Asking(tokens, _tokens_per_field(about.doc_type))


def _tokens_per_field(doc_type: DocType) -> Mapping[str, int]:
    return {s.name: TOKENS_PER_TABLE if s.columns else TOKENS_PER_FIELD for s in doc_type.fields}


def _with(said: Said, about: About, model: RoutedModel, found: LargeReading) -> Said:
    """Return what stands after another model read some of the fields."""
    before = {field.name: field for field in said.fields}
    read = [
        field
        for one in found.found
        for field in measured(
            [one],
            model=model.model,
            whole=found.whole,
            second=SecondReading(_reader(before[one.field.name]), before),
            history=about.history,
        )
    ]
    after = before | {field.name: _standing(before[field.name], field) for field in read}
    return replace(
        said,
        fields=tuple(after[field.name] for field in said.fields),
        replies=(*said.replies, *found.replies),
    )


def _reader(field: FieldValue) -> str:
    """Return whose reading of a field stands: another model's may by now, where a third one is asked."""
    return field.read_by.model if field.read_by else VARIANT


def _standing(first: FieldValue, other: FieldValue) -> FieldValue:
    """Return which of two readings stands: the other model's, where it says something that can be held to.

    One that agrees and whose confidence nothing is known of adds nothing that may be counted: the first
    reading stands with its own.
    """
    if other.state is FieldState.MISSING or not other.grounded:
        return first
    agrees = other.read_by is not None and other.read_by.agreement is Agreement.AGREES
    if agrees and other.confidence is None:
        return first.model_copy(update={"checked_by": other.read_by})
    return other
