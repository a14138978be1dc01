"""Who read a field, where it was a model whose sureness has to be measured, and what was measured."""

from __future__ import annotations

from doctypes.named_model import AGAIN, VARIANT
from ops.words import abridged, page_range, several, shown
from ops.words.tree import Node, joined
from schemas.fields import Agreement, Alignment, ReadBy

_SECOND = {VARIANT: "the trained variant", AGAIN: "a second reading"}
_SAYS = {Agreement.AGREES: "agrees", Agreement.DIFFERS: "differs"}
_QUOTE = {
    Alignment.EXACT: "quote found exactly",
    Alignment.NORMALISED: "quote found but for case and spaces",
    Alignment.FUZZY: "quote found but for some letters",
    Alignment.NOWHERE: "quote found nowhere",
}


def reader_node(read_by: ReadBy, label: str = "read by") -> Node:
    """Return who read a field, what can be measured about it, and what its confidence rests on."""
    second = _SECOND.get(read_by.second or "", shown(read_by.second or "", 40))
    rests = (
        "not calibrated: too few like it were reviewed"
        if read_by.of is None
        else f"calibrated by {several(read_by.of, 'reviewed reading')} like it"
    )
    said = joined(
        abridged(shown(read_by.model)),
        page_range(read_by.pages) if read_by.pages else None,
        "parts of the document differ" if read_by.parts_differ else None,
        _QUOTE.get(read_by.alignment),
        f"{second} {_SAYS[read_by.agreement]}"
        if read_by.agreement in _SAYS
        else "nobody read it a second time",
        rests,
    )
    return Node(label, said, "quiet")
