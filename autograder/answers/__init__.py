"""The written answers: found, collected with what was measured beside them, and graded by people."""
