"""What runs in Gradescope's container: one upload is graded, and ``results.json`` is there at any moment.

The bundle that brings it there is made by `hw1 bundle` (``autograder/staff/bundle.py``).
"""
