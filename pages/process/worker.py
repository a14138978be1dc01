"""The process that meets the bytes: started by ``pages.process.child``, it reads one file after the other.

It holds no secrets, opens no connection, and dies with the process that started it.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import threading
import time
import traceback
from typing import BinaryIO

from pages.containers.contents import Container
from pages.containers.opening import open_container
from pages.formats import CONTAINERS, FORMATS, container_of, format_of
from pages.parts import Progress, Reading, Rendering, UnreadableError
from pages.process.encode import encode_reading
from pages.process.wire import (
    HEADER_BYTES,
    AttachedAnswer,
    FailedAnswer,
    Kind,
    PartAnswer,
    RefusedAnswer,
    Request,
    UnpackedAnswer,
    frame,
    parse_header,
)
from pages.sniff import is_encrypted, sniff
from schemas.classification import REJECT_SENTENCES, RejectReason
from schemas.layout import NoteKind

_PR_SET_PDEATHSIG = 1
_ORPHAN_CHECK_SECONDS = 2.0


def main(arguments: list[str]) -> int:
    """Serve requests from standard input until it ends."""
    parent, memory, niceness = map(int, arguments)
    _die_with(parent)
    os.nice(niceness)
    _limit_memory(memory)
    source, sink = _private_pipes()
    while True:
        request = _next(source, Kind.REQUEST)
        if request is None:
            return 0
        data = _next(source, Kind.DATA)
        if data is None:
            return 0
        sink.write(_answer(Request.model_validate_json(request), data, sink))
        sink.flush()


def _answer(request: Request, data: bytes, sink: BinaryIO) -> bytes:
    _limit_cpu(request.document_seconds)
    media_type = "application/octet-stream"

    def progress(page: int) -> None:
        sink.write(frame(Kind.PROGRESS, str(page).encode()))
        sink.flush()

    # Said before anything is looked at: from here on an early end is the file's doing.
    progress(0)
    try:
        if request.do == "attached":
            return _attached(data)
        media_type = sniff(data)
        container = container_of(media_type) if request.do == "read" else None
        if container is not None:
            return _unpack(container, request, data, media_type, progress, sink)
        reader = format_of(media_type)
        if reader is None:
            return _refused(media_type, *_unsupported(data, media_type))
        if request.do == "render":
            rendering = Rendering(request.page, request.dpi, request.rotation)
            return frame(Kind.IMAGE, reader.render(data, rendering, request.limits()))
        reading = reader.read(data, request.limits(), progress)
        if not any(page.lines for page in reading.pages):
            return _refused(media_type, RejectReason.NO_TEXT, _without_text(reading))
        return frame(Kind.READ, encode_reading(reading, media_type))
    except UnreadableError as refusal:
        return _refused(media_type, refusal.reject_reason, str(refusal))
    except MemoryError:
        return _refused(media_type, RejectReason.MEMORY_LIMIT, REJECT_SENTENCES[RejectReason.MEMORY_LIMIT])
    except Exception as error:  # noqa: BLE001 (what hostile bytes provoke is reported, and logged by the parent)
        return frame(Kind.FAILED, _failure(media_type, error).model_dump_json().encode())


def _without_text(reading: Reading) -> str:
    """Return why there is nothing to read: a scan pasted into a letter is there, and is no text."""
    sentence = REJECT_SENTENCES[RejectReason.NO_TEXT]
    left = next((note.text for note in reading.notes if note.kind is NoteKind.NOT_READ), None)
    return f"{sentence}: {left}; save it as PDF and submit that" if left else sentence


def _attached(data: bytes) -> bytes:
    from pages.pdf.attachments import read

    found = read(data)
    answer = AttachedAnswer(data=tuple(found.data), notes=tuple(found.notes))
    return frame(Kind.ATTACHED, answer.model_dump_json().encode())


def _unpack(
    container: Container, request: Request, data: bytes, media_type: str, progress: Progress, sink: BinaryIO
) -> bytes:
    """Send the bytes of a container's parts one after the other, and return the frame that lists them."""
    if not request.unpack:
        sentence = f"{REJECT_SENTENCES[RejectReason.TOO_DEEP]}: take it out and submit it by itself"
        return _refused(media_type, RejectReason.TOO_DEEP, sentence)
    found = open_container(container, data, request.limits(), progress)
    for part in found.parts:
        if part.data is not None:
            sink.write(frame(Kind.PART, part.data))
    listed = UnpackedAnswer(
        media_type=media_type,
        parts=tuple(
            PartAnswer(
                place=part.place,
                name=part.name,
                has_bytes=part.data is not None,
                refused=part.refused,
                sentence=part.sentence,
                composed=part.composed,
            )
            for part in found.parts
        ),
        left_out=tuple(found.left_out),
    )
    return frame(Kind.UNPACKED, listed.model_dump_json().encode())


def _unsupported(data: bytes, media_type: str) -> tuple[RejectReason, str]:
    if is_encrypted(data, media_type):
        return RejectReason.PASSWORD_REQUIRED, REJECT_SENTENCES[RejectReason.PASSWORD_REQUIRED]
    names = ", ".join(dict.fromkeys(row.name for row in (*FORMATS.values(), *CONTAINERS.values())))
    sentence = f"{REJECT_SENTENCES[RejectReason.UNSUPPORTED_FORMAT]} ({media_type}): submit it as {names}"
    return RejectReason.UNSUPPORTED_FORMAT, sentence


def _refused(media_type: str, reason: RejectReason, sentence: str) -> bytes:
    answer = RefusedAnswer(media_type=media_type, reason=reason, sentence=sentence)
    return frame(Kind.REFUSED, answer.model_dump_json().encode())


def _failure(media_type: str, error: Exception) -> FailedAnswer:
    # The error's own message may quote the document; its class and place do not.
    steps = traceback.extract_tb(error.__traceback__)
    place = " < ".join(f"{os.path.basename(step.filename)}:{step.lineno}" for step in reversed(steps[-4:]))  # noqa: PTH119 (a name, no file)
    return FailedAnswer(media_type=media_type, error=type(error).__name__, place=place)


def _next(source: BinaryIO, wanted: Kind) -> bytes | None:
    header = source.read(HEADER_BYTES)
    if len(header) < HEADER_BYTES:
        return None
    kind, length = parse_header(header)
    payload = source.read(length)
    return payload if kind is wanted and len(payload) == length else None


def _private_pipes() -> tuple[BinaryIO, BinaryIO]:
    """Take standard input and output for ourselves, so that no library's print can break a frame."""
    source, sink = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, 0)
    os.dup2(nowhere, 1)
    os.close(nowhere)
    return source, sink


def _die_with(parent: int) -> None:
    # An interrupt at the terminal goes to the whole group; the parent decides what becomes of us.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(_ORPHAN_CHECK_SECONDS)
        os._exit(1)

    threading.Thread(target=watch, name="orphan-watch", daemon=True).start()


def _limit_memory(limit: int) -> None:
    if sys.platform == "win32":
        return
    import resource

    # Data, not address space: libraries and reserved but unused ranges are no memory in use.
    resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _limit_cpu(seconds: float) -> None:
    """Let the system end us if the parent does not: the limit counts from the process's start."""
    if sys.platform == "win32":
        return
    import resource

    _, most = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (int(time.process_time() + seconds) + 1, most))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
