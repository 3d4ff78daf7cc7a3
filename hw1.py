"""For notebooks: ``import hw1; hw1.check("2.1a")`` shows what `hw1 check --part 2.1a` says of the saved work."""

from autograder.student.in_notebook import check

__all__ = ["check"]
