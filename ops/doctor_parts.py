"""The doctor's look at the parts that judge documents: types, page reader, every live model variant."""

from __future__ import annotations

import io
from pathlib import Path

from agents.asking import recorded
from agents.bundles import PinnedParts
from agents.extraction.questions import build_request
from agents.gatekeeper import classify, splitting
from doctypes.folder import load_all
from inference.protocol import LOCAL, ModelClient, ModelRequest, StopReason, TextBlock, Tool, Turn
from inference.tools.checking import type_problems
from inference.tools.toolbox import Toolbox
from ops.doctor import NotWorkingError, Scarce
from ops.words import several
from pages.reader import PageReader, ReadDocument, Refusal
from schemas.layout import Box, Layout, Line, Page, TextSource, Word
from schemas.layout_block import to_block
from store.knowledge import live_knowledge
from store.protocol import ObjectStore
from store.registry import RELEASE_SLOT, Registry
from store.releases import Release, load_release

IN_PROCESS = "local"
"""The endpoint that answers in this process."""
TEXT = "Doctrail doctor 2026"

_PDF_PARTS = (
    b"<</Type/Catalog/Pages 2 0 R>>",
    b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
    b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 100]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>",
    b"<</Length 50>>stream\nBT /F 20 Tf 20 40 Td (Doctrail doctor 2026) Tj ET\nendstream",
    b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
)


async def try_types(root: Path) -> str:
    """Load every document type and hold its prompt, schema and rules against each other."""
    folders = load_all(root)
    problems = [problem for folder in folders for problem in type_problems(folder)]
    if problems:
        raise NotWorkingError("; ".join(problems))
    return f"{several(len(folders), 'type')}, keys agree: {', '.join(f.doc_type.name for f in folders)}"


async def try_native_pages(reader: PageReader) -> str:
    """Read a tiny PDF in a reading process."""
    return await _read(reader, tiny_pdf(), "a tiny PDF")


async def try_ocr(reader: PageReader) -> str:
    """Read a tiny scan, which needs the OCR models."""
    return await _read(reader, tiny_scan(), "a tiny scan")


async def live_release(store: ObjectStore) -> Release:
    """Return the live release.

    Raises:
        NotWorkingError: Nothing was published yet.
    """
    entry = await Registry(store).live(RELEASE_SLOT)
    if entry is None:
        raise NotWorkingError("no release is live yet")
    return await load_release(store, entry.statement.what)


async def try_classifier(store: ObjectStore, client: ModelClient) -> str:
    """Ask the live classifier about a tiny document."""
    release = await live_release(store)
    request = classify.request(to_block(tiny_layout()), model=f"local:{release.classifier.sha256}")
    await _ask(client, request)
    return "answers a tiny document"


async def try_splitter(store: ObjectStore, client: ModelClient) -> str:
    """Ask the live splitter about a tiny file."""
    release = await live_release(store)
    if release.splitter is None:
        return "the live release has none: files of several pages are taken for one document"
    request = splitting.request(to_block(tiny_layout()), model=f"local:{release.splitter.sha256}")
    await _ask(client, request)
    return "answers a tiny document"


async def try_endpoint(store: ObjectStore, client: ModelClient, release: Release) -> str:
    """Ask every large model of the release the shortest question there is; it costs a few tokens each.

    Raises:
        Scarce: No type and no router names a model, so that a remote endpoint is configured for nobody.
    """
    parts = PinnedParts()
    named = [await parts.named_model(store, release.bundles[name]) for name in sorted(release.bundles)]
    router = await parts.router(store, release.router)
    routed = router.models if router else ()
    models = sorted({one.model for one in (*named, *routed) if one is not None})
    serves_local = client.endpoint(LOCAL)
    if not models and serves_local != IN_PROCESS:
        return f"{serves_local} is asked for local models, by the checks below"
    if not models:
        raise Scarce("nobody names a model: model.json in a type's folder does, or DOCTRAIL_ROUTER")
    for model in models:
        reply = await client.complete(shortest_question(model))
        if reply.stop_reason is StopReason.UNKNOWN:
            raise NotWorkingError(f"model {model!r} stopped for a reason that is not known")
    return f"{client.endpoint(models[0])} answers for {', '.join(models)}"


