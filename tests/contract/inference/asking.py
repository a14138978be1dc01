"""What models are asked here: to record the fields of a document of two lines."""

from __future__ import annotations

from inference.local import UNTRAINED
from inference.protocol import ModelRequest, TextBlock, Tool, Turn

ARN = "arn:aws:bedrock:eu-west-1:123456789012:application-inference-profile/a1b2c3"
READING = {
    "type": "object",
    "properties": {"value": {"type": "string"}, "quote": {"type": "string"}, "lines": {"type": "array"}},
}
TOOL = Tool(
    name="record_fields",
    description="Record the fields.",
    input_schema={
        "type": "object",
        "properties": {
            "total": {"type": "object", "properties": {"readings": {"type": "array", "items": READING}}}
        },
        "required": ["total"],
    },
)


def asking(model: str = UNTRAINED, *turns: Turn, **more: object) -> ModelRequest:
    """Return a request: what a bakery's receipt says, unless there are other ``turns``."""
    said = turns or (Turn(role="user", content=(TextBlock(text="Corner Bakery\nTotal 12.40 EUR"),)),)
    plain: dict[str, object] = {"system": "Record.", "tools": (TOOL,), "tool_choice": TOOL.name, **more}
    return ModelRequest.model_validate({"model": model, "turns": said, **plain})
