"""What ``doctrail model serve`` does: the local model answers on both wires, until it is stopped."""

from __future__ import annotations

import store.connect
from app.printing import say
from app.settings import Settings, SettingsError
from app.wiring import utc_now, variants_in
from inference.local import LocalModel
from inference.serve.endpoint import Endpoint
from inference.serve.faults import Plan, chances_of
from inference.serve.running import serving
from inference.serve.signature import Keys
from ops.words import several


async def serve_model(settings: Settings, *, host: str, port: int, inject: str, seed: int) -> None:
    """Serve until the operator asks to stop.

    Raises:
        UnprotectedEndpointError: Other machines reach ``host`` and no credentials are asked for.
        UnknownFaultError: ``inject`` names no fault.
    """
    plan = Plan(chances_of(inject), seed)
    model = LocalModel(variants_in(store.connect.connect(settings.store)))
    endpoint = Endpoint(model, _keys(settings), plan, utc_now)
    async with serving(endpoint, host=host, port=port) as server:
        say(
            f"the local model answers at http://{server.address}",
            f"DOCTRAIL_MODEL_URL=bedrock+http://{server.address}",
        )
        await server.ended()
    if plan.chances:
        met = ", ".join(f"{fault.value} {count}" for fault, count in sorted(plan.met.items()))
        say(f"{several(plan.met.total(), 'fault')} injected" + (f": {met}" if met else ""))


def _keys(settings: Settings) -> Keys:
    key_id, secret, token = (
        settings.model_serve_key_id,
        settings.model_serve_secret,
        settings.model_serve_token,
    )
    if bool(key_id) != bool(secret):
        raise SettingsError(
            "set both DOCTRAIL_MODEL_SERVE_KEY_ID and DOCTRAIL_MODEL_SERVE_SECRET, or neither"
        )
    access = (key_id, secret.get_secret_value()) if key_id and secret else None
    return Keys(access=access, token=token.get_secret_value() if token else None)
