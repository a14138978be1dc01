"""Everything that can be set, by ``DOCTRAIL_…`` variables or a ``.env`` file; the defaults run embedded."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from schemas.errors import PermanentError

MEGABYTE = 1024 * 1024
PREFIX = "DOCTRAIL_"


class SettingsError(PermanentError):
    """A setting has no sensible value; its variable is named."""

    def __init__(self, message: str) -> None:
        super().__init__(message, reason="settings")


WINDOW = 32
"""Messages in flight of an agent that waits for nobody outside."""


class Settings(BaseSettings):
    """The settings of one installation.

    Attributes:
        commit: The git commit that runs, recorded in the trail.
        home: Folder of the embedded state.
        heartbeat: File in which a running process says that it lives; default: in ``home``. Processes on
            one machine each need their own.
        bus_url: Where envelopes move; default: an SQLite log in ``home``.
        kafka_user: Who we are to the brokers, where neither the URL nor a token says so.
        kafka_password: Its password.
        kafka_sasl: PLAIN, SCRAM-SHA-256, SCRAM-SHA-512 or OAUTHBEARER; default: as the URL says.
        kafka_token_command: Command that prints a fresh token, for OAUTHBEARER.
        kafka_ca: PEM file of who may sign the brokers' certificates; default: the system's.
        kafka_certificate: PEM file of our own certificate, where brokers ask for one.
        kafka_key: PEM file of its private key.
        kafka_session_seconds: Silence after which the brokers take a process for dead.
        topic_partitions: Partitions of a topic that ``doctrail topics create`` makes.
        topic_replicas: Copies of each record; default: as the cluster has it.
        topic_retention_days: Days that a topic keeps a record; 0 for ever. The store keeps all anyway.
        topics_compacted: Topics, separated by commas, that keep the newest record of each key longer.
        store_url: Where bytes are kept; default: a folder in ``home``.
        model_url: Who answers; default: the local model, in process.
        model_local: Who answers for local models beside an endpoint of one's own: it, or this process.
        model_fallback: Whether the local variant may read while a named model does not answer.
        model_seconds: Longest silence of a remote model; four tries must fit into a message's deadline.
        model_concurrency: Calls to a remote model at once.
        model_requests_per_minute: Quota of one model; default: none.
        model_tokens_per_minute: Likewise, of tokens asked and allowed to be answered.
        model_processes: Processes that share these quotas.
        model_prices: File of what tokens cost; default: the dated one that ships.
        router: File that says whom doubtful fields may go to (``router.json``); default: nobody.
        model_serve_token: What clients of ``doctrail model serve`` show as API key.
        model_serve_key_id: Access key id that they sign with.
        model_serve_secret: Its secret key.
        mcp_rag_url: Where the server for retrieval answers; default: in process.
        mcp_db_url: Likewise of master data.
        mcp_knowledge_graph_url: Likewise of the knowledge graph.
        mcp_token: What clients of the three servers show, and the servers ask for.
        mcp_hosts: Names, separated by commas, by which clients may call a server of ours.
        mcp_database_url: Database that master data are loaded into and asked from; default: memory.
        mcp_calls: Most tool calls for one document and stage.
        mcp_seconds: Longest time a tool may take.
        database_url: Where the catalog lives; default: SQLite in ``home``.
        review_oidc_issuer: Address of an OpenID Connect provider that lets reviewers in, with ``--auth``.
        review_oidc_client_id: What we are called there.
        review_oidc_client_secret: Our secret there.
        review_oidc_claim: What of its tokens is a reviewer's name here.
        review_serve: Whether `doctrail run` on the embedded bus serves the review page too, on loopback.
        review_port: Where; 0 takes a free port.
        a2i_flow: ARN of the Amazon A2I flow definition that `doctrail review a2i` asks.
        a2i_staging: `s3://bucket/prefix` that its workers' pages are put under.
        a2i_at_once: Tasks in its hands at once.
        review_audit_rate: Share of accepted and partial records that a person checks whole.
        review_audit_rates: The same by type, where it differs (``invoice=0.1,lease=0.05``).
        review_all_fields_share: Share of reviews that ask every field, so that audits can't be told apart.
        review_double_share: Share of tasks that a second person gets, unseen by the first.
        review_blind_share: Share of tasks that a further person gets with empty fields.
        review_oldest_first: Types, separated by commas, whose reviews come by age and not by worth.
        review_quotas: Share of each reviewer's claims kept for a lane (``audit=0.2,gold=0.05``).
        review_due_hours: Hours after which a lane's tasks come first, by type where it differs
            (``routed=8,lease.routed=2``).
        review_release_seconds: How long a decision can be undone.
        review_admin_password: Of the reviewer ``admin``, whom ``doctrail init`` adds where it is set.
        doctypes: Folder of the document types; default: those that ship with doctrail.
        classifier: Folder of the type classifier; default: the one that ships with doctrail.
        splitter: Likewise of the splitter of packets.
        inbox: Folder that ``file:`` uris may name; none by default.
        ingest_prefixes: Foreign objects that may be read: ``s3://bucket/folder``, separated by commas.
        accept_generated_certificates: Whether confidence certified on generated samples may accept.
        min_quality: Documents of lower quality (0..1) go to a person.
        max_file_mb: Largest file taken, in megabytes; the catalog counts bytes up to 2 GB.
        max_pages: Most pages of one document.
        read_seconds: Longest time spent on reading one document.
        read_step_seconds: Longest time spent on opening it, or on one page.
        read_memory_mb: Most memory of a reading process.
        max_page_megapixels: Largest page image.
        max_parts: Most documents in one e-mail or archive, those in containers within it included.
        max_unpacked_mb: What all of them may unpack to, in megabytes.
        max_nesting: Containers within containers that are opened, one inside the other.
        page_workers: Reading processes.
        window: Messages in flight per agent; None: ``window_of`` decides.
        deadline_seconds: Longest time spent on one message.
        operations: File with the operator's own figures (costs, promises) over those that ship.
        alerts: File that says what is watched and who is told, over the one that ships.
        log_level: From which level on to log; default: each command's own.
    """

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_file=".env", extra="ignore", frozen=True, allow_inf_nan=False
    )

    commit: str = ""
    home: Path = Path(".doctrail")
    heartbeat: Path | None = None
    bus_url: str = ""
    kafka_user: str | None = None
    kafka_password: SecretStr | None = None
    kafka_sasl: str | None = None
    kafka_token_command: SecretStr | None = None
    kafka_ca: Path | None = None
    kafka_certificate: Path | None = None
    kafka_key: Path | None = None
    kafka_session_seconds: Annotated[float, Field(ge=6, le=1800)] = 15.0
    topic_partitions: Annotated[int, Field(ge=1)] = 6
    topic_replicas: Annotated[int, Field(ge=1)] | None = None
    topic_retention_days: Annotated[float, Field(ge=0)] = 7.0
    topics_compacted: str = ""
    store_url: str = ""
    model_url: str = "local:"
    model_local: Literal["endpoint", "here"] = "endpoint"
    model_fallback: bool = False
    model_seconds: Annotated[float, Field(gt=0)] = 120.0
    model_concurrency: Annotated[int, Field(ge=1, le=1000)] = 32
    model_requests_per_minute: Annotated[float, Field(gt=0)] | None = None
    model_tokens_per_minute: Annotated[float, Field(gt=0)] | None = None
    model_processes: Annotated[int, Field(ge=1)] = 1
    model_prices: Path | None = None
    router: Path | None = None
    model_serve_token: SecretStr | None = None
    model_serve_key_id: str | None = None
    model_serve_secret: SecretStr | None = None
    mcp_rag_url: str = ""
    mcp_db_url: str = ""
    mcp_knowledge_graph_url: str = ""
    mcp_token: SecretStr | None = None
    mcp_hosts: str = ""
    mcp_database_url: SecretStr | None = None
    mcp_calls: Annotated[int, Field(ge=0, le=100)] = 8
    mcp_seconds: Annotated[float, Field(gt=0)] = 30.0
    database_url: str = ""
    review_admin_password: SecretStr | None = None
    review_oidc_issuer: str = ""
    review_oidc_client_id: str = ""
    review_oidc_client_secret: SecretStr | None = None
    review_oidc_claim: str = "email"
    review_serve: bool = True
    review_port: Annotated[int, Field(ge=0, le=65535)] = 8765
    a2i_flow: str = ""
    a2i_staging: str = ""
    a2i_at_once: Annotated[int, Field(ge=1, le=1000)] = 6
    review_audit_rate: Annotated[float, Field(ge=0, le=1)] = 0.02
    review_audit_rates: str = ""
    review_all_fields_share: Annotated[float, Field(ge=0, le=1)] = 0.10
    review_double_share: Annotated[float, Field(ge=0, le=1)] = 0.05
    review_blind_share: Annotated[float, Field(ge=0, le=1)] = 0.01
    review_oldest_first: str = ""
    review_quotas: str = ""
    review_due_hours: str = ""
    review_release_seconds: Annotated[float, Field(ge=0, le=3600)] = 15.0
    doctypes: Path | None = None
    classifier: Path | None = None
    splitter: Path | None = None
    inbox: Path | None = None
    ingest_prefixes: str = ""
    accept_generated_certificates: bool = False
    min_quality: Annotated[float, Field(ge=0.0, le=1.0)] = 0.35
    max_file_mb: Annotated[int, Field(ge=1, le=2000)] = 200
    max_pages: Annotated[int, Field(ge=1)] = 500
    read_seconds: Annotated[float, Field(gt=0)] = 600.0
    read_step_seconds: Annotated[float, Field(gt=0)] = 180.0
    read_memory_mb: Annotated[int, Field(ge=256)] = 1430
    max_page_megapixels: Annotated[float, Field(gt=0)] = 120.0
    max_parts: Annotated[int, Field(ge=1)] = 1000
    max_unpacked_mb: Annotated[int, Field(ge=1)] = 400
    max_nesting: Annotated[int, Field(ge=0)] = 5
    page_workers: Annotated[int, Field(ge=1)] = 2
    window: Annotated[int, Field(ge=1)] | None = None
    deadline_seconds: Annotated[float, Field(gt=0)] = 900.0
    operations: Path | None = None
    alerts: Path | None = None
    log_level: Literal["debug", "info", "warning", "error"] | None = None

    def window_of(self, agent: str) -> int:
        """Return how many messages an agent has in flight.

        The agent that asks remote models has twice as many as it may ask at once: while some are stored and
        published, the others keep every call of the model busy.
        """
        if self.window is not None:
            return self.window
        return max(WINDOW, 2 * self.model_concurrency) if agent == "extraction" else WINDOW

    @property
    def bus(self) -> str:
        """The bus URL in force."""
        return self.bus_url or f"sqlite:///{self.home}/bus.db"

    @property
    def store(self) -> str:
        """The store URL in force."""
        return self.store_url or f"file://{self.home}/objects"

    @property
    def database(self) -> str:
        """The database URL in force."""
        return self.database_url or f"sqlite:///{self.home}/doctrail.db"

    @property
    def reviews(self) -> str:
        """The database URL of the review queue: the catalog's server, but never its file.

        A damaged catalog is removed and rebuilt; the queue holds what nothing else has.
        """
        if not self.database.startswith("sqlite:"):
            return self.database
        folder, slash, _ = self.database.rpartition("/")
        return f"{folder}{slash}reviews.db"

    @property
    def heartbeat_file(self) -> Path:
        """The heartbeat's place in force."""
        return self.heartbeat or self.home / "heartbeat.json"

    @property
    def max_bytes(self) -> int:
        """Largest file taken, in bytes."""
        return self.max_file_mb * MEGABYTE

    @property
    def embedded(self) -> bool:
        """Whether the bus lives in ``home``, so that one process runs everything."""
        return self.bus.startswith("sqlite:")


def load_settings() -> Settings:
    """Return the settings of the environment.

    Raises:
        SettingsError: A variable has no sensible value.
    """
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        name = PREFIX + "_".join(str(part) for part in first["loc"]).upper()
        raise SettingsError(f"{name}: {first['msg']}") from error
