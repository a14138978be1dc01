"""The values of one document: what is printed is what is true, and nothing else is."""

from __future__ import annotations

from collections.abc import Mapping
from xml.sax.saxutils import escape

from samples.sample import Truth


class Values:
    """Printed and normal forms by field; calling it with a field prints it and makes it true.

    The truth of a document is therefore exactly what its template printed, whatever was drawn.
    """

    def __init__(self, forms: Mapping[str, tuple[str, str | list[str]]]) -> None:
        self._forms = dict(forms)
        self._said: dict[str, str | list[str]] = {}

    def __contains__(self, field: str) -> bool:
        return field in self._forms

    def __call__(self, field: str) -> str:
        """Return the printed form of ``field`` for a paragraph, and note that it is printed."""
        return escape(self.bare(field))

    def form(self, field: str) -> str:
        """Return the normal form of ``field`` without printing it."""
        return str(self._forms[field][1])

    def bare(self, field: str) -> str:
        """Return the printed form without escapes, and note that it is printed."""
        printed, normal = self._forms[field]
        self._said[field] = normal
        return printed

    def offer(self, field: str, normal: str, printed: str = "") -> None:
        """Let ``field`` be printed, as its normal form if no other is given, by whoever cares to."""
        self._forms.setdefault(field, (printed or normal, normal))

    def replace(self, field: str, printed: str, normal: str) -> None:
        """Let ``field`` have another value, or another form; it must not have been printed."""
        self._forms[field] = (printed, normal)

    def also_true(self, field: str, normal: str) -> None:
        """Note a value that is shown by something else, such as a sign beside an amount."""
        self._said[field] = normal

    def truth(self) -> Truth:
        """Return the normal forms of everything printed so far."""
        return dict(self._said)
