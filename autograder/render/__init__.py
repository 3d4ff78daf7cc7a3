"""A report as text, CSV and Gradescope's JSON: pure functions."""
