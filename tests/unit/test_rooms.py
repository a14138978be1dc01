"""What holds for every room: names, imports, sizes, and what no committed text may say."""

from __future__ import annotations

import ast
import importlib
import importlib.metadata
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import TypeAdapter

from schemas.forms import Code

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
ROOMS: list[str] = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
MAX_LINES = 400

SDKS = {
    "aiokafka": {"bus/kafka"},
    "aiolimiter": {"inference/endpoints/limits.py"},
    "alembic": {"catalog/", "review/"},
    "anthropic": {"inference/endpoints/anthropic.py"},
    "boto3": {
        "inference/endpoints/bedrock.py",
        "review/a2i/loops.py",
        "ops/alerts/sns.py",
        "store/s3_client.py",
    },
    "cv2": {"pages/"},
    "jinja2": {"ops/trace/views/html.py", "review/"},
    "jsonschema": {"schemas/", "doctypes/", "agents/asking.py"},
    "jsonschema_rs": {"agents/asking.py"},
    "mcp": {"app/knowledge.py", "mcp_servers/", "inference/tools/"},
    "mcp_types": {"mcp_servers/", "inference/tools/"},
    "obstore": {"store/s3.py"},
    "onnxruntime": {"pages/"},
    "opentelemetry": {"bus/tracing.py", "bus/metering.py", "inference/telemetry.py", "app/t"},
    "pi_heif": {"pages/"},
    "PIL": {"pages/", "samples/", "ops/doctor", "inference/digitiser/picture.py"},
    "psutil": {"pages/", "ops/doctor"},
    "psycopg": {"catalog/"},
    "pydantic_settings": {"app/misspelt.py", "app/settings.py"},
    "pyoxigraph": {"mcp_servers/knowledge_graph/"},
    "pypdfium2": {"pages/"},
    "rapidfuzz": {
        "agents/",
        "app/misspelt.py",
        "catalog/",
        "evals/",
        "inference/",
        "doctypes/",
        "mcp_servers/",
        "ops/",
    },
    "rapidocr": {"pages/pictures/ocr.py"},
    "reportlab": {"samples/"},
    "rfc8785": {"schemas/canonical.py"},
    "rich": {"app/", "ops/trace/views/text.py"},
    "scipy": {"evals/", "inference/", "ops/"},
    "selectolax": {"pages/"},
    "sklearn": {"inference/"},
    "sqlalchemy": {"catalog/", "mcp_servers/db/", "ops/doctor", "review/"},
    "argon2": {"review/"},
    "authlib": {"review/people/oidc.py"},
    "joserfc": {"review/people/oidc.py"},
    "sqlite3": {"bus/", "catalog/", "mcp_servers/rag/"},
    "stamina": {"bus/retry.py"},
    "starlette": {"inference/serve/", "mcp_servers/", "review/"},
    "stdnum": {"doctypes/rules_v1.py", "mcp_servers/", "samples/"},
    "tinycss2": {"pages/"},
    "typer": {"app/"},
    "uvicorn": {"inference/serve/", "mcp_servers/", "review/"},
    "uvloop": {"app/looping.py"},
    "watchfiles": {"ops/watch/news.py"},
    "pyarrow": {"ops/parquet.py"},
}
"""Where a library may be imported: one file, or one room where a file is too little (a path's beginning).

``ops/doctor`` exercises what the adapters stand on."""


def sources() -> list[Path]:
    return sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))


def committed() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z"],  # noqa: S607 (the git of whoever runs the tests)
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    paths = (ROOT / name for name in listed.stdout.decode().split("\0") if name)
    return [path for path in paths if path.is_file()]


def texts() -> Iterator[tuple[Path, str]]:
    for path in committed():
        try:
            yield path, path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue


def test_no_dependency_brings_a_package_with_the_name_of_a_room() -> None:
    taken = {
        name: [one for one in distributions if one != "doctrail"]
        for name, distributions in importlib.metadata.packages_distributions().items()
        if name in ROOMS
    }

    assert {name: others for name, others in taken.items() if others} == {}


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_resolves_to_ours(room: str) -> None:
    package = importlib.import_module(room)

    assert Path(str(package.__file__)).parent == ROOT / room


def test_every_room_is_in_the_wheel_and_under_the_import_contract() -> None:
    here = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests", "benchmarks"}

    assert here == set(ROOMS)
    assert here == set(PROJECT["tool"]["importlinter"]["root_packages"])


@pytest.mark.slow
def test_nothing_connects_reads_the_environment_or_writes_at_import(tmp_path: Path) -> None:
    script = Path(__file__).with_name("import_everything.py")
    answer = subprocess.run(
        [sys.executable, str(script), str(ROOT), *ROOMS],
        cwd=tmp_path,
        env={},
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )

    assert (answer.stdout.splitlines(), answer.stderr) == (["imported"], "")


def test_an_sdk_appears_only_where_its_adapter_is() -> None:
    strays = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in sources()
        for name in imported(path)
        if name in SDKS
        and not any(path.relative_to(ROOT).as_posix().startswith(place) for place in SDKS[name])
    ]

    assert strays == []


def imported(path: Path) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            names.add((node.module or "").partition(".")[0])
    return names


def test_every_reason_is_a_code_that_a_dead_letter_can_carry() -> None:
    code = TypeAdapter(Code)
    reasons = {
        keyword.value.value
        for path in sources()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        for keyword in node.keywords
        if keyword.arg == "reason" and isinstance(keyword.value, ast.Constant)
    }

    assert reasons
    assert [code.validate_python(reason) for reason in reasons - {None}]


def test_no_source_file_is_longer_than_400_lines() -> None:
    long = {
        str(path.relative_to(ROOT)): lines
        for path in committed()
        if path.suffix == ".py" and (lines := path.read_bytes().count(b"\n")) > MAX_LINES
    }

    assert long == {}


def test_no_committed_text_names_a_machine_path_a_registry_or_a_key() -> None:
    words = [
        r"/(?:work|farm|root|home/[a-z]+|tmp)/[\w.-]+",
        r"https?://[\w.-]*(?:pypi|npmjs|crates\.io|maven|proxy\.golang)[\w./-]*",
        r"files\.python" + "hosted",
        r"--(?:extra-)?index-" + "url",
        r"AKIA[0-9A-Z]{16}",
        r"-----BEGIN [A-Z ]*PRIVATE " + "KEY",
    ]
    pattern = re.compile("|".join(words))
    said = [
        f"{path.relative_to(ROOT)}: {found[0]}"
        for path, text in texts()
        if path != Path(__file__) and (found := pattern.search(text))
    ]

    assert said == []


def test_no_committed_file_is_large() -> None:
    large = {str(path.relative_to(ROOT)) for path in committed() if path.stat().st_size > 1_500_000}

    assert large == set()


def test_no_committed_text_is_left_unfinished() -> None:
    unfinished = re.compile(r"\b(?:TO" + r"DO|FIX" + r"ME)\b")

    assert [str(path.relative_to(ROOT)) for path, text in texts() if unfinished.search(text)] == []
