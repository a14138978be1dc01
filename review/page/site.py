"""The page's own routes: shells made by the server, scripts and styles under a digest of them all."""

from __future__ import annotations

import functools
import gzip
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.responses import RedirectResponse, Response

from review.api.problems import ProblemError
from review.api.routing import Call, Route

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; "
    "form-action 'none'; base-uri 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)
"""Nothing runs but our own files, and no string ever becomes markup or program, whatever a document says."""
_MEDIA = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
_FOR_EVER = {"Cache-Control": "public, max-age=31536000, immutable"}


@dataclass(frozen=True, slots=True)
class View:
    """One of the page's views.

    Attributes:
        name: Of its script, and of its entry in the menu.
        title: What the window is called.
        template: Its shell.
    """

    name: str
    title: str
    template: str = "view.html"


VIEWS: Mapping[str, View] = {
    "/": View("queue", "Queue"),
    "/work": View("work", "Review", "work.html"),
    "/work/{task_id}": View("work", "Review", "work.html"),
    "/history": View("history", "History"),
    "/history/{task_id}": View("history", "History"),
    "/admin": View("admin", "Administration"),
    "/settings": View("settings", "Keys"),
    "/login": View("login", "Log in", "login.html"),
}
"""Every view by its address. Shells hold nothing of a document or a person, so that anybody may have them."""


@dataclass(frozen=True)
class Asset:
    """A file that the page loads."""

    data: bytes
    media: str

    @functools.cached_property
    def packed(self) -> bytes:
        """The same, as it goes over the wire to whoever takes gzip."""
        return gzip.compress(self.data, 9, mtime=0)


class Site:
    """The page, read once from the package."""

    def __init__(self) -> None:
        self.assets = _assets()
        digest = hashlib.sha256()
        for name, asset in sorted(self.assets.items()):
            digest.update(name.encode() + b"\0" + asset.data + b"\0")
        self.edition = digest.hexdigest()[:16]
        self._templates = Environment(
            loader=PackageLoader("review.page"), autoescape=True, undefined=StrictUndefined
        )
        self._shells: dict[str, Asset] = {}

    def routes(self) -> tuple[Route, ...]:
        """Return the page's routes; none of them is part of the API."""
        asset = "/static/{edition}/{name}"
        return (
            *(
                Route(
                    "GET",
                    path,
                    functools.partial(self._shell, view),
                    None,
                    f"{view.title}.",
                    media="text/html",
                )
                for path, view in VIEWS.items()
            ),
            Route("GET", asset, self._asset, None, "A script or style.", counted=False),
            Route("GET", "/favicon.ico", self._icon, None, "The icon.", counted=False),
        )

    def shell(self, view: View) -> Asset:
        """Return a view's HTML."""
        if view.name not in self._shells:
            made = self._templates.get_template(view.template).render(
                view=view, base=f"/static/{self.edition}", scripts=self._scripts(view)
            )
            self._shells[view.name] = Asset(made.encode(), "text/html")
        return self._shells[view.name]

    def _scripts(self, view: View) -> list[str]:
        """Return the scripts a view imports at its start, so that they are fetched at once.

        Parts that only some records need are fetched with those: ``import('./grid.js')``.
        """
        found: list[str] = []
        waiting = [f"{view.name}.js"]
        while waiting:
            name = waiting.pop()
            if name in found:
                continue
            found.append(name)
            text = self.assets[name].data.decode()
            waiting += [other for other in sorted(self.assets) if f"from './{other}'" in text]
        return found

    async def _shell(self, view: View, call: Call[None]) -> Response:
        headers = {"Content-Security-Policy": POLICY, "Cache-Control": "no-cache"}
        return _sent(call, self.shell(view), headers)

    async def _asset(self, call: Call[None]) -> Response:
        asset = self.assets.get(call.path["name"])
        if asset is None:
            raise ProblemError(404, "unknown_route", "there is no such route")
        # Another edition's address, from a page that was open while the server was renewed.
        headers = _FOR_EVER if call.path["edition"] == self.edition else {"Cache-Control": "no-cache"}
        return _sent(call, asset, headers)

    async def _icon(self, call: Call[None]) -> Response:
        del call
        return RedirectResponse(f"/static/{self.edition}/icon.svg", status_code=301)


def _sent(call: Call[None], asset: Asset, headers: Mapping[str, str]) -> Response:
    taken = call.request.headers.get("accept-encoding", "")
    packs = any(one.split(";")[0].strip() == "gzip" for one in taken.split(","))
    encoded = {"Content-Encoding": "gzip"} if packs else {}
    return Response(
        asset.packed if packs else asset.data,
        media_type=asset.media,
        headers={**headers, **encoded, "Vary": "Accept-Encoding"},
    )


def _assets() -> dict[str, Asset]:
    folder = files("review.page") / "static"
    found = {}
    for one in folder.iterdir():
        media = _MEDIA.get("." + one.name.rpartition(".")[2])
        if media is not None:
            found[one.name] = Asset(one.read_bytes(), media)
    return found
