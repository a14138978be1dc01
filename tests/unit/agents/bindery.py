"""The workshop with a splitter in its releases, which says what a test tells it to."""

from __future__ import annotations

from datetime import datetime

from agents.gatekeeper.splitting import TOOL
from inference.protocol import ModelReply, ModelRequest
from inference.scripted import tool_reply
from schemas.certificates import SPLIT, WHOLE, Certificate, Certificates
from store.bundles import publish_model
from store.releases import load_release, publish_release
from tests.unit.agents.workshop import Workshop


def certificate(field: str, threshold: float | None = 0.9, population: str = "labelled") -> Certificate:
    return Certificate(
        field=field,
        target_error=0.05,
        threshold=threshold,
        decisions=200,
        errors=2,
        bound=0.031,
        needed=59,
        population=population,
    )


class Bindery(Workshop):
    """A workshop whose releases have a splitter: it says what ``begins`` holds."""

    begins: dict[int, float] = {}  # noqa: RUF012  (set per test on the instance)

    async def digest(self, now: datetime) -> str:
        """Publish the release with a splitter."""
        release = await load_release(self.store, await super().digest(now))
        thresholds = Certificates(variant="s", certificates=(certificate(SPLIT), certificate(WHOLE)))
        with_splitter = release.model_copy(
            update={
                "splitter": await publish_model(self.store, b"splitter"),
                "splitter_thresholds": await publish_model(self.store, thresholds.model_dump_json().encode()),
            }
        )
        return (await publish_release(self.store, with_splitter))[0]

    def _answer(self, request: ModelRequest) -> ModelReply:
        if request.tool_choice == TOOL:
            begins = [{"page": page, "probability": chance} for page, chance in self.begins.items()]
            return tool_reply(TOOL, {"begins": begins}, model=request.model)
        return super()._answer(request)
