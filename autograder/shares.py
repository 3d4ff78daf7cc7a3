"""How sure a share is that was counted."""

from __future__ import annotations

import math


def wilson(right: int, total: int, deviations: float) -> tuple[float, float]:
    """The bounds of the true share where *right* of *total* were counted (Wilson's interval, JASA 1927).

    Args:
        deviations: standard deviations on either side: 1.96 for 95 %.
    """
    share, z = right / total, deviations
    spread = z * math.sqrt(share * (1 - share) / total + z * z / (4 * total * total))
    middle, scale = share + z * z / (2 * total), 1 + z * z / total
    return (middle - spread) / scale, (middle + spread) / scale
