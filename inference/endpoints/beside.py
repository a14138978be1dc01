"""The local model beside a cloud: who answers is told by the model's id."""

from __future__ import annotations

from inference.protocol import LOCAL, ModelClient, ModelReply, ModelRequest


class Beside:
    """Answers ``local:`` models in this process, and asks the cloud for every other one."""

    def __init__(self, local: ModelClient, cloud: ModelClient) -> None:
        self._local = local
        self._cloud = cloud

    def endpoint(self, model: str) -> str:
        """Return the endpoint that answers for ``model``."""
        return self._of(model).endpoint(model)

    async def complete(self, request: ModelRequest) -> ModelReply:
        """Return the reply of whoever has the model."""
        return await self._of(request.model).complete(request)

    async def close(self) -> None:
        """Close both."""
        await self._local.close()
        await self._cloud.close()

    def _of(self, model: str) -> ModelClient:
        return self._local if model.startswith(LOCAL) else self._cloud
