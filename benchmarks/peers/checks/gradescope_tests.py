"""The five checks as gradescope-utils runs them: python gradescope_tests.py HAND_IN RESULTS."""

from __future__ import annotations

import sys
import unittest
from pathlib import Path

import five_checks
from gradescope_utils.autograder_utils.decorators import weight
from gradescope_utils.autograder_utils.json_test_runner import JSONTestRunner


class FiveChecks(unittest.TestCase):
    """One point each."""

    def setUp(self):
        """Import the hand-in."""
        from ablations import Exp2

        self.network = Exp2

    @weight(1)
    def test_exists(self):
        """It exists."""
        five_checks.exists(self.network)

    @weight(1)
    def test_count(self):
        """Parameters."""
        five_checks.count(self.network)

    @weight(1)
    def test_shape(self):
        """Output shape."""
        five_checks.shape(self.network)

    @weight(1)
    def test_gradients(self):
        """Gradients."""
        five_checks.gradients(self.network)

    @weight(1)
    def test_learns(self):
        """The loss falls."""
        five_checks.learns(self.network)


if __name__ == "__main__":
    hand_in, results = sys.argv[1:]
    sys.path.insert(0, hand_in)
    with Path(results).open("w") as stream:
        JSONTestRunner(stream=stream).run(unittest.defaultTestLoader.loadTestsFromTestCase(FiveChecks))
