from __future__ import annotations

import pytest

from store.sources import (
    Place,
    SourceRefusedError,
    name_in,
    parse_place,
    parse_prefixes,
    require_allowed,
    unhexed,
)


@pytest.mark.parametrize("key", ["a.pdf", "a b/ü+%.pdf", "a//b", "a/", "q?x#y"])
def test_a_uri_says_a_key_and_is_read_as_that_very_key(key: str) -> None:
    assert parse_place(Place("bucket", key).uri) == Place("bucket", key)


@pytest.mark.parametrize(
    "uri", ["s3://b/../c", "s3://b/a/./c", "s3://b/%2e%2e/c", "s3://b/k?versionId=1", "http://b/k", "s3:///k"]
)
def test_a_uri_that_leads_elsewhere_is_refused(uri: str) -> None:
    with pytest.raises(SourceRefusedError):
        parse_place(uri)


@pytest.mark.parametrize(
    ("uri", "allowed"),
    [
        ("s3://in/invoices/1.pdf", True),
        ("s3://in/invoices", True),
        ("s3://in/invoices-private/1.pdf", False),
        ("s3://other/invoices/1.pdf", False),
        ("s3://all/anything/at/all", True),
    ],
)
def test_a_prefix_is_a_folder_of_one_bucket(uri: str, allowed: bool) -> None:
    prefixes = parse_prefixes("s3://in/invoices/, s3://all")
    place = parse_place(uri)
    if allowed:
        assert require_allowed(place, prefixes) == place
        return
    with pytest.raises(SourceRefusedError, match="DOCTRAIL_INGEST_PREFIXES"):
        require_allowed(place, prefixes)


def test_an_etag_comes_back_out_of_its_hex() -> None:
    assert unhexed(b"d41d8-2".hex()) == "d41d8-2"
    assert unhexed(None) is None


def test_a_document_is_called_as_its_object_is() -> None:
    assert name_in("s3://b/in/Lease%20A.pdf") == "Lease A.pdf"
    assert name_in("file:///in/a.pdf") == "a.pdf"
    assert name_in("s3://b/") is None
