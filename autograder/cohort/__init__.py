"""Many hand-ins: graded side by side, each report kept as soon as it is there."""
