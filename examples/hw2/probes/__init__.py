"""This homework's own probes: they run beside the student's code and hold no expected value."""
