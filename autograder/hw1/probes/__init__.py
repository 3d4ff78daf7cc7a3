"""This homework's own probes: what its ``Trainer`` is given, and what stands in for its blocks."""
