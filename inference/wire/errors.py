"""What is wrong with something that came over a wire; never with the text of a document."""

from __future__ import annotations


class WireError(ValueError):
    """A request or reply has another shape than its wire; the sentence names the place."""


def require_object(value: object, place: str) -> dict[str, object]:
    """Return ``value`` if it is a JSON object.

    Raises:
        WireError: It is something else.
    """
    if not isinstance(value, dict):
        raise WireError(f"{place}: expected an object, found {kind(value)}")
    return value


def require_list(value: object, place: str) -> list[object]:
    """Return ``value`` if it is a JSON array.

    Raises:
        WireError: It is something else.
    """
    if not isinstance(value, list):
        raise WireError(f"{place}: expected an array, found {kind(value)}")
    return value


def require_text(value: object, place: str) -> str:
    """Return ``value`` if it is a string.

    Raises:
        WireError: It is something else.
    """
    if not isinstance(value, str):
        raise WireError(f"{place}: expected a string, found {kind(value)}")
    return value


def require_count(value: object, place: str) -> int:
    """Return ``value`` if it is a whole number that is not negative.

    Raises:
        WireError: It is something else.
    """
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise WireError(f"{place}: expected a whole number, found {kind(value)}")
    return value


def require_number(value: object, place: str) -> float:
    """Return ``value`` if it is a number.

    Raises:
        WireError: It is something else.
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise WireError(f"{place}: expected a number, found {kind(value)}")
    return float(value)


def kind(value: object) -> str:
    """Return what a JSON value is called."""
    if value is None:
        return "nothing"
    names = {dict: "an object", list: "an array", str: "a string", bool: "a boolean"}
    return names.get(type(value), "a number")
