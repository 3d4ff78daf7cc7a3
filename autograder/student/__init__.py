"""The students' commands: check, train, pack and a fresh working copy."""
