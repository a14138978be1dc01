"""E-invoices: structured data by the terms of EN 16931, alone or attached to a PDF."""
