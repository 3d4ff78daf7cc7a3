"""Gradescope's container emulated, uploads for it, and the rules of ``results.json``."""
