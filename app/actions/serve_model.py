"""What ``doctrail model serve`` does: the local model answers on both wires, until it is stopped."""

from __future__ import annotations

import store.connect
from agents.bundles import PinnedParts
from app.answering import variants_in
from app.clock import utc_now
from app.engine import stopped_or
from app.printing import say
from app.settings import Settings, SettingsError
from inference.local import LocalModel
from inference.protocol import ModelClient
from inference.serve.endpoint import Endpoint
from inference.serve.faults import Plan, chances_of
from inference.serve.running import serving
from inference.serve.signature import Keys
from inference.serve.standing_in import StandingIn
from ops.types import live_now
from ops.words import several
from store.protocol import ObjectStore


async def serve_model(
    settings: Settings, *, host: str, port: int, inject: str, seed: int, any_model: bool
) -> None:
    """Serve until the operator asks to stop.

    Args:
        settings: Of the installation.
        host: Where to listen.
        port: Likewise; 0 takes a free one.
        inject: What goes wrong how often.
        seed: Of the faults.
        any_model: Whether other names than those of local models are answered for.

    Raises:
        UnprotectedEndpointError: Other machines reach ``host`` and no credentials are asked for.
        UnknownFaultError: ``inject`` names no fault.
    """
    plan = Plan(chances_of(inject), seed)
    objects = store.connect.connect(settings.store)
    model: ModelClient = LocalModel(variants_in(objects))
    if any_model:
        model = StandingIn(model, lambda: trained_variants(objects))
    endpoint = Endpoint(model, _keys(settings), plan, utc_now)
    async with serving(endpoint, host=host, port=port) as server:
        where = (
            f"the local model answers at http://{server.address}",
            f"DOCTRAIL_MODEL_URL=bedrock+http://{server.address}",
        )
        await stopped_or(server.ended(), lambda: say(*where))
    if plan.chances:
        met = ", ".join(f"{fault.value} {count}" for fault, count in sorted(plan.met.items()))
        say(f"{several(plan.met.total(), 'fault')} injected" + (f": {met}" if met else ""))


async def trained_variants(objects: ObjectStore) -> dict[frozenset[str], str]:
    """Return the live release's trained variants by the fields they read."""
    live = await live_now(objects)
    if live is None:
        return {}
    parts, found = PinnedParts(), {}
    for bundle in live[1].bundles.values():
        if "model" in bundle.parts:
            fields = frozenset(spec.name for spec in (await parts.schema(objects, bundle)).fields)
            found[fields] = f"local:{bundle.parts['model'].sha256}"
    return found


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
