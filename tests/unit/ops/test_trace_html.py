from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator
from html.parser import HTMLParser

import pytest

from ops.trace import load_trace
from ops.trace.views.html import trace_html
from ops.trace.views.outline import outline
from ops.trace.views.pages import MOST_PAGES, evidence_boxes, page_images
from ops.words.tree import Node
from schemas.errors import PermanentError, TransientError
from store.memory import MemoryStore
from tests.unit.ops import documents
from tests.unit.ops.documents import HOSTILE
from tests.unit.ops.golden_text import DOCUMENTS

pytestmark = pytest.mark.anyio

PNG = b"\x89PNG\r\n\x1a\n and the rest"


class Page(HTMLParser):
    """What a browser sees: tags with attributes, text, and the ids that links may point at."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.said: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))

    def handle_data(self, data: str) -> None:
        self.said.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.said).split())

    @property
    def ids(self) -> list[str]:
        return [attributes["id"] for _, attributes in self.tags if "id" in attributes]


async def drawn(_page: int) -> bytes:
    return PNG


async def html_of(name: str) -> str:
    store = MemoryStore()
    made = await DOCUMENTS[name](store)
    return await trace_html(await load_trace(store, made.document_id, full=True), render=drawn)


def lines(nodes: tuple[Node, ...]) -> Iterator[str]:
    for node in nodes:
        yield node.label
        yield node.text
        yield from node.verbatim
        yield from lines(node.children)


@pytest.mark.parametrize("name", sorted(DOCUMENTS))
async def test_the_page_tells_every_fact_that_the_text_tells(name: str) -> None:
    store = MemoryStore()
    made = await DOCUMENTS[name](store)
    trace = await load_trace(store, made.document_id, full=True)
    told = outline(trace, full=True)

    text = Page(await trace_html(trace, render=drawn)).text

    # Fields are set as a table of their own; everything else is the very same lines.
    parts = (told.facts, told.stages, told.rules, told.routing, told.people, told.others, told.quoted)
    facts = [trace.headline, *(fact for part in (*parts, told.ending) for fact in lines(part))]
    assert [fact for fact in facts if " ".join(fact.split()) not in text] == []


async def test_the_page_needs_no_script_and_no_network() -> None:
    page = Page(await html_of("accepted"))

    tags = {tag for tag, _ in page.tags}
    assert not tags & {"script", "iframe", "object", "embed", "link", "form", "base"}
    attributes = [(name, value) for _, given in page.tags for name, value in given.items()]
    assert [name for name, _ in attributes if name.startswith("on") or name == "style"] == []
    sources = [value for name, value in attributes if name in ("src", "href", "action", "srcset")]
    assert [source for source in sources if not source.startswith(("#", "data:image/png;base64,"))] == []


async def test_the_policy_allows_the_pages_own_style_and_nothing_else() -> None:
    html = await html_of("accepted")
    style = re.search(r"<style>(.*?)</style>", html, re.DOTALL)
    assert style is not None
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()

    policies = [given["content"] for tag, given in Page(html).tags if given.get("http-equiv")]
    assert policies == [
        f"default-src 'none'; img-src data:; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    ]
    assert "url(" not in style[1]
    assert "@import" not in style[1]


async def test_every_link_leads_to_a_box_or_a_field_and_every_id_is_used_once() -> None:
    page = Page(await html_of("in_review"))

    links = [given["href"] for tag, given in page.tags if tag == "a"]
    assert links
    assert [link for link in links if link.removeprefix("#") not in page.ids] == []
    assert len(page.ids) == len(set(page.ids))


async def test_the_evidence_is_drawn_where_it_stands_in_percent_of_the_page() -> None:
    html = await html_of("accepted")

    # vendor, (no box for the absent address), date, total
    boxes = [given["id"] for tag, given in Page(html).tags if given.get("class", "").startswith("box")]
    assert boxes == ["e1-1", "e3-1", "e4-1"]
    assert "#e4-1{left:62.000%;top:60.000%;width:9.000%;height:2.000%}" in html


async def test_markup_in_a_document_is_text_in_the_page() -> None:
    store = MemoryStore()
    made = await documents.hostile(store, HOSTILE)

    html = await trace_html(await load_trace(store, made.document_id, full=True), render=drawn)

    assert "<script" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
    assert not set("\x1b\u202e\u2066\u200b\x9b\x07\x7f") & set(html)


async def test_the_same_trace_gives_the_same_bytes() -> None:
    assert await html_of("decided_by_a_person") == await html_of("decided_by_a_person")


@pytest.mark.parametrize("problem", ["refused", "no png"])
async def test_a_page_that_can_not_be_drawn_says_why_and_the_rest_stands(problem: str) -> None:
    async def render(_page: int) -> bytes:
        if problem == "refused":
            raise PermanentError("page 1 is broken", reason="render")
        return b"GIF89a"

    store = MemoryStore()
    made = await documents.accepted(store)

    html = await trace_html(await load_trace(store, made.document_id, full=True), render=render)

    assert "the page can&#39;t be drawn" in html
    assert "980.00" in html


async def test_a_renderer_that_does_not_answer_is_no_missing_page() -> None:
    async def render(_page: int) -> bytes:
        raise TransientError("the page reader is busy", target="pages")

    store = MemoryStore()
    made = await documents.accepted(store)
    trace = await load_trace(store, made.document_id, full=True)

    with pytest.raises(TransientError):
        await trace_html(trace, render=render)


async def test_a_long_document_shows_its_pages_with_evidence_first_and_counts_the_others() -> None:
    store = MemoryStore()
    made = await documents.accepted(store)
    run = (await load_trace(store, made.document_id)).run

    pages, left_out = await page_images(evidence_boxes(run), 400, drawn)

    assert [page.number for page in pages] == list(range(1, MOST_PAGES + 1))
    assert left_out == 400 - MOST_PAGES
