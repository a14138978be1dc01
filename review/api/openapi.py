"""The OpenAPI document, made from the table of routes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from review.api.problems import MEDIA_TYPE, TITLES
from review.api.routing import Route

_PART = re.compile(r"\{(\w+)\}")


def openapi(routes: Sequence[Route], version: str) -> dict[str, Any]:
    """Return the document; every status that a route can answer with is in it."""
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route)
    return {
        "openapi": "3.1.0",
        "info": {"title": "doctrail review", "version": version},
        "paths": paths,
        "components": {
            "schemas": {**_models(routes), "Problem": _problem_schema()},
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer"},
                "session": {"type": "apiKey", "in": "cookie", "name": "doctrail_session"},
            },
        },
    }


def _operation(route: Route) -> dict[str, Any]:
    found: dict[str, Any] = {
        "summary": route.says,
        "operationId": f"{route.method.lower()}{re.sub('[^a-z]+', '_', route.path)}".rstrip("_"),
        "parameters": [
            *(_parameter(name, "path", "", required=True) for name in _PART.findall(route.path)),
            *(_parameter(name, "query", says, required=False) for name, says in route.query.items()),
            *(_parameter(name, "header", says, required=True) for name, says in route.headers.items()),
        ],
        "responses": {str(route.done): _answer(route), **_problems()},
    }
    if route.body is not None:
        schema = {"$ref": f"#/components/schemas/{route.body.__name__}"}
        found["requestBody"] = {"required": True, "content": {"application/json": {"schema": schema}}}
    if route.roles is not None:
        found["security"] = [{"token": []}, {"session": []}]
        found["x-roles"] = sorted(role.value for role in route.roles)
    return found


def _answer(route: Route) -> dict[str, Any]:
    if route.done in (204, 302):
        return {"description": "done"}
    schema: dict[str, Any] = {"type": "object"}
    if route.media != "application/json":
        schema = {"type": "string", "format": "binary"}
    return {"description": "done", "content": {route.media: {"schema": schema}}}


def _problems() -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/Problem"}
    content = {MEDIA_TYPE: {"schema": schema}}
    return {str(status): {"description": title, "content": content} for status, title in TITLES.items()}


def _parameter(name: str, place: str, says: str, *, required: bool) -> dict[str, Any]:
    return {
        "name": name,
        "in": place,
        "required": required,
        "description": says,
        "schema": {"type": "string", "minLength": 1},
    }


def _models(routes: Sequence[Route]) -> dict[str, Any]:
    bodies: list[type[BaseModel]] = list(dict.fromkeys(r.body for r in routes if r.body is not None))
    _, schemas = models_json_schema(
        [(body, "validation") for body in bodies], ref_template="#/components/schemas/{model}"
    )
    found: dict[str, Any] = schemas.get("$defs", {})
    return found


def _problem_schema() -> dict[str, Any]:
    return {
        "type": "object",
        "required": ["type", "title", "status", "code", "detail"],
        "properties": {
            "type": {"type": "string"},
            "title": {"type": "string"},
            "status": {"type": "integer"},
            "code": {"type": "string"},
            "detail": {"type": "string"},
        },
    }
