"""What is handed in and answered: the tables that the rest of this homework stands on."""

from __future__ import annotations

from autograder.homework import Module, Question

MODULES = (
    Module("mlp", ("init", "forward", "step"), "part 1"),
    Module("attention", ("SelfAttention",), "part 2"),
)
QUESTIONS = (Question("Q1", "1-Q1"), Question("Q2", "2-Q2"))
