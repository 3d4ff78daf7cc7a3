"""What reads a submission's sources and documents, in the worker, without running them."""
