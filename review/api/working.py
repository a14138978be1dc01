"""What a reviewer asks beside deciding: work, drafts, leases, lists, and what was decided."""

from __future__ import annotations

from typing import Any

from starlette.background import BackgroundTask
from starlette.responses import Response

from review.api.answering import Json
from review.api.bodies import AlikeBody, ClaimBody, DraftBody
from review.api.problems import ProblemError
from review.api.routing import Call
from review.api.showing import Showing, claimant, lease_token, tagged
from review.people.accounts import Role
from review.queue.figures import Figures
from review.queue.history import Wanted
from review.queue.queue import ReviewQueue
from review.queue.tasks import TaskState
from review.sheet.view import insight, lease_view, summary

_PAGE = 50
_UNTOLD = ("lane", "inclusion", "publishes", "route_reason")
"""What would tell a reviewer afterwards of what lane his task was."""


class Working:
    """The endpoints of people who work on tasks."""

    def __init__(self, queue: ReviewQueue, figures: Figures, showing: Showing) -> None:
        self._queue = queue
        self._figures = figures
        self._showing = showing

    async def claim(self, call: Call[ClaimBody]) -> Response:
        """Hand out work."""
        who = claimant(call, call.body.queue, call.body.but)
        if call.body.task_id is not None:
            task, lease = await self._queue.claim_one(who, call.body.task_id)
            return Json({"tasks": [await self._showing.one(call, task, lease)]})
        found = await self._queue.claim(who, call.body.n, ahead=call.body.ahead)
        shown = await self._showing.all(call, found)
        ahead = BackgroundTask(self._showing.ahead, who, [task for task, _ in found])
        return Json({"tasks": shown}, background=ahead)

    async def alike(self, call: Call[AlikeBody]) -> Response:
        """Hand out those that ask the same as a task, to be looked at and accepted with it."""
        found = await self._queue.claim_alike(claimant(call, None), call.path["task_id"], call.body.n)
        return Json({"tasks": await self._showing.all(call, found)})

    async def tasks(self, call: Call[None]) -> Response:
        """List tasks: one's own, or all of them for those who run the queue."""
        asked = call.request.query_params
        runs = bool(call.who.roles & {Role.ADMIN, Role.ADJUDICATOR, Role.SERVICE})
        if "state" in asked and asked["state"] not in set(TaskState):
            raise ProblemError(400, "state", f"state is one of {', '.join(TaskState)}")
        found = await self._queue.list_tasks(
            Wanted(
                state=TaskState(asked["state"]) if "state" in asked else None,
                queue=asked.get("queue"),
                holder=None if runs and "mine" not in asked else call.who.reviewer_id,
                after=asked.get("after"),
                limit=_PAGE,
            )
        )
        # An adjudicator works on ordinary tasks too: what lane they are of is not told to him either.
        lanes = bool(call.who.roles & {Role.ADMIN, Role.SERVICE})
        listed = [
            {
                **summary(one.task),
                **({"holder": one.holder} if runs else {}),
                **(insight(one.task) if lanes else {}),
            }
            for one in found
        ]
        after = found[-1].task.task_id if len(found) == _PAGE else None
        return Json({"tasks": listed, "next": after})

    async def queues(self, call: Call[None]) -> Response:
        """Say what waits, by queue, without the lanes for those who work on it."""
        del call
        waiting: dict[str, dict[str, Any]] = {}
        for row in (await self._figures.newest())["waiting"]:
            one = waiting.setdefault(
                row["queue"], {"queue": row["queue"], "waiting": 0, "overdue": 0, "oldest": row["oldest"]}
            )
            one["waiting"] += row["waiting"]
            one["overdue"] += row["overdue"]
            one["oldest"] = min(one["oldest"], row["oldest"])
        return Json({"queues": list(waiting.values())})

    async def task(self, call: Call[None]) -> Response:
        """Show a task with everything needed to decide it."""
        return tagged(await self._showing.one(call, await self._showing.own(call), None))

    async def heartbeat(self, call: Call[None]) -> Response:
        """Keep a lease alive."""
        lease = await self._queue.heartbeat(call.who.reviewer_id, call.path["task_id"], lease_token(call))
        return Json({"lease": lease_view(lease)})

    async def draft(self, call: Call[DraftBody]) -> Response:
        """Keep what was entered so far."""
        task = await self._showing.own(call)
        await self._queue.save_draft(call.who.reviewer_id, task.task_id, call.body.draft)
        return Response(status_code=204)

    async def give_back(self, call: Call[None]) -> Response:
        """End a lease; the draft is kept."""
        await self._queue.give_back(call.who.reviewer_id, call.path["task_id"], lease_token(call))
        return Response(status_code=204)

    async def history(self, call: Call[None]) -> Response:
        """Show who decided what about a task: to those who see it, one's own only for reviewers."""
        task = await self._showing.own(call)
        found = await self._queue.decisions(task_id=task.task_id)
        if not call.who.roles & {Role.ADMIN, Role.ADJUDICATOR}:
            found = [_unlaned(one) for one in found if one["reviewer_id"] == call.who.reviewer_id]
        return Json({"decisions": found})


def _unlaned(decision: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in decision.items() if name not in _UNTOLD}
