"""One document through every step: read here from the store alone, shown by ``views``."""

from ops.trace.load import load_trace
from ops.trace.story import Trace

__all__ = ["Trace", "load_trace"]
