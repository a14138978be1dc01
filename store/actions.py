"""What may be done with the objects of a store, by Amazon's names."""

from __future__ import annotations

from store.sources import Place

GET, PUT, LIST, DELETE = "s3:GetObject", "s3:PutObject", "s3:ListBucket", "s3:DeleteObject"
VERSION, ABORT = "s3:GetObjectVersion", "s3:AbortMultipartUpload"


def s3_arn(place: Place, action: str, folder: str) -> str:
    """Return the resource of an action by Amazon's name; lists are of whole buckets."""
    if action == LIST:
        return f"arn:aws:s3:::{place.bucket}"
    below = "/".join(part for part in (place.key.strip("/"), folder, "*") if part)
    return f"arn:aws:s3:::{place.bucket}/{below}"
