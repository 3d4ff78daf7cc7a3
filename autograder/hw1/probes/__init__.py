"""This homework's own probes: what its ``Trainer`` is given, and what stands in for its blocks."""

NOTEBOOK_LAYOUT = "autograder.hw1.probes.layout"
"""Knows which cell of the original notebooks is what (``ingest/probes/notebook/layout.py``)."""
