"""The fragments of a piece, as copydetect makes them: runs of so many tokens, each by its hash.

All runs are taken, not a choice of them (a window of 1), so that the result depends on no hash's value: those of Python
are others in each process. copydetect's own filter is not used: it takes away which layer or function is called.
"""

from __future__ import annotations

import io
from importlib.util import find_spec
from typing import TYPE_CHECKING

from autograder.errors import MisuseError
from autograder.similar.pieces import ANSWERS, CODE, Piece

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Hashes = NDArray[np.int64]

LENGTH = {CODE: 16, ANSWERS: 6}  # tokens of a fragment: a line or two of code, half a sentence


def require() -> None:
    """Say what to do where copydetect is missing.

    Raises:
        MisuseError: it is.
    """
    if find_spec("copydetect") is None:
        raise MisuseError("hw1 similar needs a package that is not here: pip install 'hw1[similar]'")


def places_of(piece: Piece) -> dict[int, list[int]]:
    """By each fragment's hash, the tokens that it begins at."""
    from copydetect import CodeFingerprint

    made = CodeFingerprint(piece.where, LENGTH[piece.kind], 1, filter=False, fp=io.StringIO(piece.signs))
    return {int(value): [int(place) for place in places] for value, places in made.hash_idx.items()}


def fragments_of(piece: Piece) -> Hashes:
    """The hashes of a piece's fragments, each once, in order ``(fragments,)``."""
    import numpy as np
    from copydetect.utils import hashed_kgrams

    return np.unique(hashed_kgrams(piece.signs, LENGTH[piece.kind]).astype(np.int64))
