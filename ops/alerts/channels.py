"""Telling somebody: the log, a webhook, mail, SNS; each within its time, none in another's way."""

from __future__ import annotations

import asyncio
import http.client
import json
import smtplib
import ssl
import threading
import urllib.error
import urllib.request
from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from email.message import EmailMessage
from urllib.parse import urlsplit

import structlog

from ops.alerts.errors import ChannelError
from ops.alerts.plan import Channel, Plan
from ops.alerts.state import Notice

log = structlog.get_logger("alerts")

TOO_OLD = timedelta(hours=24)
"""A notice that could not be delivered for so long is given up; that it was is an alert of its own."""


_FOR_GOOD = 500
"""From here on what an SMTP server answers to a mail holds for that mail for good."""

Send = Callable[[Channel, Notice], None]


def send(channel: Channel, notice: Notice) -> None:
    """Deliver a notice; returns once the other side has taken it.

    Raises:
        ChannelError: It did not, or not in time.
    """
    try:
        _SENDERS[channel.kind](channel, notice)
    except ChannelError:
        raise
    except urllib.error.HTTPError as error:
        error.close()
        raise ChannelError(channel.name, f"answered {error.code}", refused=_about_this(error.code)) from error
    except smtplib.SMTPDataError as error:
        refused = error.smtp_code >= _FOR_GOOD
        raise ChannelError(channel.name, _why(channel, error), refused=refused) from error
    except (OSError, smtplib.SMTPException, http.client.HTTPException, ValueError) as error:
        raise ChannelError(channel.name, _why(channel, error)) from error


def _about_this(status: int) -> bool:
    """Whether an HTTP answer is about what was sent: not too much of it, and not the other side's trouble."""
    return 400 <= status < 500 and status not in (408, 429)


def _why(channel: Channel, error: Exception) -> str:
    """Return in words why a channel took nothing, and at which host: the whole address may be a secret."""
    place = urlsplit(channel.url).netloc.rpartition("@")[2] if channel.url else ""
    place = f"{channel.host}:{channel.port}" if channel.host else place
    cause = error.reason if isinstance(error, urllib.error.URLError) else error
    said = (cause.strerror or "").lower() if isinstance(cause, OSError) else ""
    if isinstance(cause, http.client.HTTPException):
        said = "no answer in HTTP"
    said = said or str(cause) or type(cause).__name__
    return f"{said} at {place}" if place else said


def _log(channel: Channel, notice: Notice) -> None:
    log.warning(
        "alert", channel=channel.name, severity=notice.severity, title=notice.title, at=str(notice.at)
    )


def _webhook(channel: Channel, notice: Notice) -> None:
    body = {
        "id": notice.notice_id,
        "severity": notice.severity,
        "title": notice.title,
        "text": notice.text,
        "runbook": notice.runbook,
        "at": notice.at.isoformat(),
    }
    request = urllib.request.Request(  # noqa: S310 (the plan takes http and https alone)
        channel.url or "",
        json.dumps(body).encode(),
        {"Content-Type": "application/json", "Idempotency-Key": notice.notice_id},
    )
    with urllib.request.urlopen(request, timeout=channel.seconds) as answer:  # noqa: S310
        answer.read(1)


def _smtp(channel: Channel, notice: Notice) -> None:
    mail = EmailMessage()
    mail["Subject"] = " ".join(notice.title.split())[:200]
    mail["From"] = channel.sender or ""
    mail["To"] = ", ".join(channel.to)
    mail["Message-ID"] = f"<{notice.notice_id}@doctrail.invalid>"
    mail.set_content(notice.text)
    host, secure = channel.host or "", ssl.create_default_context()
    with (
        smtplib.SMTP_SSL(host, channel.port, timeout=channel.seconds, context=secure)
        if channel.tls
        else smtplib.SMTP(host, channel.port, timeout=channel.seconds)
    ) as server:
        if not channel.tls and server.has_extn("starttls"):
            server.starttls(context=secure)
        if channel.user is not None:
            password = channel.password_file.read_text().strip() if channel.password_file else ""
            server.login(channel.user, password)
        server.send_message(mail)


def _sns(channel: Channel, notice: Notice) -> None:
    from ops.alerts.sns import publish

    publish(channel, notice)


_SENDERS: dict[str, Send] = {"log": _log, "webhook": _webhook, "smtp": _smtp, "sns": _sns}


async def deliver(
    plan: Plan, outbox: Sequence[Notice], now: datetime, *, send: Send = send
) -> tuple[list[Notice], list[Notice]]:
    """Try to deliver every notice; return those that arrived, and those that did not, with why.

    Channels don't wait for each other: within one, notices go in order, and after a failure the rest of
    them waits for the next look, unless it was a notice that the channel won't have. Notices too old to
    matter are left out of both.
    """
    by_channel: dict[str, list[Notice]] = defaultdict(list)
    for notice in outbox:
        if now - notice.at < TOO_OLD:
            by_channel[notice.channel].append(notice)
    known = {one.name: one for one in plan.channel}
    arrived: list[Notice] = []
    left: list[Notice] = []

    async def one_channel(name: str, notices: Sequence[Notice]) -> None:
        for place, notice in enumerate(notices):
            try:
                await _within_its_time(known.get(name), notice, send)
            except ChannelError as error:
                why = str(error)
                log.warning("alert.undelivered", channel=name, why=why)
                failed = notice.model_copy(update={"tries": notice.tries + 1, "problem": why})
                left.append(failed)
                if not error.refused:
                    left.extend(notices[place + 1 :])
                    return
            else:
                arrived.append(notice)

    async with asyncio.TaskGroup() as group:
        for name, notices in by_channel.items():
            group.create_task(one_channel(name, notices))
    return arrived, left


async def _within_its_time(channel: Channel | None, notice: Notice, send: Send) -> None:
    """Deliver in a thread of its own, which nobody waits for longer than the channel may take.

    Raises:
        ChannelError: It was not taken, or not in time.
    """
    if channel is None:
        raise ChannelError(notice.channel, "there is no such channel any more")
    loop = asyncio.get_running_loop()
    done: asyncio.Future[None] = loop.create_future()

    def settle(error: BaseException | None) -> None:
        if not done.done():
            done.set_exception(error) if error else done.set_result(None)

    def work() -> None:
        problem: BaseException | None = None
        try:
            send(channel, notice)
        except ChannelError as error:
            problem = error
        except BaseException as error:  # noqa: BLE001 (whatever ails one channel, the others are to be told)
            problem = ChannelError(channel.name, f"failed with {type(error).__name__}")
            problem.__cause__ = error
        with suppress(RuntimeError):  # the loop may have ended meanwhile
            loop.call_soon_threadsafe(settle, problem)

    # A daemon: an endpoint that dribbles for ever must not keep this process from ending.
    threading.Thread(target=work, name=f"alert-{channel.name}", daemon=True).start()
    try:
        async with asyncio.timeout(channel.seconds + 1):
            await done
    except TimeoutError as error:
        raise ChannelError(channel.name, f"no answer in {channel.seconds:g} s") from error
