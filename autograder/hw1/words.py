"""What this homework's probes do, in words: for sentences on where something went wrong."""

from __future__ import annotations

UNDER_WAY = {
    "network": "running the network",
    "pretrained": "running the network",
    "train": "Trainer.train",
    "test": "Trainer.test",
    "confusion": "Trainer.compute_conf",
    "fit_start": "building what is trained",
    "fit_epoch": "training",
    "infer": "running the trained network",
}
STEPS = (
    "constructor",
    "forward",
    "forward, eval mode, N = 1",
    "forward, eval mode, N = 8",
    "forward, train mode, N = 8",
    "Trainer's constructor",
    "train",
    "train(1)",
    "train(1) after test()",
    "train(2)",
    "train(1), 1,004 batches",
    "test()",
    "test() again",
    "test() on many batches",
    "compute_conf()",
    "compute_conf() again",
    "compute_conf() on many batches",
)
MESSAGES = tuple(f"Trainer has no method {name}" for name in ("train", "test", "compute_conf"))
