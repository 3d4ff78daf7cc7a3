"""Q11's formula, in plain text, LaTeX or Python, amid Korean or English prose. Nothing of it is run.

``reading`` rewrites an answer as Python expressions and finds the shape that it states; ``check`` compares values.
"""
