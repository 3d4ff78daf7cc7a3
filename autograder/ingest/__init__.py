"""How hand-ins come in: folders and archives, read member by member as hostile bytes, with a cap on everything.

``names`` says what is kept and how a name is shown; ``folder``, ``zips`` and ``tars`` list members and read them;
``taking`` keeps what may count, ``nested`` opens archives inside, and ``gather`` says what counts: ``places`` which
file of a name, ``unused`` and ``doubts`` what of the rest. ``finding`` and ``download`` find the hand-ins, in the
downloads of learning management systems too: ``layouts`` and ``gradescope`` say what these look like, ``children``
shows a zip as its folder. ``reading`` makes a submission of what was found, ``documents`` adds what stands in its
notebooks and PDFs, read in a worker, and ``sections`` takes its answers apart. ``docs/hand-ins.md`` tells all of it to
instructors.
"""
