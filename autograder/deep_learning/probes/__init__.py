"""What runs beside the submission's networks, in the worker."""
