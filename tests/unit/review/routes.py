"""Who may ask for what: every route, and the roles it lets in."""

from __future__ import annotations

ALLOWED = {
    "DELETE /v1/session": "reviewer adjudicator admin service",
    "GET /v1/me": "reviewer adjudicator admin service",
    "PUT /v1/me/preferences": "reviewer adjudicator admin service",
    "GET /v1/review/queues": "reviewer adjudicator admin service",
    "POST /v1/review/claim": "reviewer adjudicator admin",
    "POST /v1/review/{task_id}/alike": "reviewer adjudicator admin",
    "GET /v1/review/{task_id}": "reviewer adjudicator admin",
    "POST /v1/review/{task_id}/heartbeat": "reviewer adjudicator admin",
    "PUT /v1/review/{task_id}/draft": "reviewer adjudicator admin",
    "POST /v1/review/{task_id}/check": "reviewer adjudicator admin",
    "PUT /v1/review/{task_id}/decision": "reviewer adjudicator admin",
    "POST /v1/review/{task_id}/release": "reviewer adjudicator admin",
    "POST /v1/review/{task_id}/undo": "reviewer adjudicator admin",
    "GET /v1/review/{task_id}/history": "reviewer adjudicator admin",
    "GET /v1/pages/{token}": "reviewer adjudicator admin",
    "GET /v1/words/{token}": "reviewer adjudicator admin",
    "GET /v1/tasks": "reviewer adjudicator admin service",
    "GET /v1/stats": "adjudicator admin service",
    "GET /v1/decisions": "adjudicator admin service",
    "GET /v1/lanes": "adjudicator admin service",
    "GET /v1/reviewers": "admin",
    "POST /v1/reviewers": "admin",
    "PATCH /v1/reviewers/{reviewer_id}": "admin",
    "POST /v1/reviewers/{reviewer_id}/tokens": "admin",
    "GET /v1/reviewers/{reviewer_id}/tokens": "admin",
    "DELETE /v1/tokens/{token_id}": "admin",
    "POST /v1/gold": "admin",
    "DELETE /v1/gold/{gold_id}": "admin",
}
"""Written by hand: what the table of routes says must be what was meant."""
OPEN = {
    "GET /v1/session",
    "GET /v1/session/oidc",
    "GET /v1/session/oidc/back",
    "POST /v1/session",
    "GET /v1/openapi.json",
}
