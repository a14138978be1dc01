"""Pictures and scans: OCR, orientation, photographs laid flat."""
