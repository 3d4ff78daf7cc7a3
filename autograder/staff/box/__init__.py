"""A box: a command held to a container's CPU and memory, and what it took of both.

::

    records    what may be taken, and what was taken
    run        runs the command in the first box that can be had, and looks at it again and again
    groups     a box that the kernel holds: Linux's control groups, of both versions
    measured   a box where there are none: full speed, and a look at all of its processes
"""

from autograder.staff.box.records import Limits, Measured, Phase
from autograder.staff.box.run import run_in_box

__all__ = ["Limits", "Measured", "Phase", "run_in_box"]
