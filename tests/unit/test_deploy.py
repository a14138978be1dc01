"""The Kubernetes files: by Kubernetes' own schemas, and by the agents there are."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from app.workers import AGENTS
from ops.alerts.plan import load_plan
from schemas.topics import READ

ROOT = Path(__file__).parents[2] / "deploy" / "kubernetes"
BASE = ROOT / "base"


def documents() -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every object of the base with the file it is in."""
    for name in yaml.safe_load((BASE / "kustomization.yaml").read_text())["resources"]:
        for document in yaml.safe_load_all((BASE / name).read_text()):
            yield name, document


EVERY = list(documents())
OVERLAY = yaml.safe_load((ROOT / "overlays" / "example" / "kustomization.yaml").read_text())
ALONE = {"alerts", "shadow"}
"""What runs beside the agents, once: two would tell, or pay, everything twice."""


def of_kind(kind: str) -> dict[str, dict[str, Any]]:
    return {one["metadata"]["name"]: one for _, one in EVERY if one["kind"] == kind}


def pods() -> dict[str, dict[str, Any]]:
    """Return what runs, by name, however it is started."""
    specs = {name: one["spec"] for kind in ("Deployment", "Job") for name, one in of_kind(kind).items()}
    specs |= {name: one["spec"]["jobTemplate"]["spec"] for name, one in of_kind("CronJob").items()}
    return {name: spec["template"]["spec"] for name, spec in specs.items()}


@pytest.mark.parametrize(
    "document",
    [one for _, one in EVERY],
    ids=[f"{one['kind']}-{one['metadata']['name']}" for _, one in EVERY],
)
def test_every_object_is_one_that_kubernetes_takes(document: dict[str, Any]) -> None:
    if document["apiVersion"].startswith("keda.sh/"):
        # No schema of KEDA's is at hand; what it names is held against the agents below.
        assert document["kind"] == "ScaledObject"
        return
    kubernetes_validate.validate(document, "1.37", strict=True)


def test_every_file_is_in_the_kustomization() -> None:
    listed = {name for name, _ in EVERY} | {"kustomization.yaml"}

    assert listed == {path.name for path in BASE.iterdir()}


def test_every_agent_has_a_deployment_with_probes_an_account_and_a_budget() -> None:
    deployments = of_kind("Deployment")

    assert set(deployments) == {*AGENTS, "reviews", *ALONE}
    assert set(of_kind("PodDisruptionBudget")) == set(deployments) - ALONE
    assert set(of_kind("ServiceAccount")) == {*deployments, "init", "nightly"}
    for agent in AGENTS:
        (container,) = deployments[agent]["spec"]["template"]["spec"]["containers"]
        assert container["args"] == ["run", "--only", agent]
        assert container["livenessProbe"]["exec"]["command"] == ["doctrail", "health"]


def test_what_runs_beside_the_agents_runs_once_and_says_whether_it_lives() -> None:
    for name, command in (("alerts", ["alerts", "run"]), ("shadow", ["shadow", "run", "--every", "300"])):
        spec = of_kind("Deployment")[name]["spec"]
        (container,) = spec["template"]["spec"]["containers"]
        assert (spec["replicas"], spec["strategy"]) == (1, {"type": "Recreate"})
        assert container["args"] == command
        assert container["livenessProbe"]["exec"]["command"] == ["doctrail", "health"]


def test_the_alerts_are_given_a_plan_that_can_be_read_and_passwords_by_reference(tmp_path: Path) -> None:
    pod = pods()["alerts"]
    (container,) = pod["containers"]
    (named,) = [one["value"] for one in container["env"] if one["name"] == "DOCTRAIL_ALERTS"]
    (plan, passwords) = pod["volumes"][1:]
    written = of_kind("ConfigMap")[plan["configMap"]["name"]]["data"]
    (tmp_path / "alerts.toml").write_text(written["alerts.toml"])

    assert named == "/etc/doctrail/alerts.toml"
    assert load_plan(tmp_path / "alerts.toml").rule == load_plan(None).rule
    assert passwords["secret"] == {"secretName": "doctrail-channels", "optional": True}


def test_applying_does_not_undo_what_is_scaled_by_load() -> None:
    scaled = {one["spec"]["scaleTargetRef"]["name"] for one in of_kind("ScaledObject").values()}

    assert scaled
    assert not [name for name in scaled if "replicas" in of_kind("Deployment")[name]["spec"]]


def test_the_example_overlay_patches_what_is_there() -> None:
    there = {(one["kind"], one["metadata"]["name"]) for _, one in EVERY}
    (told, scaled) = OVERLAY["patches"]

    assert (told["target"]["kind"], told["target"]["name"]) in there
    kubernetes_validate.validate(yaml.safe_load(told["patch"]), "1.37", strict=True)
    assert scaled["target"] == {"kind": "ScaledObject"}


def test_the_brokers_that_scaling_asks_are_those_of_the_agents() -> None:
    (told, scaled) = (yaml.safe_load(patch["patch"]) for patch in OVERLAY["patches"])
    base = of_kind("ConfigMap")["doctrail"]["data"]["DOCTRAIL_BUS_URL"]
    servers, tls = scaled

    for one in of_kind("ScaledObject").values():
        assert f"kafka://{one['spec']['triggers'][0]['metadata']['bootstrapServers']}" == base
    assert servers["path"] == "/spec/triggers/0/metadata/bootstrapServers"
    assert f"kafka+tls://{servers['value']}" == told["data"]["DOCTRAIL_BUS_URL"]
    assert (tls["path"], tls["value"]) == ("/spec/triggers/0/metadata/tls", "enable")


def test_every_pod_is_without_rights_it_does_not_need() -> None:
    for pod in pods().values():
        (container,) = pod["containers"]
        assert pod["securityContext"]["runAsNonRoot"]
        assert container["securityContext"]["readOnlyRootFilesystem"]
        assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
        assert container["resources"]["limits"]["memory"]


def test_scaling_looks_at_topics_that_the_agent_reads_and_stays_below_their_partitions() -> None:
    partitions = int(of_kind("ConfigMap")["doctrail"]["data"]["DOCTRAIL_TOPIC_PARTITIONS"])
    for name, scaled in of_kind("ScaledObject").items():
        (trigger,) = scaled["spec"]["triggers"]
        about = trigger["metadata"]
        assert about["consumerGroup"] == name == scaled["spec"]["scaleTargetRef"]["name"]
        assert name in READ[about["topic"]].consumers
        assert scaled["spec"]["maxReplicaCount"] <= partitions


def test_only_who_needs_the_database_is_told_where_it_is() -> None:
    told = {
        name
        for name, pod in pods().items()
        if any("secretRef" in source for source in pod["containers"][0]["envFrom"])
    }
    (allowed,) = of_kind("NetworkPolicy")["database"]["spec"]["podSelector"]["matchExpressions"]

    wanted = {"catalog", "init", "nightly", "review", "reviews", *ALONE}
    assert told == wanted == set(allowed["values"])
    assert of_kind("Secret") == {}
