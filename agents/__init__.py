"""Judgement: intake, Gatekeeper, Extraction, Validation; each a Handler that knows no broker and no cloud."""
