"""Seeds, and the keys that probes get instead of them."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import os
import secrets
from functools import lru_cache
from pathlib import Path

from autograder.errors import MisuseError
from autograder.home import home_folder

PUBLIC_SEED = b"hw1 public seed"  # what `check`, `demo` and the tests use; the evidence for it ships with the handout
STAFF = "staff-seed"  # the file in the user's own folder


def kind(seed: bytes) -> str:
    """The kind of seed in reports: ``"public"`` or ``"secret"``."""
    return "public" if seed == PUBLIC_SEED else "secret"


def staff_seed() -> bytes:
    """The staff's secret seed, made on first use (mode 0600, in the user's own folder).

    Raises:
        MisuseError: it can't be read or written.
    """
    path = home_folder() / STAFF
    try:
        if not path.exists():
            part = draw_seed(path.parent)
            with contextlib.suppress(FileExistsError):  # another run was first: its seed counts
                os.link(part, path)
            part.unlink()
        seed = bytes.fromhex(path.read_text().strip())
    except (OSError, ValueError) as error:
        raise MisuseError(
            f"the staff seed {path} can't be used: {error}. Set HW1_HOME to a folder of your own."
        ) from error
    if len(seed) < 16:
        raise MisuseError(f"the staff seed {path} is too short. Delete the file: the next run makes a new one.")
    return seed


def draw_seed(folder: Path) -> Path:
    """A hidden file in *folder* with a new secret seed in hexadecimal, on the disk, for its user alone (mode 0600)."""
    path = folder / f".{STAFF}-{secrets.token_hex(8)}"
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(secrets.token_hex(32))
        file.flush()
        os.fsync(file.fileno())
    return path


def seed_digest(seed: bytes) -> str:
    """Tells one seed from another, and says nothing else of it."""
    return hashlib.sha256(seed).hexdigest()[:16]


@lru_cache(maxsize=4096)  # each hand-in of a class asks for the same few hundred
def key_for(seed: bytes, probe_id: str) -> bytes:
    """The key from which a probe draws its weights and inputs: 32 bytes, from which the seed can't be found."""
    return hmac.digest(seed, probe_id.encode(), "sha256")
