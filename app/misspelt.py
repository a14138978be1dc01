"""Settings that were meant and not written: a name one slip away from a setting is refused."""

from __future__ import annotations

import os

from pydantic_settings import DotEnvSettingsSource

from app.settings import PREFIX, Settings, SettingsError


def require_spelt() -> None:
    """Refuse variables, of the environment or ``.env``, that are no setting and nearly one.

    Names that are like none are left alone: other programs, and later versions, have theirs.

    Raises:
        SettingsError: There is one; its setting is named.
    """
    here = {name.upper() for name in (*os.environ, *DotEnvSettingsSource(Settings).env_vars)}
    known = {PREFIX + name.upper() for name in Settings.model_fields}
    for name in sorted(here - known):
        meant = _meant(name, known) if name.startswith(PREFIX) else None
        if meant is not None:
            raise SettingsError(f"{name} is no setting; write {meant}, or unset it")


def _meant(name: str, known: set[str]) -> str | None:
    """Return the setting whose name is ``name`` but for underscores or one letter, if there is one."""
    from rapidfuzz.distance import OSA

    written = name.replace("_", "")
    return next(
        (one for one in sorted(known) if OSA.distance(written, one.replace("_", ""), score_cutoff=1) <= 1),
        None,
    )
