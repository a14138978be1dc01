"""Cells for spreadsheets: nothing a document says can make one execute anything."""

from __future__ import annotations

import re

from ops.words.visible import visible

_WIDE = "\uff1d\uff0b\uff0d\uff20"
"""The full-width forms of = + - @, which some spreadsheets read as the plain ones."""

_FORMULA = tuple("=+-@" + _WIDE)
_NUMBER = re.compile(r"[+-]?\d[\d.,]*(?:[eE][+-]?\d+)?%?")


def cell(value: str) -> str:
    """Return ``value`` for a CSV cell.

    A cell that a spreadsheet would take for a formula (it begins, blanks aside, with ``=``, ``+``,
    ``-`` or ``@``, or with a tab or line break) gets an apostrophe in front, which spreadsheets show as
    plain text. A plain number keeps its sign: ``-12.50`` is a number in every spreadsheet and no formula.
    Control and direction characters are spelt out. JSON Lines carries every value exactly as it is.
    """
    if _NUMBER.fullmatch(value):
        return value
    dangerous = value.lstrip().startswith(_FORMULA) or value.startswith(("\t", "\r", "\n"))
    return f"'{visible(value)}" if dangerous else visible(value)
