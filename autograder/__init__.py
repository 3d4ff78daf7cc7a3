"""hw1: an auto-graded homework in deep learning. Start reading at ``grade.py``."""

__version__ = "0.2.0"
