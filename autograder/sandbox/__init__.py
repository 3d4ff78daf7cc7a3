"""Where student code runs: a warm parent, one worker for each submission, and the pipes between them and the grader."""
