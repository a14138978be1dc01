"""DOCX, XLSX and PPTX: what is seen of them, read from their parts under limits."""
