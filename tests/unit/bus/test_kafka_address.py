from __future__ import annotations

from pathlib import Path

import pytest

from bus.connect import connect
from bus.kafka_address import KafkaOptions, parse_address, tls_context
from bus.protocol import BusError
from tests.contract.bus.support import now


def test_a_url_names_brokers_and_a_corner_of_their_own() -> None:
    address = parse_address("kafka://one:9093,two/acme.", KafkaOptions())

    assert address.servers == ("one:9093", "two:9092")
    assert (address.prefix, address.tls, address.protocol) == ("acme.", False, "PLAINTEXT")
    assert tls_context(address) is None
    assert str(address) == "kafka://one:9093,two:9092/acme."


@pytest.mark.parametrize(
    ("written", "meant"),
    [("next", "next."), ("next.", "next."), ("next-", "next-"), ("a.b_", "a.b_"), ("", "")],
)
def test_a_prefix_is_parted_from_the_names_of_topics_whether_or_not_the_url_says_by_what(
    written: str, meant: str
) -> None:
    assert parse_address(f"kafka://b/{written}", KafkaOptions()).prefix == meant


@pytest.mark.parametrize(
    ("url", "options", "protocol", "mechanism"),
    [
        ("kafka+tls://b:9093", KafkaOptions(), "SSL", None),
        ("kafka://u:p@b:9093", KafkaOptions(), "SASL_PLAINTEXT", "PLAIN"),
        ("kafka+tls://u:p@b?sasl=scram-sha-512", KafkaOptions(), "SASL_SSL", "SCRAM-SHA-512"),
        ("kafka+tls://b", KafkaOptions(mechanism="SCRAM-SHA-256", user="u", password="p"), "SASL_SSL", None),  # noqa: S106 (of nobody)
        ("kafka+tls://b?sasl=OAUTHBEARER", KafkaOptions(token_command=("token",)), "SASL_SSL", None),
    ],
)
def test_how_to_enter_comes_from_the_url_or_the_options(
    url: str, options: KafkaOptions, protocol: str, mechanism: str | None
) -> None:
    address = parse_address(url, options)

    assert address.protocol == protocol
    assert mechanism in (None, address.options.mechanism)


def test_user_and_password_may_hold_any_character_and_are_never_shown() -> None:
    address = parse_address("kafka+tls://jane%40acme:s%2Fecr%3At@b?sasl=PLAIN", KafkaOptions())

    assert (address.options.user, address.options.password) == ("jane@acme", "s/ecr:t")
    assert "ecr" not in f"{address} {address!r} {address.options!r}"


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("kafka://", "has no broker in ''"),
        ("kafka://host:port", "has no broker in 'host:port'"),
        ("kafka://host:99999", "has no broker"),
        ("kafka://host/two words", "prefix 'two words' may hold"),
        ("kafka://host?acks=1", "unknown option 'acks'"),
        ("kafka://host?sasl=GSSAPI", "SASL mechanism 'GSSAPI' is unknown"),
        ("kafka://host?sasl=PLAIN", "PLAIN needs a user and a password"),
        ("kafka://user:hunter2@host:port", "has no broker in 'host:port'"),
        ("kafka://user@host?sasl=SCRAM-SHA-256", "needs a user and a password"),
        ("kafka://host?sasl=OAUTHBEARER", "needs a command that prints a token"),
    ],
)
def test_a_url_that_leads_to_no_cluster_is_refused_without_its_secrets(url: str, sentence: str) -> None:
    with pytest.raises(BusError) as refused:
        connect(url, now=now)

    assert sentence in str(refused.value)
    assert "hunter2" not in str(refused.value)


def test_certificates_that_can_not_be_read_are_named(tmp_path: Path) -> None:
    nothing = tmp_path / "ca.pem"
    nothing.write_text("no certificate")
    address = parse_address("kafka+tls://b", KafkaOptions(ca=nothing))

    with pytest.raises(BusError, match=r"the certificates in .*ca\.pem can't be used"):
        tls_context(address)
