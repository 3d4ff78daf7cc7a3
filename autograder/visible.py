"""Another name of ``autograder.text``'s."""

from autograder.text import visible as visible
