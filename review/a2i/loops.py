"""Human loops by boto3: started under names that can't be used twice, looked at, and read when they end."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from schemas.errors import PermanentError, TransientError

TARGET = "a2i"
_SETTINGS = Config(connect_timeout=5, read_timeout=60, retries={"total_max_attempts": 1})
_PASSING = {
    "ThrottlingException",
    "InternalServerException",
    "InternalServerError",
    "ServiceUnavailable",
    "SlowDown",
    "RequestTimeout",
    "503",
    "500",
}
_NEEDED = {
    "StartHumanLoop": "sagemaker:StartHumanLoop on the flow definition",
    "DescribeHumanLoop": "sagemaker:DescribeHumanLoop on arn:aws:sagemaker:*:*:human-loop/doctrail-*",
    "ListHumanLoops": "sagemaker:ListHumanLoops on the flow definition",
    "PutObject": "s3:PutObject on the staging prefix",
    "DeleteObject": "s3:DeleteObject on the staging prefix",
    "GetObject": "s3:GetObject on the flow's output prefix",
}


class A2IError(PermanentError):
    """A2I refuses; the sentence says what is missing or wrong."""


@dataclass(frozen=True, slots=True)
class Loop:
    """Where a human loop stands.

    Attributes:
        status: InProgress, Completed, Failed, Stopping or Stopped.
        output: Where its answers lie, once it is completed.
        why: Why it failed.
    """

    status: str
    output: str | None = None
    why: str | None = None


class Loops(Protocol):
    """What the desk needs of A2I; every call blocks."""

    def stage(self, key: str, data: bytes, media_type: str) -> str:
        """Put an object where workers' pages may read it, and return its uri."""
        ...

    def start(self, name: str, content: Mapping[str, Any]) -> bool:
        """Start a loop; False where one of that name was started before."""
        ...

    def look(self, name: str) -> Loop:
        """Return where a loop stands."""
        ...

    def answers(self, output: str) -> list[dict[str, Any]]:
        """Return what people answered (``humanAnswers``)."""
        ...

    def exercise(self) -> str:
        """Use every permission that is needed once, and return what works in words.

        Raises:
            A2IError: One is missing; it is named with the statement that would grant it.
        """
        ...


class A2ILoops:
    """Loops of one flow definition.

    Args:
        flow: ARN of the flow definition.
        staging: ``s3://bucket/prefix`` that the flow's role may read.
        runtime: boto3's client of ``sagemaker-a2i-runtime``; default: by the usual chain.
        objects: boto3's client of ``s3``; likewise.
    """

    def __init__(self, flow: str, staging: str, *, runtime: Any = None, objects: Any = None) -> None:
        parts = flow.split(":")
        if len(parts) < 6 or not parts[5].startswith("flow-definition/"):
            raise A2IError(
                f"{flow!r} is no flow definition; it looks like "
                "arn:aws:sagemaker:REGION:ACCOUNT:flow-definition/NAME",
                reason="loop_flow",
            )
        self._flow = flow
        self._bucket, self._prefix = _place(staging)
        self._runtime = runtime or boto3.client(
            "sagemaker-a2i-runtime", region_name=parts[3], config=_SETTINGS
        )
        self._objects = objects or boto3.client("s3", region_name=parts[3], config=_SETTINGS)

    def stage(self, key: str, data: bytes, media_type: str) -> str:
        """Put an object where workers' pages may read it, and return its uri."""
        whole = f"{self._prefix}{key}"
        self._ask(
            "PutObject",
            lambda: self._objects.put_object(
                Bucket=self._bucket, Key=whole, Body=data, ContentType=media_type
            ),
        )
        return f"s3://{self._bucket}/{whole}"

    def start(self, name: str, content: Mapping[str, Any]) -> bool:
        """Start a loop; False where one of that name was started before."""
        try:
            self._runtime.start_human_loop(
                HumanLoopName=name,
                FlowDefinitionArn=self._flow,
                HumanLoopInput={"InputContent": json.dumps(content, ensure_ascii=False)},
                DataAttributes={"ContentClassifiers": ["FreeOfAdultContent"]},
            )
        except ClientError as error:
            if error.response["Error"]["Code"] == "ConflictException":
                return False
            raise _meant("StartHumanLoop", error) from error
        except BotoCoreError as error:
            raise TransientError(f"A2I did not answer: {type(error).__name__}", target=TARGET) from error
        return True

    def look(self, name: str) -> Loop:
        """Return where a loop stands."""
        found = self._ask("DescribeHumanLoop", lambda: self._runtime.describe_human_loop(HumanLoopName=name))
        output = found.get("HumanLoopOutput") or {}
        return Loop(found["HumanLoopStatus"], output.get("OutputS3Uri"), found.get("FailureReason"))

    def answers(self, output: str) -> list[dict[str, Any]]:
        """Return what people answered (``humanAnswers``)."""
        bucket, key = _place(output, folder=False)

        def read() -> bytes:
            body: bytes = self._objects.get_object(Bucket=bucket, Key=key)["Body"].read()
            return body

        body = self._ask("GetObject", read)
        try:
            found: list[dict[str, Any]] = json.loads(body)["humanAnswers"]
        except (ValueError, KeyError, TypeError) as error:
            raise A2IError(f"{output} is no output of a human loop", reason="loop_output") from error
        return found

    def exercise(self) -> str:
        """Use every permission that is needed once, and return what works in words."""
        key = f"{self._prefix}doctor"
        self.stage("doctor", b"doctrail doctor\n", "text/plain")
        self._ask("DeleteObject", lambda: self._objects.delete_object(Bucket=self._bucket, Key=key))
        self._ask(
            "ListHumanLoops",
            lambda: self._runtime.list_human_loops(FlowDefinitionArn=self._flow, MaxResults=1),
        )
        return f"{self._flow.rpartition('/')[2]} answers, s3://{self._bucket}/{self._prefix} takes objects"

    def _ask(self, action: str, call: Any) -> Any:
        try:
            return call()
        except ClientError as error:
            raise _meant(action, error) from error
        except BotoCoreError as error:
            raise TransientError(f"A2I did not answer: {type(error).__name__}", target=TARGET) from error


def _meant(action: str, error: ClientError) -> TransientError | A2IError:
    code = str(error.response["Error"].get("Code", "error"))
    if code in _PASSING:
        return TransientError(f"A2I: {action}: {code}", target=TARGET)
    if "AccessDenied" in code or code in ("403", "UnrecognizedClientException", "InvalidSignatureException"):
        return A2IError(f"A2I: {action} is denied: allow {_NEEDED[action]}", reason="loop_denied")
    said = str(error.response["Error"].get("Message", ""))[:200]
    return A2IError(f"A2I: {action}: {code}: {said}", reason="human_loop")


def _place(uri: str, *, folder: bool = True) -> tuple[str, str]:
    scheme, _, rest = uri.partition("://")
    bucket, _, key = rest.partition("/")
    if scheme != "s3" or not bucket:
        raise A2IError(f"{uri!r} is no place in S3; it looks like s3://bucket/prefix", reason="loop_place")
    return bucket, f"{key.strip('/')}/" if folder and key.strip("/") else key
