"""Where things lie in Gradescope's container (gradescope-autograders.readthedocs.io, "specs")."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

ROOT = "HW1_AUTOGRADER"  # names another root than /autograder, for tests and `hw1 preflight`
NOT_RUN_YET = "not-run-yet.json"  # the document that is there before anything has run
SECRETS = "secrets"


@dataclass(frozen=True)
class Places:
    """The container's paths.

    Attributes:
        root: ``/autograder``.
    """

    root: Path

    @classmethod
    def here(cls) -> Places:
        """The paths in force for this process."""
        return cls(Path(os.environ.get(ROOT) or "/autograder"))

    @property
    def source(self) -> Path:
        """The bundle, unpacked."""
        return self.root / "source"

    @property
    def submission(self) -> Path:
        """What the student uploaded; a zip is unpacked, anything else is as it was."""
        return self.root / "submission"

    @property
    def results(self) -> Path:
        """The document that Gradescope reads."""
        return self.root / "results" / "results.json"

    @property
    def metadata(self) -> Path:
        """What Gradescope says of the upload."""
        return self.root / "submission_metadata.json"

    @property
    def rubric(self) -> Path:
        """The rubric in force."""
        return self.source / "rubric.toml"

    @property
    def floors(self) -> Path:
        """The floors in force."""
        return self.source / "floors.toml"

    @property
    def secrets(self) -> Path:
        """What only root may read: seed, evidence, images with labels."""
        return self.source / SECRETS

    @property
    def seed(self) -> Path:
        """The seed in hexadecimal digits; not there in a bundle for the public one."""
        return self.secrets / "seed"

    @property
    def evidence(self) -> Path:
        """The reference's and the mistakes' evidence for the seed."""
        return self.secrets / "evidence.npz"

    @property
    def data(self) -> Path | None:
        """The images and labels that accuracies are measured on; None: those that are embedded."""
        folder = self.secrets / "data"
        return folder if folder.is_dir() else None
