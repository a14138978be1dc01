"""What models were asked and what it cost: counted from the replies and trails in the store."""

from __future__ import annotations

from collections.abc import AsyncIterator
from decimal import Decimal

from inference.protocol import Exchange
from ops.words import several
from schemas.layout import Frozen
from store import keys
from store.parsing import DamagedObjectError, parse
from store.protocol import ObjectStore
from store.trail import AttemptRecord


class ModelSpending(Frozen):
    """What one model was asked.

    Attributes:
        bought: Replies that were asked for and kept.
        hits: Times that a reply was there already.
        uncertain: Calls that may have been paid for and left no reply.
        bought_twice: Replies that two processes bought at once.
        cost: In US dollars, of the replies whose price is known.
        unpriced: Replies whose price is not known.
    """

    model: str
    bought: int = 0
    hits: int = 0
    uncertain: int = 0
    bought_twice: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cost: Decimal = Decimal(0)
    unpriced: int = 0


class Spending(Frozen):
    """What all models were asked.

    Attributes:
        models: By model id.
        documents: About which replies are kept.
        under_way: Calls whose end nobody noted: under way, or lost with the process that made them.
        problems: What could not be read, one sentence each.
    """

    models: tuple[ModelSpending, ...]
    documents: int = 0
    under_way: int
    problems: tuple[str, ...]


async def spending(store: ObjectStore, document_id: str | None = None) -> Spending:
    """Return what models were asked about one document, or about all."""
    counted, documents = _Counted(), 0
    async for one in _documents(store, document_id):
        before = counted.replies
        async for key in store.list(keys.document(one)):
            folder = key.split("/")[2]
            if folder == "asking":
                counted.under_way += 1
            elif folder in ("replies", "trail"):
                counted.take(folder, key, await store.fetch(key) or b"")
        documents += counted.replies > before
    models = tuple(counted.models[name] for name in sorted(counted.models))
    return Spending(
        models=models, documents=documents, under_way=counted.under_way, problems=tuple(counted.problems)
    )


async def _documents(store: ObjectStore, document_id: str | None) -> AsyncIterator[str]:
    if document_id is not None:
        yield document_id
        return
    async for one in store.folders("documents"):
        yield one


class _Counted:
    def __init__(self) -> None:
        self.models: dict[str, ModelSpending] = {}
        self.replies = 0
        self.under_way = 0
        self.problems: list[str] = []

    def take(self, folder: str, key: str, data: bytes) -> None:
        try:
            if folder == "replies":
                self._reply(parse(data, Exchange, key))
            else:
                self._attempt(parse(data, AttemptRecord, key))
        except DamagedObjectError as error:
            self.problems.append(str(error))

    def _reply(self, exchange: Exchange) -> None:
        reply = exchange.reply
        self.replies += 1
        self._add(
            reply.model,
            bought=1,
            input_tokens=reply.usage.input_tokens,
            output_tokens=reply.usage.output_tokens,
            cost=Decimal(0) if reply.cost is None else Decimal(str(reply.cost)),
            unpriced=int(reply.cost is None),
        )

    def _attempt(self, attempt: AttemptRecord) -> None:
        for step in attempt.steps:
            if step.kind == "reply":
                twice = bool(step.data.get("bought_twice"))
                self._add(step.name, hits=int(bool(step.data.get("from_ledger"))), bought_twice=int(twice))
            elif step.name == "uncertain call":
                self._add(str(step.data.get("model", "")), uncertain=1)

    def _add(self, model: str, **more: int | Decimal) -> None:
        known = self.models.get(model) or ModelSpending(model=model)
        update = {name: getattr(known, name) + value for name, value in more.items()}
        self.models[model] = known.model_copy(update=update)


HEAD = ("MODEL", "BOUGHT", "HITS", "UNCERTAIN", "TWICE", "TOKENS IN", "TOKENS OUT", "COST")


def spending_rows(found: Spending) -> list[tuple[str, ...]]:
    """Return one row of words per model."""
    return [
        (
            one.model,
            str(one.bought),
            str(one.hits),
            str(one.uncertain),
            str(one.bought_twice),
            str(one.input_tokens),
            str(one.output_tokens),
            _cost(one),
        )
        for one in found.models
    ]


def each_words(found: Spending) -> str:
    """Return what a document cost on average, as far as prices are known."""
    cost = sum((one.cost for one in found.models), Decimal(0)) / max(found.documents, 1)
    unpriced = sum(one.unpriced for one in found.models)
    known = f", {several(unpriced, 'reply', 'replies')} of unknown price left out" if unpriced else ""
    return f"{several(found.documents, 'document')}, ${cost:.4f} each{known}"


def _cost(one: ModelSpending) -> str:
    known = f"${one.cost:.4f}"
    if not one.unpriced:
        return known
    if one.unpriced == one.bought:
        return "unknown"
    return f"{known} and {several(one.unpriced, 'reply', 'replies')} unknown"
