"""A review queue with records made to measure, served on loopback for a browser."""

from __future__ import annotations

import asyncio
import io
import json
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from argon2 import PasswordHasher
from PIL import Image, ImageDraw
from sqlalchemy import Connection

from agents.bundles import PinnedParts
from review.api.app import Served, build_app
from review.api.guard import Access
from review.api.serving import Address, bind, serve
from review.people.accounts import Accounts
from review.queue.alike import alike
from review.queue.database import connect, database_clock
from review.queue.lanes import Lane, LanePolicy
from review.queue.queue import ReviewQueue
from review.queue.tasks import Task, TaskState
from review.sheet.content import Contents
from schemas.canonical import canonical_json, derive_id, sha256_hex, stored_json
from schemas.certificates import Certificates
from schemas.classification import Classification
from schemas.documents import Route
from schemas.layout import Layout
from schemas.objects import ObjectRef
from schemas.results import Coverage, Record
from store import keys
from store.bundles import publish_bundle, publish_model
from store.memory import MemoryStore
from store.protocol import ref_of
from store.releases import Release, open_run, publish_release
from store.sealed import seal
from store.submissions import Source, Submission, note_link
from tests.browser.kind import RULES, SCHEMA
from tests.browser.orders import Order, fields_of, printed

QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
UNDO = timedelta(hours=1)
NOTHING_DRAWN = LanePolicy(
    audit_rate=0.0,
    all_fields_share=0.0,
    double_share=0.0,
    blind_share=0.0,
    quotas={},
    most_held=60,
    # However slow the machine is, undo is there until a test lets it run out.
    release_after=UNDO,
)
PASSWORD = "correct horse battery"  # noqa: S105
OTHER_TYPES = ("invoice", "lease", "receipt")


class Clock:
    """The database's own time, which a test may move on."""

    def __init__(self) -> None:
        self.ahead = timedelta(0)

    def __call__(self, connection: Connection) -> datetime:
        """Return the time."""
        return database_clock(connection) + self.ahead


