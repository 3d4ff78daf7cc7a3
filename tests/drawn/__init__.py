"""Hand-ins drawn by program: right code in many styles, with and without one mistake, and the truth about each.

``python -m tests.drawn --help`` draws, grades and prints what was judged wrongly; ``tests/test_drawn.py`` runs it.
"""
