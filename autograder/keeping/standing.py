"""What the verdicts on a hand-in stand on: by check, the observations that it looked at, in the order of judging."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple


class Stand(NamedTuple):
    """An observation that a verdict stands on.

    Attributes:
        name: in the journal, in hexadecimal.
        seconds: how long it took.
        late: its time limit ended it.
    """

    name: str
    seconds: float = 0.0
    late: bool = False

    @property
    def key(self) -> bytes:
        """The name as the journal keeps it."""
        return bytes.fromhex(self.name)


StandsOn = Mapping[str, Mapping[str, Stand]]
"""By check and probe; under no check's name, what was observed before the first check."""


def stands_of(checks: Any) -> StandsOn:
    """What was written as JSON, where a stand is a list.

    Raises:
        TypeError, AttributeError: it is nothing of that kind.
    """
    return {check: {probe: Stand(*one) for probe, one in probes.items()} for check, probes in checks.items()}


@dataclass
class Noted:
    """What is noted of one hand-in while it is judged.

    Attributes:
        rerun: checks whose observations are made again.
        again: probes that these checks have looked at before.
        check: the one under judgement.
        checks: what each has looked at so far.
    """

    rerun: Collection[str] = ()
    again: Collection[str] = ()
    check: str = ""
    checks: dict[str, dict[str, Stand]] = field(default_factory=dict)
    _stands: dict[str, Stand] = field(default_factory=dict)
    _rows: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def is_again(self, probe: str) -> bool:
        """Whether *probe* is run again, whatever the journal holds."""
        return self.check in self.rerun or probe in self.again

    def observed(self, probe: str, stand: Stand, row: tuple[str, ...] = ()) -> None:
        """The check has observed *probe*, which goes on where those of *row* have stopped."""
        self._stands[probe], self._rows[probe] = stand, row
        self.looked(probe)

    def looked(self, probe: str) -> None:
        """The check has looked at what *probe* brought, if it brought anything, and so at what that goes on from."""
        for one in (*self._rows.get(probe, ()), probe):
            if one in self._stands:
                self.checks.setdefault(self.check, {})[one] = self._stands[one]


def seconds_by_check(stands: StandsOn) -> Iterator[tuple[str, float]]:
    """By check, the seconds that its observations took; one that several look at counts where it was first made."""
    known: set[str] = set()
    for check, probes in stands.items():
        yield check, sum(stand.seconds for probe, stand in probes.items() if probe not in known)
        known |= probes.keys()
