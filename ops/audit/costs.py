"""What an error costs: by field as the operator says, else by what the type declares of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from doctypes.definition import DocType

CRITICAL, REQUIRED, PLAIN = 10.0, 3.0, 1.0
"""Cost of one wrong value, in units of one wrong unimportant value."""
REVIEW = 0.1
"""What is left of an error that a person will probably see: his time."""
DELAY = 0.2
"""Cost of a record that comes late, and of one that needs a person without need."""
LOST = 10.0
"""Cost of a document that does not come out at all."""


@dataclass(frozen=True, slots=True)
class Costs:
    """The costs of an installation.

    Attributes:
        said: By ``type.field``, as the operator says.
        types: The live types.
    """

    said: Mapping[str, float] = field(default_factory=dict)
    types: Mapping[str, DocType] = field(default_factory=dict)

    def of(self, doc_type: str, name: str) -> float:
        """Return what a wrong value of a field costs."""
        said = self.said.get(f"{doc_type}.{name}")
        if said is not None:
            return said
        declared = self.types.get(doc_type)
        spec = next((f for f in declared.fields if f.name == name), None) if declared else None
        if spec is None:
            return PLAIN
        return CRITICAL if spec.critical else REQUIRED if spec.required else PLAIN

    def of_record(self, doc_type: str) -> float:
        """Return what a record costs that is wrong as a whole."""
        declared = self.types.get(doc_type)
        return (
            max((self.of(doc_type, spec.name) for spec in declared.fields), default=PLAIN)
            if declared
            else LOST
        )
