"""What reading one file may cost before it is given up."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ReadLimits:
    """Bounds of one read; a step is opening the file or reading one page.

    Attributes:
        memory_bytes: Memory of the reading process, its own program included.
        step_cpu_seconds: CPU seconds of a step; the usual end of a looping file, however busy the machine.
        step_seconds: Wall seconds of a step; for what waits instead of computing.
        document_seconds: Wall seconds of the whole file.
        pages: Pages of a file.
        page_pixels: Pixels that a page's images declare, checked before any is decoded.
        file_bytes: Size of the file.
        parts: Documents in a container, those in containers within it included.
        unpacked_bytes: What all of them unpack to.
        niceness: How far everybody else on the machine goes first, as the system counts it (0 to 19).
    """

    memory_bytes: int = 1_500_000_000
    step_cpu_seconds: float = 25.0
    step_seconds: float = 180.0
    document_seconds: float = 600.0
    pages: int = 500
    page_pixels: int = 120_000_000
    file_bytes: int = 500_000_000
    parts: int = 1000
    unpacked_bytes: int = 400_000_000
    niceness: int = 0
