"""What probes brought back, kept under a name that says all that decides it: the same is not observed twice."""
