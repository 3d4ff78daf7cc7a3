"""What is compared of a hand-in: pieces of text, each as a row of signs, one for a word or a token of Python."""

from __future__ import annotations

import zlib
from array import array
from dataclasses import dataclass, field

from autograder.evidence import Origin

CODE, ANSWERS, WEIGHTS = "code", "answers", "weights"
ALL = "all code"
ELSE = "everything else"

# One character for each token: a fragment of so many characters is one of so many tokens, whatever their length. It is
# drawn from the planes beyond the first one, where no character means anything to whoever takes texts apart. Two of a
# million tokens have the same one, which costs nothing where sixteen in a row are compared.
FIRST, COUNT = 0x10000, 0xF0000


def sign_of(token: str) -> str:
    """The character that stands for *token*, the same one in each process."""
    return chr(FIRST + zlib.crc32(token.encode("utf-8", "surrogatepass")) % COUNT)


@dataclass(frozen=True)
class Piece:
    """A part of a hand-in that is compared with the same part of others.

    Attributes:
        kind: ``CODE`` or ``ANSWERS``.
        part: a name that the homework asks for, a question's id, or ``ELSE``.
        where: the file it stands in; of an answer, with the question: its lines are counted from there on.
        text: that file's text; of an answer, the answer.
        signs: a character for each token, in the order of the text.
        begins, ends: where each token stands in *text*.
        origins: of a file that was made of a notebook, where each of its lines stands there.
    """

    kind: str
    part: str
    where: str
    text: str
    signs: str
    begins: array[int]
    ends: array[int]
    origins: tuple[Origin, ...] = ()


@dataclass(frozen=True)
class Work:
    """One hand-in, as far as it is compared.

    Attributes:
        name: the student's id, with the folder before it for an earlier year's or one that is taken: unique.
        student: the id alone.
        archived: an earlier year's: compared with the class, not with its like.
        problems: sentences on what could not be compared.
    """

    name: str
    student: str
    archived: bool = False
    pieces: tuple[Piece, ...] = ()
    problems: tuple[str, ...] = field(default=())


@dataclass
class Collected:
    """A piece while its tokens come in."""

    signs: list[str] = field(default_factory=list)
    begins: array[int] = field(default_factory=lambda: array("L"))
    ends: array[int] = field(default_factory=lambda: array("L"))

    def add(self, token: str, begin: int, end: int) -> None:
        """Add one token and its place."""
        self.signs.append(sign_of(token))
        self.begins.append(begin)
        self.ends.append(end)

    def piece(self, kind: str, part: str, where: str, text: str) -> Piece:
        """What came in, as a piece."""
        return Piece(kind, part, where, text, "".join(self.signs), self.begins, self.ends)
