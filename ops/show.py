"""``show``: one record as it stands, each field with its evidence."""

from __future__ import annotations

from ops.naming import name_of
from ops.trace import load_trace
from ops.trace.headline import standing
from ops.trace.story import OverwrittenStory, State, SubmissionStory
from ops.trace.views.fields import field_nodes, rule_nodes, whole_record_reasons
from ops.trace.views.outline import overwritten_node
from ops.words import minute, page_range, shown, spoken
from ops.words.tree import Node, joined, tree_lines
from schemas.layout import Frozen
from schemas.packets import Child
from schemas.results import ArtifactKind, Record, Verdict
from store.artifacts import get_artifact
from store.protocol import ObjectStore


class Shown(Frozen):
    """A record, or the draft of one.

    Attributes:
        headline: Where the document stands, in one sentence.
        name: As the file was called when it first came in, where it came with a name.
        submissions: Every time these bytes came in, by whatever name, the first one first.
        overwritten: What was announced under the same uris and gone before it was read.
        revision: The standing revision; None for a draft that waits for a person.
        record: None where Validation has not concluded anything yet.
    """

    document_id: str
    state: State
    headline: str
    name: str | None
    submissions: tuple[SubmissionStory, ...] = ()
    overwritten: tuple[OverwrittenStory, ...] = ()
    revision: int | None
    run_id: str | None
    record: Record | None


async def load_shown(store: ObjectStore, document_id: str) -> Shown:
    """Return the standing record of a document; a draft where no revision stands.

    Raises:
        UnknownDocumentError: Nothing lies under this id.
        PermanentError: The standing record is missing or corrupt; ``doctrail verify`` says more.
        TransientError: The store does not answer.
    """
    trace = await load_trace(store, document_id)
    stands = standing(trace.revisions)
    if stands is not None and stands.record is not None:
        record: Record | None = await get_artifact(store, stands.record, ArtifactKind.RECORD)
    else:
        record = trace.run.record if trace.run else None
    submitted_as = next((submission.name for submission in trace.submissions if submission.name), None)
    return Shown(
        document_id=document_id,
        state=trace.state,
        headline=trace.headline,
        name=await name_of(store, submitted_as, document_id),
        submissions=trace.submissions,
        overwritten=trace.overwritten,
        revision=stands.number if stands else None,
        run_id=stands.run_id if stands else trace.run.run_id if trace.run else None,
        record=record,
    )


def show_text(shown_record: Shown) -> str:
    """Return a record as text: the sentence about it, its fields with evidence, the rules that don't hold."""
    record = shown_record.record
    name = f"“{shown(shown_record.name)}”" if shown_record.name else None
    nodes = [Node("document", joined(shown_record.document_id, name)), *_also(shown_record)]
    nodes += [overwritten_node(one) for one in shown_record.overwritten]
    if record is not None:
        stands = f"revision {shown_record.revision}" if shown_record.revision else "draft, waits for a person"
        status = record.status.value if record.status else None
        nodes.append(
            Node("record", joined(spoken(record.doc_type), stands, status, f"run {shown_record.run_id}"))
        )
        nodes += [_part(child) for child in record.children]
        nodes += [
            Node("left out", joined(shown(one.name, 60) if one.name else None, one.why), "quiet")
            for one in record.left_out
        ]
        nodes += [Node("degraded", shown(sentence, None), "bad") for sentence in record.degraded]
        nodes += [Node("because", shown(reason, None)) for reason in whole_record_reasons(record)]
        nodes += field_nodes(record, None, full=False)
        open_rules = [rule for rule in record.rules if rule.verdict is not Verdict.HOLDS]
        nodes += rule_nodes(record.model_copy(update={"rules": tuple(open_rules)}))
    return "\n".join((shown_record.headline, *tree_lines(nodes))) + "\n"


def _part(child: Child) -> Node:
    """Return where a part stands in its packet; what it says is shown by its own id."""
    name = f"“{shown(child.name, 60)}”" if child.name else None
    return Node("part", joined(child.document_id, name, page_range(child.pages) if child.pages else None))


def _also(shown_record: Shown) -> list[Node]:
    """Return the other times the same bytes came in, by whatever name."""
    return [
        Node(
            "also",
            joined(f"“{shown(one.name)}”" if one.name else "without a name", f"submitted {minute(one.at)}"),
        )
        for one in shown_record.submissions[1:]
    ]
