"""A data set without most of its training images: what scoring needs of it, under the whole one's identity.

    <folder>/<name>/train_images.npy ...    as plain arrays, of the training set a sample at equal steps
                    excerpt.json            how many training images the whole set has, and its hashes

CIFAR-10 has 180 MB; what is needed to score a checkpoint fits into a Gradescope bundle.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from autograder.deep_learning.data import Dataset
from autograder.deep_learning.data.prepare import npy
from autograder.errors import MisuseError

FILE = "excerpt.json"
SAMPLE = 2000  # training images: as many as the guard against remembered answers ever asks for (rubric.Recipe.guard)


def excerpt_files(data: Dataset, whole: bool) -> dict[str, bytes]:
    """The files of *data* by path, the same bytes for the same data; *whole*: with all training images."""
    step = 1 if whole else max(1, len(data.train_labels) // SAMPLE)
    arrays = {
        "train_images": data.train_images[::step],
        "train_labels": data.train_labels[::step].astype(np.uint8),
        "test_images": data.test_images,
        "test_labels": data.test_labels.astype(np.uint8),
    }
    total = data.train_total or len(data.train_labels)
    about = {"train_images": total, "digest": data.digest, "identity": data.identity}
    files = {f"{data.name}/{key}.npy": b"".join(npy(np.ascontiguousarray(array))) for key, array in arrays.items()}
    return {**files, f"{data.name}/{FILE}": json.dumps(about, indent=1).encode()}


def as_excerpt(data: Dataset, folder: Path) -> Dataset:
    """*data*, which was read from *folder*, under the identity of the whole; itself if it is no excerpt.

    Raises:
        MisuseError: what the excerpt says of itself is damaged.
    """
    path = folder / data.name / FILE
    if not path.is_file():
        return data
    try:
        about: Mapping[str, object] = json.loads(path.read_bytes())
        made = replace(data, train_total=int(str(about["train_images"])))
        vars(made).update(digest=str(about["digest"]), identity=str(about["identity"]))  # the cached properties
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise MisuseError(f"{path} is damaged: make the excerpt again") from error
    return made
