"""The local model behind the one seam: it reads layout blocks, answers with tools, and costs nothing."""

from __future__ import annotations

import asyncio
import re
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Generic, TypeVar

from inference.classifier.file import load_classifier
from inference.classifier.model import Classifier, classify
from inference.extractor.fields import sketches_of, tables_of
from inference.extractor.file import load_extractor
from inference.extractor.model import Extractor, extract, extract_tables, untrained
from inference.extractor.shaping import bounded, shaped
from inference.learned.variant import BrokenVariantError
from inference.protocol import (
    ModelReply,
    ModelRequest,
    StopReason,
    TextBlock,
    Tool,
    ToolResultBlock,
    ToolUseBlock,
    Usage,
)
from inference.reading.blocks import read_document
from inference.reading.document import Document
from inference.resolving import RESOLVE_ENTITY, parties_to_resolve
from inference.splitter.file import load_splitter
from inference.splitter.model import Splitter, begin_probabilities
from schemas.canonical import canonical_json, derive_id, sha256_hex
from schemas.errors import PermanentError
from schemas.layout_block import is_block, parse_block

T = TypeVar("T")

SCHEME = "local:"
UNTRAINED = "local:untrained"
"""Reads fields by their kinds and labels alone, with confidence 0: for types nobody trained yet."""
RECORD_FIELDS = "record_fields"
CLASSIFY_DOCUMENT = "classify_document"
SPLIT_PACKET = "split_packet"

MOST_VARIANTS = 16
"""Variants kept in memory."""
MOST_ANSWERS = 64
"""Answers kept while tools are asked about them."""
_TOKEN = re.compile(r"\w+|[^\w\s]")
_DIGEST = re.compile(r"[0-9a-f]{64}")


class UnanswerableRequestError(PermanentError):
    """The local model can't answer this request; the sentence says what it would need."""

    def __init__(self, problem: str) -> None:
        super().__init__(f"local model: {problem}", reason="model_request")


class LocalModel:
    """Answers ``local:<sha-256 of a variant>`` with record_fields, classify_document, split_packet.

    Whatever a document says is data: the answer depends on its words and places, and nothing in it can
    change what is asked or how it is answered.

    Args:
        load: Returns the bytes of the variant with a given sha-256.
    """

    def __init__(self, load: Callable[[str], Awaitable[bytes]]) -> None:
        self._extractors = _Variants(load, load_extractor)
        self._classifiers = _Variants(load, load_classifier)
        self._splitters = _Variants(load, load_splitter)
        self._answers: OrderedDict[tuple[str, str, str], dict[str, Any]] = OrderedDict()

    def endpoint(self, model: str) -> str:  # noqa: ARG002 (the seam's signature)
        """Return the one name there is: it answers in this process."""
        return "local"

    async def complete(self, request: ModelRequest) -> ModelReply:
        """Return the answer to ``request``: one use of the tool asked for.

        Raises:
            UnanswerableRequestError: No tool that it knows, no text, or no such model id.
            BrokenVariantError: The variant's bytes are not what its digest or header promises.
        """
        tool = _tool(request)
        if tool.name == CLASSIFY_DOCUMENT:
            classifier = await self._classifier(request.model)
            return await asyncio.to_thread(_classified, request, tool, classifier)
        if tool.name == SPLIT_PACKET:
            splitter = await self._splitters.get(_variant_of(request.model))
            return await asyncio.to_thread(_split, request, tool, splitter)
        return await self._read(request, tool)

    async def _read(self, request: ModelRequest, tool: Tool) -> ModelReply:
        """Return the fields, or first the parties to look up, where the request lets it ask about them."""
        block = _document_text(request)
        key = (request.model, sha256_hex(block.encode("utf-8", "surrogatepass")), sha256_hex(tool.canonical))
        answer = self._answers.pop(key, None)
        if answer is None:
            extractor = await self._extractor(request.model)
            answer = await asyncio.to_thread(_extracted, block, tool, extractor)
        wanted = parties_to_resolve(request, tool, answer)
        if wanted:
            # The same document comes again with what is known of its parties: it is not read twice.
            self._answers[key] = answer
            while len(self._answers) > MOST_ANSWERS:
                self._answers.popitem(last=False)
            return _asking(request, wanted)
        return _reply(request, tool, answer)

    async def close(self) -> None:
        """Hold nothing that needs closing."""

    async def _extractor(self, model: str) -> Extractor:
        if model in (UNTRAINED, SCHEME):
            return untrained()
        return await self._extractors.get(_variant_of(model))

    async def _classifier(self, model: str) -> Classifier:
        return await self._classifiers.get(_variant_of(model))


class _Variants(Generic[T]):
    """Variants by digest, loaded and validated once; the least recently used one makes room."""

    def __init__(self, load: Callable[[str], Awaitable[bytes]], parse: Callable[[bytes], T]) -> None:
        self._load = load
        self._parse = parse
        self._known: OrderedDict[str, T] = OrderedDict()
        self._loading: dict[str, asyncio.Lock] = {}

    async def get(self, digest: str) -> T:
        if digest not in self._known:
            # A window of documents asks at once: one loads, the others wait for it.
            async with self._loading.setdefault(digest, asyncio.Lock()):
                if digest not in self._known:
                    self._known[digest] = await self._loaded(digest)
            self._loading.pop(digest, None)
        found = self._known[digest]
        self._known.move_to_end(digest)
        while len(self._known) > MOST_VARIANTS:
            self._known.popitem(last=False)
        return found

    async def _loaded(self, digest: str) -> T:
        data = await self._load(digest)
        if sha256_hex(data) != digest:
            raise BrokenVariantError(f"the bytes of {digest[:16]}… have the digest {sha256_hex(data)[:16]}…")
        return await asyncio.to_thread(self._parse, data)


