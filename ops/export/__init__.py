"""The trail and what people answered, for other programs."""

from enum import StrEnum


class Form(StrEnum):
    """How rows are written."""

    JSONL = "jsonl"
    CSV = "csv"
    PARQUET = "parquet"
