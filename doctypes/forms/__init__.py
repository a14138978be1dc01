"""Normal forms, one module per family of kinds; ``doctypes.normalise`` is their front door."""
