"""`hw1 train`: a student's networks, trained on the student's own machine with the student's own ``Trainer``."""
