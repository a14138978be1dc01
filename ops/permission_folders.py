"""Which folders of the store each role reads and writes, and what for; see ``ops.permissions``."""

from __future__ import annotations

from collections.abc import Mapping

READS: Mapping[str, Mapping[str, str]] = {
    "intake": {
        "inbox": "bytes that were submitted",
        "submissions": "what came in before",
        "causes": "why a document runs again",
        "registry": "which release is live",
        "releases": "the release of a run",
        "runs": "the runs there are",
        "overwritten": "what came too late before",
        "documents": "the documents",
    },
    "gatekeeper": {
        "runs": "the run's release",
        "erasures": "whether a document that is gone was erased",
        "models": "classifier, splitter and their certificates",
        "documents": "the documents",
    },
    "extraction": {
        "runs": "the run's release",
        "erasures": "whether a document that is gone was erased",
        "bundles": "schema and prompt",
        "models": "the type's variant",
        "knowledge": "what tools answer from, where they answer in process",
        "registry": "when that was loaded",
        "documents": "pages and classification",
    },
    "validation": {
        "runs": "the run's release",
        "erasures": "whether a document that is gone was erased",
        "bundles": "schema, rules and thresholds",
        "knowledge": "what tools answer from, where they answer in process",
        "registry": "when that was loaded",
        "gates": "which gates are closed",
        "documents": "what was read and decided",
        "seen": "possible duplicates",
    },
    "review": {
        "runs": "the run's release",
        "erasures": "whether a document that is gone was erased",
        "bundles": "schema and rules",
        "documents": "records, pages, what was decided",
        "families": "near documents",
        "submissions": "what documents are called",
    },
    "catalog": {
        "submissions": "what documents are called",
        "documents": "types and decisions",
    },
    "watch": {
        "inbox": "what was put there before",
        "submissions": "what came in before",
        "runs": "where documents stand",
        "documents": "where documents stand",
        "dead_letters": "where documents stand",
        "held": "where documents stand",
    },
    "mcp": {
        "registry": "which knowledge is live",
        "knowledge": "what tools answer from",
        "documents": "passages of reviewed records",
    },
    "model": {
        "registry": "which release is live",
        "releases": "the variants of it",
        "bundles": "the fields that each of them reads",
        "models": "the variants",
    },
    "nightly": {
        "reviewed": "what was said on which day",
        "documents": "what was said, and the records it is about",
        "runs": "what a run was pinned to",
        "bundles": "the fields of a type, and what was promised of them",
        "registry": "what became live when",
        "releases": "which certificates stand",
    },
    "alerts": {
        "gates": "which gates are closed",
        "held": "how much each of them holds",
        "outages": "when outside parts did not answer",
        "audits": "what the last audit found",
        "evals": "what a night showed, which guards took over",
        "documents": "what gates are checked by",
        "registry": "what is live, and what was before",
        "releases": "the release of it",
        "bundles": "the fields of a type",
        "knowledge": "when reference data were loaded",
    },
    "shadow": {
        "reviewed": "who was right, by the day it was said",
        "documents": "records, pages, what people said",
        "runs": "what a run was pinned to",
        "bundles": "the variant in the shadow",
        "models": "likewise, where it is a local one",
        "knowledge": "what tools answer from, where they answer in process",
        "lineages": "what the variant learned from",
        "families": "what is near to that",
        "evals": "the variants that run beside live ones",
        "registry": "what is live",
        "releases": "the bundles of it",
    },
}
"""Folders of the store that a role reads, beside those that every agent does."""

WRITES: Mapping[str, Mapping[str, str]] = {
    "intake": {
        "submissions": "pins",
        "runs": "the runs it opens",
        "overwritten": "what came too late",
        "documents": "originals, outcomes, trails",
    },
    "gatekeeper": {"runs": "the runs of parts", "documents": "layouts, results, outcomes, trails"},
    "extraction": {"documents": "replies, results, outcomes, trails"},
    "validation": {
        "documents": "records, outcomes, trails",
        "seen": "business keys",
        "held": "what a closed gate keeps back",
    },
    "review": {
        "documents": "what was decided",
        "families": "which documents are near",
        "review": "the keys that draw audits and sign addresses",
        "reviewed": "what was said on which day",
        "accesses": "who was shown what",
    },
    "catalog": {"documents": "links to dead letters"},
    "watch": {"inbox": "bytes and names"},
    "mcp": {},
    "model": {},
    "nightly": {
        "evals": "what a night showed",
        "review/rates": "how many audits are drawn from now on",
        "registry": "certificates that are revoked",
        "releases": "the release without them",
    },
    "alerts": {
        "alerts": "what fires, who was told, who answered",
        "gates": "which gates close",
        "registry": "that what was live before is live again, where a rule says so",
        "releases": "the release of it",
    },
    "shadow": {
        "documents": "what the variant answered",
        "evals": "what it read otherwise, how it ended",
        "registry": "that what was live before is live again",
        "releases": "the release of it",
    },
}
"""Folders that a role writes, beside those that every agent does."""