def _variant_of(model: str) -> str:
    digest = model.removeprefix(SCHEME)
    if not model.startswith(SCHEME) or not _DIGEST.fullmatch(digest):
        raise UnanswerableRequestError(f"model id {model!r} is not {SCHEME}<sha-256 of a variant>")
    return digest


def _tool(request: ModelRequest) -> Tool:
    """Return the tool to answer with: the one chosen, else the one of ours that is offered."""
    offered = {tool.name: tool for tool in request.tools}
    if request.tool_choice is not None and request.tool_choice not in offered:
        raise UnanswerableRequestError(
            f"the tool chosen, {request.tool_choice!r}, is not among those offered"
        )
    ours = (RECORD_FIELDS, CLASSIFY_DOCUMENT, SPLIT_PACKET)
    names = [request.tool_choice] if request.tool_choice else [*ours, *offered]
    for name in names:
        if name in offered:
            return offered[name]
    raise UnanswerableRequestError(f"it answers with a tool such as {RECORD_FIELDS!r}, and none is offered")


def _texts(request: ModelRequest) -> list[str]:
    """Return the texts in the user's turns."""
    return [
        block.text
        for turn in request.turns
        if turn.role == "user"
        for block in turn.content
        if isinstance(block, TextBlock)
    ]


def _document(request: ModelRequest) -> Document:
    """Return the document in the user's turns."""
    return read_document(_document_text(request))


def _document_text(request: ModelRequest) -> str:
    """Return the first layout block in the user's turns, else all their text."""
    texts = _texts(request)
    block = next((text for text in texts if is_block(text)), None)
    if block is None and not any(text.strip() for text in texts):
        raise UnanswerableRequestError("the request holds no text of a document")
    return block if block is not None else "\n".join(texts)


def _classified(request: ModelRequest, tool: Tool, classifier: Classifier) -> ModelReply:
    verdict = classify(classifier, _document(request))
    return _reply(
        request,
        tool,
        {
            "doc_type": verdict.doc_type,
            "confidence": bounded(verdict.confidence),
            "scores": [{"doc_type": name, "probability": bounded(p)} for name, p in verdict.scores],
            "novelty": bounded(verdict.novelty),
        },
    )


def _split(request: ModelRequest, tool: Tool, splitter: Splitter) -> ModelReply:
    block = next((text for text in _texts(request) if is_block(text)), None)
    if block is None:
        raise UnanswerableRequestError("where documents begin is told from a layout block, and there is none")
    pages = parse_block(block).pages
    chances = begin_probabilities(splitter, pages)
    begins = [
        {"page": page.number, "probability": bounded(float(chance))}
        for page, chance in zip(pages[1:], chances[1:], strict=True)
    ]
    return _reply(request, tool, {"begins": begins})


def _extracted(text: str, tool: Tool, extractor: Extractor) -> dict[str, Any]:
    document = read_document(text)
    answers = extract(extractor, document, sketches_of(tool.input_schema))
    tables = extract_tables(extractor, document, tables_of(tool.input_schema))
    return shaped(answers, tool.input_schema, tables)


def _asking(request: ModelRequest, wanted: Sequence[dict[str, str]]) -> ModelReply:
    return _using(
        request,
        [
            ToolUseBlock(id=derive_id("local", request.digest, number), name=RESOLVE_ENTITY, input=dict(one))
            for number, one in enumerate(wanted)
        ],
    )


def _reply(request: ModelRequest, tool: Tool, answer: dict[str, Any]) -> ModelReply:
    return _using(
        request, [ToolUseBlock(id=derive_id("local", request.digest), name=tool.name, input=answer)]
    )


def _using(request: ModelRequest, uses: Sequence[ToolUseBlock]) -> ModelReply:
    said = sum(_tokens(canonical_json(use.input).decode()) for use in uses)
    usage = Usage(input_tokens=_asked(request), output_tokens=said)
    raw = {
        "model": request.model,
        "role": "assistant",
        "content": [use.model_dump(mode="json") for use in uses],
        "stop_reason": StopReason.TOOL_USE.value,
        "usage": usage.model_dump(mode="json"),
    }
    return ModelReply(
        model=request.model,
        content=tuple(uses),
        stop_reason=StopReason.TOOL_USE,
        usage=usage,
        cost=0.0,
        raw=raw,
    )


def _asked(request: ModelRequest) -> int:
    said = [block for turn in request.turns for block in turn.content]
    texts = [block.text for block in said if isinstance(block, TextBlock | ToolResultBlock)]
    return sum(_tokens(text) for text in [request.system, *texts])


def _tokens(text: str) -> int:
    """Count words and marks, which is what the local model bills nobody for."""
    return sum(1 for _ in _TOKEN.finditer(text))
