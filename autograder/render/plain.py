"""Other names of ``autograder.text``'s."""

from autograder.text import INVISIBLE as INVISIBLE
from autograder.text import LENGTH as LENGTH
from autograder.text import MARKS as MARKS
from autograder.text import plain as plain
from autograder.text import points as points
