"""Formulas as students write them: plain text, LaTeX or Python, amid Korean or English prose. Nothing of them is run.

``vocabulary`` knows the names, ``tokens`` cuts a text into pieces, ``tree`` parses one expression and computes it
exactly, ``reading`` finds in a text the shape that it states.
"""
