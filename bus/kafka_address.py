"""Where a Kafka cluster is and how one enters: from the URL, and from options that no URL should hold."""

from __future__ import annotations

import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from bus.protocol import BusError

SCHEMES = ("kafka", "kafka+tls")
MECHANISMS = ("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", "OAUTHBEARER")
DEFAULT_PORT = 9092
_PREFIX = re.compile(r"^[A-Za-z0-9._-]{1,100}$")


@dataclass(frozen=True, slots=True)
class KafkaOptions:
    """How to speak to a cluster.

    Attributes:
        mechanism: SASL mechanism; None where nobody asks who we are.
        user: For PLAIN and SCRAM; what the URL says goes first, as for the password.
        token_command: Program with arguments that prints a fresh token, for OAUTHBEARER.
        ca: Certificates of who may sign the brokers', in PEM; default: the system's.
        certificate: Our own certificate, in PEM, where brokers ask for one.
        key: Its private key.
        session: Seconds without a sign of life after which the cluster takes a process for dead.
        heartbeat: Seconds between signs of life; also how soon a rebalance is heard of.
        patience: Seconds that a call may take; longer than a broker's fail-over.
        rebalance: Seconds that a process may take to finish what it has in hand at a rebalance.
        max_message: Largest message in bytes, as the brokers have it (``max.message.bytes``).
    """

    mechanism: str | None = None
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    token_command: tuple[str, ...] = field(default=(), repr=False)
    ca: Path | None = None
    certificate: Path | None = None
    key: Path | None = None
    session: float = 15.0
    patience: float = 30.0
    heartbeat: float = 1.0
    rebalance: float = 60.0
    max_message: int = 1_000_000


@dataclass(frozen=True, slots=True)
class KafkaAddress:
    """A cluster, the entry to it, and our corner of it.

    Attributes:
        servers: ``host:port`` of some brokers; the others are learned from them.
        prefix: In front of every topic and group, so that installations can share a cluster; it ends with
            what parts it from them.
    """

    servers: tuple[str, ...]
    tls: bool
    prefix: str
    options: KafkaOptions

    @property
    def protocol(self) -> str:
        """Kafka's name for how the wire is secured."""
        return ("SASL_" if self.options.mechanism else "") + ("SSL" if self.tls else "PLAINTEXT")

    def __str__(self) -> str:
        """Return the address as it may be shown: without user and password."""
        scheme = SCHEMES[self.tls]
        return f"{scheme}://{','.join(self.servers)}" + (f"/{self.prefix}" if self.prefix else "")


def parse_address(url: str, options: KafkaOptions) -> KafkaAddress:
    """Return what ``url`` and ``options`` say.

    Args:
        url: ``kafka://host:port[,host:port…][/prefix]`` or ``kafka+tls://…``, with ``user:password@``
            before the first host and ``?sasl=MECHANISM`` at the end where the cluster asks for them. A
            prefix that ends with a letter or digit gets a dot.
        options: Everything else.

    Raises:
        BusError: A part is missing or wrong; secrets are not repeated.
    """
    parts = urlsplit(url)
    login, _, hosts = parts.netloc.rpartition("@")
    user, _, password = login.partition(":")
    servers = tuple(_server(one, parts.scheme) for one in hosts.split(","))
    prefix = parts.path.strip("/")
    if prefix and not _PREFIX.match(prefix):
        raise BusError(
            f"bus URL {parts.scheme}://{hosts}: prefix {prefix!r} may hold letters, digits, '.', '_' and '-'"
        )
    if prefix and prefix[-1].isalnum():
        prefix += "."
    mechanism = _mechanism(dict(parse_qsl(parts.query, keep_blank_values=True)), options, has_user=bool(user))
    chosen = replace(
        options,
        mechanism=mechanism,
        user=unquote(user) or options.user,
        password=unquote(password) or options.password,
    )
    _check_login(chosen)
    return KafkaAddress(servers, parts.scheme == "kafka+tls", prefix, chosen)


def tls_context(address: KafkaAddress) -> ssl.SSLContext | None:
    """Return how to secure the wire, or None for a plain one.

    Raises:
        BusError: A certificate can't be read.
    """
    if not address.tls:
        return None
    options = address.options
    try:
        context = ssl.create_default_context(cafile=options.ca)
        if options.certificate is not None:
            context.load_cert_chain(options.certificate, options.key)
    except (OSError, ssl.SSLError) as error:
        files = ", ".join(str(path) for path in (options.ca, options.certificate, options.key) if path)
        raise BusError(f"bus {address}: the certificates in {files} can't be used: {error}") from error
    return context


def _server(text: str, scheme: str) -> str:
    host, separator, port = text.rpartition(":")
    if not separator or text.endswith("]"):
        host, port = text, str(DEFAULT_PORT)
    if not host or not port.isdigit() or not 0 < int(port) < 65536:
        raise BusError(f"bus URL has no broker in {text!r}; write {scheme}://host:port[,host:port]")
    return f"{host}:{port}"


def _mechanism(query: Mapping[str, str], options: KafkaOptions, *, has_user: bool) -> str | None:
    unknown = sorted(query.keys() - {"sasl"})
    if unknown:
        raise BusError(f"bus URL has unknown option {unknown[0]!r}; known: sasl")
    named = query.get("sasl") or options.mechanism or ("PLAIN" if has_user else None)
    if named is None:
        return None
    if named.upper() not in MECHANISMS:
        raise BusError(f"SASL mechanism {named!r} is unknown; known: {', '.join(MECHANISMS)}")
    return named.upper()


def _check_login(options: KafkaOptions) -> None:
    if options.mechanism == "OAUTHBEARER":
        if not options.token_command:
            raise BusError("SASL mechanism OAUTHBEARER needs a command that prints a token")
    elif options.mechanism is not None and not (options.user and options.password):
        raise BusError(f"SASL mechanism {options.mechanism} needs a user and a password")
