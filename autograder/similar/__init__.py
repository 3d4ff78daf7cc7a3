"""Hand-ins that resemble each other, for a person to read: code, weights, written answers. No grade depends on it."""