@dataclass
class Counter:
    """A queue that is served.

    Attributes:
        url: Where.
        lost: Documents whose images are gone.
        pictures: By the bytes of a scan, its page as PNG.
    """

    url: str
    queue: ReviewQueue
    accounts: Accounts
    clock: Clock
    store: MemoryStore = field(default_factory=MemoryStore)
    layouts: dict[bytes, Layout] = field(default_factory=dict)
    pictures: dict[bytes, bytes] = field(default_factory=dict)
    release: tuple[str, Release] | None = None
    count: int = 0
    tasks: list[Task] = field(default_factory=list)

    async def add(self, *orders: Order, lane: Lane = Lane.ROUTED) -> list[Task]:
        """Put orders into the queue, the first one first in line."""
        made = [await self._task(one, lane) for one in orders]
        await self.queue.enrol(made)
        self.tasks += made
        return made

    async def revise(self, task: Task, one: Order) -> None:
        """Let somebody else change the record under a task."""
        record = await self._record(task.document_id, one, task.document_id)
        await self.queue.revised(task.document_id, record)

    async def lose(self, task: Task) -> None:
        """Let a document's bytes be gone."""
        await self.store.delete(keys.original(task.document_id))

    async def decisions(self) -> list[dict[str, Any]]:
        """Return every decision that was taken."""
        return await self.queue.decisions(limit=500)

    async def render(self, data: bytes, page: int, dpi: int, rotation: int) -> bytes:
        """Draw the words of a page where they stand; a picture is shown as it is."""
        if data in self.pictures:
            return self.pictures[data]
        found = self.layouts[data].pages[page - 1]
        size = (round(found.width * dpi / 72), round(found.height * dpi / 72))
        image = Image.new("L", size, 255)
        pen = ImageDraw.Draw(image)
        for line in found.lines:
            for word in line.words:
                text = line.text[word.start : word.end].encode("ascii", "replace").decode()
                pen.text(
                    (word.box.x0 * size[0], word.box.y0 * size[1]), text, fill=20, font_size=0.013 * size[1]
                )
        out = io.BytesIO()
        image.save(out, "PNG")
        return out.getvalue()

    async def _task(self, one: Order, lane: Lane) -> Task:
        self.count += 1
        data = f"{one.name} {self.count}".encode()
        document_id = sha256_hex(data)
        self.layouts[data] = printed(one)[0]
        await self.store.create(keys.original(document_id), data)
        digest, release = await self._release()
        manifest = await open_run(
            self.store,
            document_id=document_id,
            cause="first",
            release_digest=digest,
            release=release,
            opened_by="test",
        )
        await self.name(document_id, one.name, digest)
        record = await self._record(document_id, one, "draft")
        asked = () if one.proposed is not None or one.unknown else tuple(one.doubts)
        return await self.ask(lane, "order", manifest.run_id, record, asked)

    async def ask(
        self, lane: Lane, queue: str, run_id: str, record: ObjectRef, asked: tuple[str, ...]
    ) -> Task:
        """Return a task about a record."""
        content = await Contents(self.store, PinnedParts()).of(run_id, record)
        document_id = content.record.record_id
        return Task(
            task_id=derive_id("review task", lane.value, document_id),
            lane=lane,
            queue=queue,
            state=TaskState.OPEN,
            version=1,
            document_id=document_id,
            run_id=run_id,
            run_number=1,
            review_id=derive_id("review", document_id),
            record=record,
            standing=None,
            cause_id="cause",
            traceparent="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            asked=asked,
            inclusion=dict.fromkeys(asked, 1.0),
            worth=1.0,
            worth_said="made to measure",
            rank=10_000.0 - self.count,
            requested_at=datetime.now(UTC) - timedelta(minutes=14),
            due_at=datetime.now(UTC) + timedelta(days=1),
            alike=alike(lane, content.record, content.doc_type, asked),
        )

    async def _release(self) -> tuple[str, Release]:
        if self.release is None:
            parts = {
                "schema.json": json.dumps(SCHEMA).encode(),
                "prompt.md": b"",
                "rules.py": RULES.encode(),
                "model": b"",
            }
            bundles = {"order": await publish_bundle(self.store, "order", parts)}
            bundles |= dict.fromkeys(OTHER_TYPES, bundles["order"])
            nothing = canonical_json(Certificates(variant="v", certificates=()))
            release = Release(
                bundles=bundles,
                classifier=await publish_model(self.store, b""),
                classifier_thresholds=await publish_model(self.store, nothing),
            )
            self.release = await publish_release(self.store, release)
        return self.release

    async def name(self, document_id: str, name: str, digest: str) -> None:
        """Let a document have been handed in under a name."""
        submission_id = derive_id("submission", document_id)
        submission = Submission(
            submission_id=submission_id,
            document_id=document_id,
            source=Source(kind="file", name=name),
            at=datetime.now(UTC),
            release_digest=digest,
            size=1,
        )
        key = keys.submission(submission_id)
        await self.store.create(key, seal(submission))
        await note_link(self.store, document_id, key)

    async def _record(self, document_id: str, one: Order, slot: str) -> Any:
        layout, places, cells = printed(one)
        whole = one.proposed is not None or one.unknown
        classification = Classification(
            document_id=document_id,
            media_type="application/pdf",
            page_count=one.pages,
            doc_type="unknown" if one.unknown else "order",
            confidence=0.4 if whole else 0.97,
            layout=await self.keep(f"documents/{document_id}/layout", layout),
            route=Route.REVIEW if whole else Route.EXTRACT,
            family=document_id,
            proposed=tuple(one.proposed or ()),
        )
        fields = () if whole else fields_of(one, places, cells)
        found = await self.keep(f"documents/{document_id}/classification", classification)
        said = "the document may hold several" if one.proposed is not None else "it resembles no known type"
        record = Record(
            record_id=document_id,
            doc_type=classification.doc_type,
            status=None,
            classification=found,
            extraction=None if whole else found,
            fields=fields,
            coverage=Coverage(declared=len(fields), with_value=0, absent=0),
            reasons=(said,) if whole else (),
        )
        return await self.keep(f"documents/{document_id}/{slot}-{self.count}", record)

    async def keep(self, key: str, artifact: Any) -> ObjectRef:
        """Store an artifact and return its reference."""
        data = stored_json(artifact)
        await self.store.create(key, data)
        return ref_of(key, data)


@asynccontextmanager
async def open_counter(
    migrated: Path, folder: Path, *, auth: bool = False, policy: LanePolicy = NOTHING_DRAWN
) -> AsyncIterator[Counter]:
    """Serve an empty queue on a free port of loopback; ``migrated`` is a file with its tables."""
    shutil.copy(migrated, folder / "reviews.db")
    bound = bind(Address("127.0.0.1", 0))
    port = bound.getsockname()[1]
    clock, stop = Clock(), asyncio.Event()
    async with connect(f"sqlite:///{folder}/reviews.db", clock) as database, asyncio.TaskGroup() as group:
        queue, accounts = ReviewQueue(database, policy), Accounts(database, QUICK)
        counter = Counter(f"http://127.0.0.1:{port}", queue, accounts, clock)
        contents = Contents(counter.store, PinnedParts())
        served = Served(queue, accounts, counter.store, contents, b"secret", counter.render, "0")
        access = Access(Address("127.0.0.1", port).hosts, accounts if auth else None)
        running = group.create_task(serve(build_app(served, access), bound, stop))
        try:
            yield counter
        finally:
            stop.set()
            await running
