"""Assembling the record of a run: rules, grounding, duplicates, people's decisions, coverage."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from agents.bundles import PinnedParts, part, pinned_bundle
from agents.consulting import Consultation
from agents.stage import Work
from agents.validation.decide import Policy, broken_rules, coverage, decide_field, record_status
from agents.validation.doubts import about_values
from agents.validation.duplicates import business_key, copies_of, others_with
from agents.validation.files import with_files
from agents.validation.lookups import looked_up
from agents.validation.masks import MASKS_VERSION, with_mask
from agents.validation.people import as_field, decided_fields
from agents.validation.stated import AgainstPage, decide_stated
from agents.validation.tables import about_tables, unaccounted
from agents.validation.whole import about_record
from doctypes.definition import DocType
from doctypes.folder import DIGITISER
from doctypes.lookups import Answers
from doctypes.rules_v1 import Facts
from doctypes.runner import evaluate
from inference.tools.known import SERVER_OF
from inference.tools.toolbox import Toolbox
from schemas.decided import Decision
from schemas.fields import FieldValue
from schemas.histories import HISTORY
from schemas.objects import ObjectRef
from schemas.results import (
    ArtifactKind,
    Degradation,
    Extraction,
    FieldDecision,
    Lookup,
    Record,
    RecordField,
    RuleVerdict,
)
from store.artifacts import get_artifact
from store.releases import Bundle, RunManifest
from store.stages import keep_result, recall_result, stage_key

STAGE_VERSION = 7
"""Raised when the same inputs would give another record."""


@dataclass(frozen=True, slots=True)
class Evidenced:
    """An extraction with the references it is filed under."""

    extraction: Extraction
    ref: ObjectRef
    classification: ObjectRef


@dataclass(frozen=True, slots=True)
class Assembler:
    """Makes records; everything it judges by is pinned in the run.

    Attributes:
        toolbox: Whom rules may ask; None where there are no tools.
    """

    parts: PinnedParts
    toolbox: Toolbox | None = None

    async def record(
        self, work: Work, manifest: RunManifest, found: Evidenced, decisions: Sequence[Decision], today: date
    ) -> tuple[Record, ObjectRef, bool]:
        """Return the record, its reference, and whether it was computed now."""
        bundle = pinned_bundle(manifest.release, found.extraction.doc_type)
        knowledge = await self._knowledge(work, manifest, bundle)
        revoked = manifest.release.revocations(bundle.doc_type)
        key = stage_key(
            "validation",
            STAGE_VERSION,
            found.ref.sha256,
            found.classification.sha256,
            part(bundle, "schema.json").sha256,
            part(bundle, "rules.py").sha256,
            _sha(bundle, "thresholds.json"),
            manifest.release.accept_generated_certificates,
            [decision.decision_id for decision in decisions],
            *((bundle.parts[HISTORY].sha256,) if HISTORY in bundle.parts else ()),
            *(("masks", MASKS_VERSION) if DIGITISER in bundle.parts and decisions else ()),
            *((knowledge,) if knowledge else ()),
            *((sorted(revoked.items()),) if revoked else ()),
        )
        known = await recall_result(work.store, work.document_id, "validation", key, Record)
        if known is not None:
            work.trail.step("note", "result reused", stage_key=key)
            return *known, False
        tools = None
        if self.toolbox is not None and knowledge:
            tools = Consultation(work, self.toolbox, knowledge, stage="validation", stage_key=key)
        record = await self._judge(work, manifest, found, decisions, today, key, tools)
        if tools is not None and tools.unavailable:
            # Not under the key of what was meant: the next run asks again whoever did not answer.
            key = stage_key("validation", STAGE_VERSION, key, sorted(tools.unavailable))
        return *await keep_result(work.store, work.document_id, "validation", key, record), True

    async def _judge(
        self,
        work: Work,
        manifest: RunManifest,
        found: Evidenced,
        decisions: Sequence[Decision],
        today: date,
        key: str,
        tools: Consultation | None,
    ) -> Record:
        bundle = pinned_bundle(manifest.release, found.extraction.doc_type)
        doc_type = await self.parts.schema(work.store, bundle)
        model = {field.name: field for field in found.extraction.fields}
        people = await with_files(work.store, decided_fields(decisions, doc_type), doc_type, model)
        fields = {
            spec.name: as_field(spec, people[spec.name][0], model.get(spec.name), doc_type)
            if spec.name in people
            else model[spec.name]
            for spec in doc_type.fields
        }
        fields = await with_mask(work, fields, model) if people else fields
        lookups, rules = await self._ruled(work, bundle, fields, today, tools)
        business = business_key(doc_type, fields)
        alike = await others_with(work.store, business, work.document_id, key) if business else ()
        copies = await copies_of(work.store, work.document_id, key)
        duplicates = tuple(dict.fromkeys((*copies, *alike)))
        policies = await self._policies(work, manifest, bundle, found.extraction)
        decided = _decide(doc_type, fields, found.extraction, frozenset(people), rules, policies)
        classification = await get_artifact(work.store, found.classification, ArtifactKind.CLASSIFICATION)
        reasons = about_record(classification.notes, alike, copies, people_decided=bool(decisions))
        _note_decisions(work, decided, duplicates, reasons)
        down = tuple(tools.unavailable.values()) if tools else ()
        missed = (Degradation.TOOL_UNAVAILABLE,) if down else ()
        codes = tuple(dict.fromkeys((*found.extraction.degradations, *missed)))
        return Record(
            record_id=work.document_id,
            doc_type=doc_type.name,
            status=record_status(decided, reasons, unanswered=Degradation.TOOL_UNAVAILABLE in codes),
            classification=found.classification,
            extraction=found.ref,
            fields=decided,
            rules=rules,
            coverage=coverage(doc_type, decided),
            duplicates=duplicates,
            reasons=(*reasons, *(f"{f.field.name}: {r}" for f in decided for r in f.reasons)),
            decision_ids=tuple(decision.decision_id for decision in decisions),
            lookups=lookups,
            degraded=(*found.extraction.degraded, *down),
            degradations=codes,
        )

    async def _ruled(
        self,
        work: Work,
        bundle: Bundle,
        fields: Mapping[str, FieldValue],
        today: date,
        tools: Consultation | None,
    ) -> tuple[tuple[Lookup, ...], tuple[RuleVerdict, ...]]:
        """Return what the rules looked up, and what each says."""
        rule_set = await self.parts.rules(work.store, bundle)
        lookups = await looked_up(rule_set.lookups, fields, tools)
        verdicts = evaluate(rule_set, fields, Facts(today=today, answers=Answers.of(lookups)))
        for one in verdicts:
            work.trail.step("rule", one.rule, verdict=one.verdict.value, explanation=one.explanation)
        return lookups, verdicts

    async def _knowledge(self, work: Work, manifest: RunManifest, bundle: Bundle) -> dict[str, str]:
        """Return the digests of the snapshots that the type's rules look things up in, by server."""
        if self.toolbox is None or not manifest.release.knowledge:
            return {}
        lookups = (await self.parts.rules(work.store, bundle)).lookups
        asked = {SERVER_OF[one.tool] for one in lookups if one.tool in SERVER_OF}
        return {n: ref.sha256 for n, ref in sorted(manifest.release.knowledge.items()) if n in asked}

    async def _policies(
        self, work: Work, manifest: RunManifest, bundle: Bundle, extraction: Extraction
    ) -> dict[str, Policy]:
        """Return by what each field is accepted: by the certificates of whoever read it."""
        readers = {f.name: f.read_by.model if f.read_by else extraction.model for f in extraction.fields}
        of_reader = {
            model: Policy(
                await self.parts.certificates_of(work.store, bundle, model),
                manifest.release.accept_generated_certificates,
                manifest.release.revocations(bundle.doc_type),
            )
            for model in sorted(set(readers.values()))
        }
        return {name: of_reader[model] for name, model in readers.items()}


