"""``doctrail model``: the local model as an endpoint that clients of Bedrock and Anthropic can ask."""

from __future__ import annotations

from typing import Annotated

import typer

from app.commands.menu import group


def add_to(app: typer.Typer, panel: str) -> None:
    """Add the commands to the command line."""
    model = group("model", "The local model as an endpoint.")
    model.command("serve")(serve)
    app.add_typer(model, rich_help_panel=panel)


def serve(
    *,
    host: Annotated[str, typer.Option("--host", help="Where to listen.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="0 takes a free one.")] = 8190,
    inject: Annotated[
        str,
        typer.Option("--inject", metavar="FAULT=P,…", help="What goes wrong how often; all=P is everything."),
    ] = "",
    any_model: Annotated[
        bool, typer.Option("--any-model", help="Answer for other models' names, too, as the trained variant.")
    ] = False,
    seed: Annotated[int, typer.Option("--seed", help="Equal seeds give equal requests equal faults.")] = 0,
) -> None:
    """Serve the local model on Bedrock's wire (converse, invoke) and Anthropic's (/v1/messages).

    boto3 and the anthropic SDK are its clients: set DOCTRAIL_MODEL_URL=bedrock+http://HOST:PORT, or any
    client's endpoint. Models are named local:DIGEST, as releases do, and local:untrained; with --any-model a
    type's model.json may name any, so that all that is done for large models runs without one. Signatures are
    checked where DOCTRAIL_MODEL_SERVE_KEY_ID and _SECRET or _TOKEN are set, and beyond loopback always.

    Faults for --inject: throttle, throttle_hinted, error, unavailable, slow, hang, reset, truncated,
    max_tokens, wrong_key, invented_field, not_on_page, obeyed.

    Example: doctrail model serve --inject throttle=0.1,hang=0.01 --seed 7
    """
    import asyncio

    from app.actions.serve_model import serve_model
    from app.session import settings

    served = serve_model(
        settings(logs="info"), host=host, port=port, inject=inject, seed=seed, any_model=any_model
    )
    asyncio.run(served)
