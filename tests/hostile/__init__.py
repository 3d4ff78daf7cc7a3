"""The red team: hand-ins that attack the grader, and what must come of each.

``attack.py`` says what an attack is, the files named after a theme list them, ``catalogue.py`` puts them together.
``target.py`` is what they are let loose on, ``grader.py`` grades them in a process of its own, ``redteam.py`` starts
it as root and as an ordinary user, with isolation and without, and prints the table.
"""
