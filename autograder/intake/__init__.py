"""How hand-ins come in: folders, zips and tar.gz, read member by member as hostile bytes, with a cap on everything.

``names`` says what is kept and how a name is shown; ``folder``, ``zips`` and ``tars`` list members and read them;
``gather`` takes what is kept and says why the rest is not. ``finding`` finds the hand-ins, in the downloads of learning
management systems too: ``layouts`` and ``gradescope`` say what these look like, ``children`` shows a zip as its folder.
"""
