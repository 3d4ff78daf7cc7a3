"""`hw1 check --watch`: a student's work is checked again on each save; what is as it was is not run again."""
