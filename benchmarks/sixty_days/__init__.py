"""Labelled documents played as sixty days of production, with reviewers of stated error."""
