"""Erasing a document and everything derived from it, with a receipt and a search for what is left."""