def shortest_question(model: str) -> ModelRequest:
    """Return what costs next to nothing to answer, and needs every permission that work needs."""
    tool = Tool(name="ok", description="Say that you are there.", input_schema={"type": "object"})
    turn = Turn(role="user", content=(TextBlock(text="Use the tool ok."),))
    return ModelRequest(
        model=model,
        system="",
        turns=(turn,),
        tools=(tool,),
        tool_choice="ok",
        max_tokens=64,
        temperature=None,
    )


async def try_extractor(store: ObjectStore, client: ModelClient, doc_type: str) -> str:
    """Ask the live variant of a type for the fields of a tiny document."""
    bundle = (await live_release(store)).bundles[doc_type]
    variant, parts = bundle.parts.get("model"), PinnedParts()
    named = await parts.named_model(store, bundle)
    if variant is None and named is None:
        return "has no trained variant: every field goes to review"
    request = build_request(
        await parts.schema(store, bundle),
        await parts.prompt(store, bundle),
        tiny_layout(),
        model=named.model if named else f"local:{variant.sha256 if variant else ''}",
    )
    await _ask(client, request)
    who = named.model if named else f"variant {request.model[6:18]}"
    return f"{who} answers a tiny document"


async def _ask(client: ModelClient, request: ModelRequest) -> None:
    reply = await client.complete(request)
    recorded(reply, request.tools[0])


async def _read(reader: PageReader, data: bytes, what: str) -> str:
    found = await reader.read(data)
    if not isinstance(found, ReadDocument):
        why = f"refused: {found.sentence}" if isinstance(found, Refusal) else "taken for a container"
        raise NotWorkingError(f"{what} was {why}")
    text = " ".join(line.text for page in found.layout.pages for line in page.lines)
    if "2026" not in text:
        raise NotWorkingError(f"{what} was read as {text[:60]!r}")
    return f"reads {what} in a process of its own"


def tiny_layout() -> Layout:
    """Return a one-line document."""
    box = Box(x0=0.1, y0=0.1, x1=0.6, y1=0.14)
    starts = [0, 9, 16]
    words = tuple(
        Word(start=start, end=start + len(word), box=box)
        for start, word in zip(starts, TEXT.split(), strict=True)
    )
    line = Line(id="1.1", text=TEXT, box=box, words=words, source=TextSource.NATIVE)
    return Layout(pages=(Page(number=1, width=300, height=100, lines=(line,)),))


def tiny_pdf() -> bytes:
    """Return a PDF of one page with one line."""
    out = io.BytesIO(b"")
    out.write(b"%PDF-1.4\n")
    places = []
    for number, part in enumerate(_PDF_PARTS, start=1):
        places.append(out.tell())
        out.write(b"%d 0 obj\n%s\nendobj\n" % (number, part))
    start = out.tell()
    out.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(places) + 1))
    out.writelines(b"%010d 00000 n \n" % place for place in places)
    out.write(b"trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(places) + 1, start))
    return out.getvalue()


def tiny_scan() -> bytes:
    """Return a PNG with one printed line."""
    from PIL import Image, ImageDraw, ImageFont

    image = Image.new("L", (900, 300), 255)
    ImageDraw.Draw(image).text((60, 110), TEXT, fill=0, font=ImageFont.load_default(64))
    out = io.BytesIO()
    image.save(out, "PNG", dpi=(200, 200))
    return out.getvalue()


async def try_knowledge(store: ObjectStore, toolbox: Toolbox, server: str) -> str:
    """Ask a server of tools a question of the live snapshot; its tools are held to what they should take."""
    knowledge = await live_knowledge(store, Registry(store))
    part = knowledge.parts.get(server)
    if part is None:
        return "nothing is loaded: its tools are not offered; doctrail mcp load loads some"
    tools = await toolbox.definitions(server)
    tool, arguments = _QUESTIONS[server]
    answer = await toolbox.call(tool, arguments, {server: part.sha256})
    if answer.content is None:
        raise NotWorkingError(f"{tool}: {answer.problem}")
    return f"{several(len(tools), 'tool')} answer from {knowledge.told.get(server, 'a snapshot')}"


_QUESTIONS = {
    "rag": ("search_clauses", {"query": "doctrail doctor"}),
    "db": ("find_vendor", {"name": "doctrail doctor"}),
    "knowledge_graph": ("resolve_entity", {"name": "doctrail doctor"}),
}
"""What each server is asked to see that it answers."""
