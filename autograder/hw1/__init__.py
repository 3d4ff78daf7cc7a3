"""The homework "PyTorch Tutorial for Computer Vision": its parts, checks, probes and mistakes, and no engine."""
