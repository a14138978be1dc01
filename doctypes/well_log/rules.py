"""What must hold of a well log, and of the files that were made of it."""

from __future__ import annotations

from decimal import Decimal

from doctypes.rules_v1 import broken, check, holds, rule

UNITS = ("M", "FT")
LEAST_COVERAGE = Decimal("0.90")


@rule("depth_top", "depth_bottom")
def bottom_is_deeper_than_top(fields, facts):
    """The log begins below the surface and ends deeper than it begins."""
    top, bottom = fields.amount("depth_top"), fields.amount("depth_bottom")
    return check(0 <= top < bottom, f"from {top} to {bottom}")


@rule("depth_unit")
def depth_is_in_metres_or_feet(fields, facts):
    """Depths are in metres or feet."""
    unit = fields.text("depth_unit").upper()
    return check(unit in UNITS, f"unit {unit!r}")


@rule("curve_1_left", "curve_1_right")
def first_scale_has_two_ends(fields, facts):
    """The edges of the first curve's track are two values."""
    return _two_ends(fields, "curve_1")


@rule("curve_2_left", "curve_2_right")
def second_scale_has_two_ends(fields, facts):
    """The edges of the second curve's track are two values."""
    return _two_ends(fields, "curve_2")


@rule("curve_1", "depth_top", "depth_bottom", "curve_1_left", "curve_1_right")
def first_file_is_to_scale(fields, facts):
    """The first curve's file was computed with the depths and edges that the record states."""
    return _to_scale(fields, "curve_1")


@rule("curve_2", "depth_top", "depth_bottom", "curve_2_left", "curve_2_right")
def second_file_is_to_scale(fields, facts):
    """The second curve's file was computed with the depths and edges that the record states."""
    return _to_scale(fields, "curve_2")


@rule("curve_1")
def first_curve_is_covered(fields, facts):
    """Nine tenths of the first curve's rows have ink; the others were bridged."""
    return _covered(fields, "curve_1")


@rule("curve_2")
def second_curve_is_covered(fields, facts):
    """Nine tenths of the second curve's rows have ink; the others were bridged."""
    return _covered(fields, "curve_2")


def _two_ends(fields, name):
    left, right = fields.amount(f"{name}_left"), fields.amount(f"{name}_right")
    return check(left != right, f"{left} to {right}")


def _to_scale(fields, name):
    for part, field in (
        ("depth_top", "depth_top"),
        ("depth_bottom", "depth_bottom"),
        ("left", f"{name}_left"),
        ("right", f"{name}_right"),
    ):
        used, stated = fields.made_with(name, part), fields.amount(field)
        if used != stated:
            return broken(f"computed with {part} {used}, the record says {stated}")
    return holds("computed with the depths and edges of the record")


def _covered(fields, name):
    covered = fields.made_with(name, "coverage")
    return check(covered >= LEAST_COVERAGE, f"{covered:.1%} of the rows have ink, 90 % expected")