def _decide(
    doc_type: DocType,
    fields: dict[str, FieldValue],
    extraction: Extraction,
    people: frozenset[str],
    rules: Sequence[RuleVerdict],
    policies: Mapping[str, Policy],
) -> tuple[RecordField, ...]:
    own = about_values(doc_type, fields, day_first=extraction.day_first)
    cells = about_tables(doc_type, fields, day_first=extraction.day_first)
    broken = broken_rules(rules)
    judge = AgainstPage(doc_type, fields, day_first=extraction.day_first)
    model = {field.name: field for field in extraction.fields}
    decided: list[RecordField] = []
    for spec in doc_type.fields:
        if spec.name in people and not unaccounted(fields[spec.name]):
            decided.append(
                RecordField(
                    field=fields[spec.name],
                    decision=FieldDecision.HUMAN,
                    arithmetic="decided by a reviewer",
                    model_field=model.get(spec.name),
                )
            )
        elif fields[spec.name].compared is not None:
            doubts = (*own.get(spec.name, ()), *broken.get(spec.name, ()))
            found = judge.of(spec, fields[spec.name], cells.get(spec.name, ()))
            decided.append(decide_stated(spec, fields[spec.name], doubts, found))
        else:
            doubts = (*own.get(spec.name, ()), *broken.get(spec.name, ()))
            policy, doubted = policies[spec.name], cells.get(spec.name, ())
            decided.append(decide_field(spec, fields[spec.name], doubts, policy, doubted))
    return tuple(decided)


def _note_decisions(
    work: Work, decided: Sequence[RecordField], duplicates: Sequence[str], reasons: Sequence[str]
) -> None:
    for field in decided:
        work.trail.step(
            "decision",
            field.field.name,
            decision=field.decision.value,
            arithmetic=field.arithmetic,
            reasons=list(field.reasons),
            codes=[code.value for code in field.codes],
        )
    if reasons:
        work.trail.step("decision", "whole record", documents=list(duplicates), reasons=list(reasons))


def _sha(bundle: Bundle, name: str) -> str | None:
    ref = bundle.parts.get(name)
    return ref.sha256 if ref else None
