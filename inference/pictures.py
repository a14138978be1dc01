"""Pages as pictures: which models take them, as far as their ids tell, and how large they may be."""

from __future__ import annotations

import re

_SEEING = re.compile(
    r"(?:^|[./])(?:"
    r"claude-(?:3|sonnet|opus|haiku|fable|mythos|[4-9])"
    r"|amazon\.nova-(?:lite|pro|premier|2)"
    r"|meta\.llama(?:3-2-(?:11|90)b|4)"
    r"|mistral\.pixtral"
    r")"
)
_BLIND = re.compile(r"claude-3-5-haiku")
"""Models that such a name would promise too much of."""

LONGEST_SIDE = 1568
"""Pixels beyond which providers scale a picture down before the model sees it, so that more buys nothing."""
MOST_BYTES = 3_750_000
"""Of one picture: Converse's limit, the narrowest of the wires."""
MOST_IMAGES = 20
"""Pictures in one request: Converse's limit likewise."""
MOST_BYTES_TOGETHER = 13_000_000
"""Of all pictures in a request: with base64 they stay below the 20 MB that Bedrock takes."""


def sees(model: str) -> bool:
    """Whether ``model`` is known to take images; of an ARN without a model's name nothing is known."""
    return bool(_SEEING.search(model)) and not _BLIND.search(model)
