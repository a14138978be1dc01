"""A layout read for its text: the same words as when it is read whole, looked at when they are asked for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.errors import DigestMismatchError, MissingObjectError
from schemas.layout import Box, DataSyntax, EmbeddedData, Layout, Line, Page, TextSource, Word
from schemas.results import ArtifactKind
from store.artifacts import CorruptArtifactError, get_artifact, put_artifact, serialise
from store.layout_text import get_layout_text, own_words
from store.memory import MemoryStore
from tests.unit.store import made

pytestmark = pytest.mark.anyio
BOX = Box(x0=0.1, y0=0.1, x1=0.9, y1=0.2)


def page_of(*texts: str) -> Layout:
    """Return a layout of one page, a word a line."""
    lines = tuple(
        Line(
            id=f"1.{number}",
            text=text,
            box=BOX,
            words=(Word(start=0, end=len(text), box=BOX),) if text else (),
            source=TextSource.NATIVE,
        )
        for number, text in enumerate(texts, start=1)
    )
    return Layout(pages=(Page(number=1, width=600, height=800, lines=lines),))


async def test_lines_come_without_their_words_and_words_when_they_are_asked_for() -> None:
    store = MemoryStore()
    ref = await put_artifact(store, ArtifactKind.LAYOUT, made.LAYOUT_KEY, made.LAYOUT)

    text = await get_layout_text(store, ref)

    whole = await get_artifact(store, ref, ArtifactKind.LAYOUT)
    pairs = [
        (line, same)
        for page, other in zip(text.layout.pages, whole.pages, strict=True)
        for line, same in zip(page.lines, other.lines, strict=True)
    ]
    assert pairs
    assert [text.words_of(line) for line, _ in pairs] == [same.words for _, same in pairs]
    assert [line.model_dump(exclude={"words"}) for line, _ in pairs] == [
        same.model_dump(exclude={"words"}) for _, same in pairs
    ]
    with pytest.raises(AttributeError):
        own_words(pairs[0][0])


@pytest.mark.parametrize(("start", "end"), [(0, 10), (0, 5), (6, 7), (5, 6), (4, 7)])
async def test_the_box_around_some_characters_is_the_same_however_the_layout_was_read(
    start: int, end: int
) -> None:
    store = MemoryStore()
    ref = await put_artifact(store, ArtifactKind.LAYOUT, made.LAYOUT_KEY, made.LAYOUT)
    text = await get_layout_text(store, ref)

    found = text.words_of.box(text.layout.pages[0].lines[0], start, end)

    assert found == own_words.box(made.LAYOUT.pages[0].lines[0], start, end)


TRICKY = ',"words":[', '\\,"words":[]', "]", '","words":[{"start":0}]', "\\", '"'


@given(st.lists(st.one_of(st.text(), st.sampled_from(TRICKY)), max_size=8))
async def test_no_text_is_taken_for_the_words_of_a_line(texts: list[str]) -> None:
    store, layout = MemoryStore(), page_of(*texts)
    created = await store.create("documents/d/artifacts/layout/k/l.json", serialise(layout))

    text = await get_layout_text(store, created.ref)

    read = [line for page in text.layout.pages for line in page.lines]
    written = [line for page in layout.pages for line in page.lines]
    assert [line.text for line in read] == [line.text for line in written]
    assert [text.words_of(line) for line in read] == [line.words for line in written]


WITH_DATA = made.LAYOUT.model_copy(
    update={"data": (EmbeddedData(name="x.xml", sha256="0" * 64, syntax=DataSyntax.UBL, values=()),)}
)


async def test_a_layout_with_embedded_data_is_read_whole() -> None:
    store = MemoryStore()
    ref = await put_artifact(store, ArtifactKind.LAYOUT, made.LAYOUT_KEY, WITH_DATA)

    text = await get_layout_text(store, ref)

    assert text.layout == WITH_DATA
    assert all(text.words_of(line) is line.words for page in text.layout.pages for line in page.lines)


async def test_what_is_no_layout_is_named_and_digests_are_held() -> None:
    store = MemoryStore()
    ref = await put_artifact(store, ArtifactKind.LAYOUT, made.LAYOUT_KEY, made.LAYOUT)
    cut = await store.create("documents/d/artifacts/layout/k/cut.json", store.objects[ref.uri][:-40])
    torn = store.objects[ref.uri].replace(b'"words":[{"start":', b'"words":[{"begin":', 1)
    other = await store.create("documents/d/artifacts/layout/k/torn.json", torn)

    with pytest.raises(CorruptArtifactError, match="is no layout"):
        await get_layout_text(store, cut.ref)
    text = await get_layout_text(store, other.ref)
    with pytest.raises(CorruptArtifactError, match=r"is no layout: 0\.start: Field required"):
        text.words_of(text.layout.pages[0].lines[0])
    with pytest.raises(CorruptArtifactError, match=r"is no layout: 0\.start: Field required"):
        text.words_of.box(text.layout.pages[0].lines[0], 0, 1)
    store.objects[ref.uri] += b" "
    with pytest.raises(DigestMismatchError):
        await get_layout_text(store, ref)
    await store.delete(ref.uri)
    with pytest.raises(MissingObjectError):
        await get_layout_text(store, ref)
