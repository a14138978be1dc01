"""The page's shells and files: nothing of anybody in them, one policy over all, and little to carry."""

from __future__ import annotations

import gzip
import re

import pytest

from review.page.site import POLICY, VIEWS, Site
from tests.unit.review.api import Desk

pytestmark = pytest.mark.anyio

MOST_BYTES = 150_000
"""What a view weighs at most, unpacked, without page images."""
PARTS = ("grid", "sum", "curve", "mask", "plot", "whole", "conflict", "together", "help", "door")


@pytest.mark.parametrize("path", VIEWS)
async def test_a_view_is_shown_to_anybody_under_a_policy_that_runs_only_our_files(
    door: Desk, path: str
) -> None:
    answer = await door.client.get(path.replace("{task_id}", "any"))

    assert (answer.status_code, answer.headers["content-security-policy"]) == (200, POLICY)
    assert answer.headers["x-frame-options"] == "DENY"
    assert not re.search(r"<script(?![^>]* src=)|<style| style=| on[a-z]+=", answer.text)


@pytest.mark.parametrize("path", VIEWS)
async def test_a_view_weighs_little_and_finds_everything_it_asks_for(desk: Desk, path: str) -> None:
    shell = await desk.client.get(path.replace("{task_id}", "any"))
    wanted = set(re.findall(r'(?:href|src)="(/static/[^"]+)"', shell.text))
    weight = len(gzip.compress(shell.content))
    for address in wanted:
        answer = await desk.client.get(address)
        assert (answer.status_code, answer.headers["content-encoding"]) == (200, "gzip")
        assert "immutable" in answer.headers["cache-control"]
        weight += int(answer.headers["content-length"])

    assert wanted
    assert weight < MOST_BYTES


async def test_who_takes_no_gzip_gets_the_same_files_as_they_are(desk: Desk) -> None:
    site = Site()
    address = f"/static/{site.edition}/work.js"
    plain = await desk.client.get(address, headers={"Accept-Encoding": "identity"})
    packed = await desk.client.get(address)

    assert "content-encoding" not in plain.headers
    assert plain.content == packed.content == site.assets["work.js"].data


async def test_a_file_of_another_edition_is_not_kept(desk: Desk) -> None:
    answer = await desk.client.get("/static/0000/work.js")

    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-cache")


@pytest.mark.parametrize("name", ["nothing.js", "..%2fsite.py", "%2e%2e/site.py", "site.py"])
async def test_nothing_but_the_pages_own_files_is_served(desk: Desk, name: str) -> None:
    answer = await desk.client.get(f"/static/{Site().edition}/{name}")

    assert answer.status_code == 404


async def test_another_sites_name_gets_no_page(desk: Desk) -> None:
    assert (await desk.client.get("/", headers={"Host": "evil.example"})).status_code == 403


async def test_files_of_the_page_are_no_requests_of_whoever_asks(desk: Desk) -> None:
    address = f"/static/{Site().edition}/dom.js"

    answers = [(await desk.client.get(address)).status_code for _ in range(150)]

    assert set(answers) == {200}


async def test_the_icon_leads_to_itself_and_the_page_is_no_part_of_the_api(desk: Desk) -> None:
    icon = await desk.client.get("/favicon.ico")
    described = (await desk.client.get("/v1/openapi.json")).json()["paths"]

    assert icon.headers["location"].endswith("/icon.svg")
    assert all(path.startswith("/v1/") for path in described)


@pytest.mark.parametrize("view", sorted({view.name: view for view in VIEWS.values()}))
def test_a_view_weighs_no_more_than_it_may(view: str) -> None:
    site = Site()
    shell = site.shell(next(one for one in VIEWS.values() if one.name == view))
    names = sorted(set(re.findall(r"/static/\w+/([\w.]+)", shell.data.decode())))
    loaded = [shell, *(site.assets[name] for name in names)]

    assert sum(len(one.data) for one in loaded) <= MOST_BYTES


def test_parts_that_only_some_records_need_are_not_loaded_with_the_desk() -> None:
    site = Site()
    desk = site.shell(VIEWS["/work"]).data.decode()

    assert [name for name in PARTS if f"/{name}.js" in desk] == []
    assert {"parts.css", *(f"{name}.js" for name in PARTS)} <= set(site.assets)
