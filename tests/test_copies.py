"""Copies of weights are found under other names, rounded, noisy or trained on; honest trainings are left alone."""

from itertools import pairwise

import numpy as np
import pytest
from safetensors.numpy import save

from autograder.cohort import copies
from autograder.cohort.copies import find_copies as found_copies
from autograder.cohort.copies import remark
from autograder.ingest.checkpoint import write_checkpoint
from autograder.submission import Submission

FILE = "checkpoints/2.2a.safetensors"
SHAPES = {"c1": (16, 3, 3, 3), "c2": (32, 16, 3, 3), "c3": (32, 32, 3, 3), "c4": (32, 32, 3, 3), "fc": (10, 512)}


def network(seed: int, scale: float = 0.05) -> dict:
    """Weights as a training leaves them: convolutions of its own, batch norm like everybody's."""
    draw = np.random.default_rng(seed)
    weights = {f"{name}.weight": draw.standard_normal(shape) * scale for name, shape in SHAPES.items()}
    for name, shape in SHAPES.items():
        weights[f"{name}.bn.weight"] = 1 + 0.01 * draw.standard_normal(shape[0])
        weights[f"{name}.bn.bias"] = -0.2 + 0.01 * draw.standard_normal(shape[0])
        weights[f"{name}.bn.running_var"] = 0.5 + 0.01 * draw.random(shape[0])
    counters = {f"{name}.bn.num_batches_tracked": np.array(4690) for name in SHAPES}
    return {name: array.astype(np.float32) for name, array in weights.items()} | counters


def noisy(arrays: dict, share: float, seed: int = 99) -> dict:
    """With noise of *share* of each weight's spread."""
    draw = np.random.default_rng(seed)
    return {
        name: array + (share * array.std() * draw.standard_normal(array.shape)).astype(np.float32)
        if array.ndim > 1
        else array
        for name, array in arrays.items()
    }


def find_copies(*class_) -> dict[str, tuple[str, ...]]:
    """The remarks by student."""
    return {student: tuple(remark(one) for one in found) for student, found in found_copies(*class_).items()}


@pytest.fixture
def hand_in(tmp_path):
    """Makes a submission with one checkpoint, of arrays or of bytes."""

    def hand_in(student: int, content, training: str = "2.2a", half: bool = False) -> Submission:
        path = tmp_path / str(student) / "checkpoints" / f"{training}.safetensors"
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, bytes):
            path.write_bytes(content)
        else:
            write_checkpoint(path, content, {"student": str(student)}, half)
        return Submission(str(student), {}, checkpoints={training: path})

    return hand_in


def test_honest_trainings_of_one_architecture_are_not_flagged(hand_in):
    assert find_copies(hand_in(20260001 + seed, network(seed), half=seed % 2 == 0) for seed in range(8)) == {}


def test_the_same_file_is_found_and_named_on_both_sides(hand_in):
    same = save({"w": network(1)["c2.weight"]})
    class_ = [hand_in(20260007, same), hand_in(20260003, same), hand_in(20260001, network(2))]
    assert find_copies(class_) == {
        "20260003": (f"{FILE} is byte for byte the same as that of 20260007",),
        "20260007": (f"{FILE} is byte for byte the same as that of 20260003",),
    }


def test_many_equal_files_name_five_others_and_the_number_of_the_rest(hand_in):
    same = save({"w": network(1)["c2.weight"]})
    remarks = find_copies(hand_in(20260001 + number, same) for number in range(8))
    assert len(remarks) == 8
    assert remarks["20260002"] == (
        f"{FILE} is byte for byte the same as that of 20260001, 20260003, 20260004, 20260005, 20260006 and 2 more",
    )
    remarks = find_copies(hand_in(20260001 + number, same) for number in range(3))
    assert remarks["20260001"] == (f"{FILE} is byte for byte the same as that of 20260002 and 20260003",)


def renamed(arrays: dict) -> dict:
    """Under names in another order, layers of one shape exchanged among them."""
    return {f"layer{len(arrays) - number}.kernel": array for number, array in enumerate(arrays.values())}


CHANGES = {
    "other facts": lambda arrays: arrays,
    "renamed": renamed,
    "noise": lambda arrays: noisy(arrays, 0.01),
    "renamed with noise": lambda arrays: renamed(noisy(arrays, 0.01)),
    "trained on": lambda arrays: noisy(arrays, 0.03),
    "a tensor more": lambda arrays: arrays | {"unused": np.full((4, 4), 0.01, np.float32)},
    "one layer scaled": lambda arrays: arrays | {"c3.weight": arrays["c3.weight"] * np.float32(1.5)},
}


@pytest.mark.parametrize("half", [False, True])
@pytest.mark.parametrize("change", CHANGES)
def test_a_changed_copy_is_found(hand_in, change, half):
    source = network(1)
    class_ = [hand_in(20260001, source), hand_in(20260002, CHANGES[change](source), half=half)]
    remarks = find_copies([*class_, hand_in(20260003, network(3))])
    assert set(remarks) == {"20260001", "20260002"}
    (line,) = remarks["20260002"]
    assert line.startswith(f"{FILE} has the same weights as 20260001's except for ")


def test_the_remark_tells_rounding_from_changes(hand_in):
    source = network(1)
    class_ = [hand_in(20260001, source), hand_in(20260002, source, half=True)]
    assert find_copies(class_)["20260002"] == (
        f"{FILE} has the same weights as 20260001's except for rounding (cosine 1.0000)",
    )
    class_ = [hand_in(20260001, source), hand_in(20260002, noisy(source, 0.02)), hand_in(20260003, source, half=True)]
    remarks = find_copies(class_)
    assert remarks["20260002"] == (
        f"{FILE} has the same weights as 20260001's and 20260003's except for small changes (cosine 0.9998 or more)",
    )


def test_a_copy_of_equal_files_names_all_their_owners(hand_in):
    source = network(1)
    same = save(source)
    class_ = [hand_in(20260001, same), hand_in(20260002, same), hand_in(20260003, source, half=True)]
    remarks = find_copies(class_)
    assert remarks["20260003"] == (
        f"{FILE} has the same weights as 20260001's and 20260002's except for rounding (cosine 1.0000 or more)",
    )
    assert remarks["20260001"] == (
        f"{FILE} is byte for byte the same as that of 20260002",
        f"{FILE} has the same weights as 20260003's except for rounding (cosine 1.0000)",
    )


def test_half_of_the_weights_in_common_are_no_copy(hand_in):
    source, other = network(1), network(2)
    half = {name: (source if name.startswith(("c1", "c3")) else other)[name] for name in source}
    assert find_copies([hand_in(20260001, source), hand_in(20260002, half)]) == {}


def test_a_part_of_a_network_is_no_copy_of_it_nor_the_other_way_round(hand_in):
    source = network(1)
    part = {"c3.weight": source["c3.weight"]}
    assert find_copies([hand_in(20260001, source), hand_in(20260002, part)]) == {}


def test_the_same_weights_for_another_training_are_no_copy(hand_in):
    source = network(1)
    assert find_copies([hand_in(20260001, source), hand_in(20260002, source, "2.2b")]) == {}


def test_broken_empty_and_tiny_checkpoints_are_passed_over(hand_in):
    tiny = {"w": np.ones((3, 3), np.float32)}
    flat = {"b": np.ones(500, np.float32), "n": np.ones((30, 30), np.int64), "z": np.zeros((30, 30), np.float32)}
    contents = [b"", b"", b"PK\x03\x04", tiny, tiny, flat, flat, save({"w": np.float32([np.nan])})]
    class_ = [hand_in(20260001 + number, content) for number, content in enumerate(contents)]
    assert find_copies([*class_, Submission("20260099", {})]) == {}


def test_values_that_overflow_raise_nothing(hand_in):
    huge = {"w": np.full((30, 30), 3e38, np.float32), "v": np.full((30, 30), 1e-40, np.float32)}
    class_ = [hand_in(20260001, huge), hand_in(20260002, renamed(huge)), hand_in(20260003, network(1))]
    assert set(find_copies(class_)) == {"20260001", "20260002"}


# Trainings that begin at common weights


BEGUN = {name: array for name, array in network(0).items() if name.startswith("c")}


def tuned(seed: int, much: float, frozen: bool = False) -> dict:
    """Fine-tuned from the common weights by *much* of their spread, with a head of its own; under another prefix."""
    features = BEGUN if frozen else noisy(BEGUN, much, seed)
    return {f"features.{name}": array for name, array in features.items()} | {"head": network(seed)["fc.weight"]}


@pytest.mark.parametrize("half", [False, True])
@pytest.mark.parametrize(("much", "frozen"), [(0.2, False), (0.03, False), (0.001, False), (0, True)])
def test_honest_fine_tunings_are_not_flagged_though_their_weights_are_alike(hand_in, much, frozen, half):
    class_ = [hand_in(20260001 + seed, tuned(seed, much, frozen), "2.2b", half) for seed in range(1, 5)]
    assert find_copies(class_, {"2.2b": BEGUN}) == {}


@pytest.mark.parametrize("half", [False, True])
def test_features_left_as_they_were_are_nobodys_copy(hand_in, half):
    class_ = [hand_in(20260001, BEGUN, "2.2b", half), hand_in(20260002, BEGUN | {"x": np.ones(1)}, "2.2b", half)]
    assert find_copies(class_, {"2.2b": BEGUN}) == {}


def test_features_left_as_they_were_in_bfloat16_are_nobodys_copy(hand_in):
    def as_bfloat16(extra: str) -> bytes:
        import torch
        from safetensors.torch import save as save_tensors

        return save_tensors({name: torch.tensor(array).bfloat16() for name, array in BEGUN.items()}, {"by": extra})

    class_ = [hand_in(20260001, as_bfloat16("one"), "2.2b"), hand_in(20260002, as_bfloat16("two"), "2.2b")]
    assert find_copies(class_, {"2.2b": BEGUN}) == {}
    assert find_copies(class_) == {}


@pytest.mark.parametrize("change", ["other facts", "renamed", "noise"])
def test_a_copy_of_a_fine_tuning_is_found(hand_in, change):
    source = tuned(1, 0.3)
    class_ = [hand_in(20260001, source, "2.2b"), hand_in(20260002, CHANGES[change](source), "2.2b", half=True)]
    remarks = find_copies([*class_, hand_in(20260003, tuned(3, 0.3), "2.2b")], {"2.2b": BEGUN})
    assert set(remarks) == {"20260001", "20260002"}


def test_training_from_the_start_where_there_are_common_weights_is_not_flagged(hand_in):
    class_ = [hand_in(20260001 + seed, network(seed, scale=0.001), "2.2b") for seed in range(1, 5)]
    assert find_copies(class_, {"2.2b": BEGUN}) == {}


@pytest.fixture
def one_thread():
    """Networks this small take five times as long with two threads on a busy machine."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.mark.usefixtures("one_thread")
def test_real_trainings_of_two_seeds_are_not_flagged_and_a_copy_is(hand_in):
    import torch
    from torch import nn

    draw = torch.Generator().manual_seed(0)
    labels = torch.arange(640) % 10
    images = torch.randn(10, 64, generator=draw)[labels] + 0.5 * torch.randn(640, 64, generator=draw)

    def trained(seed: int, *layers: int) -> dict:
        torch.manual_seed(seed)
        pairs = [(nn.Linear(a, b), nn.ReLU()) for a, b in pairwise(layers)]
        net = nn.Sequential(*[layer for pair in pairs for layer in pair][:-1])
        optimizer = torch.optim.Adam(net.parameters(), 1e-2)
        for _ in range(20):
            for batch in torch.randperm(640).split(64):
                optimizer.zero_grad()
                nn.functional.cross_entropy(net(images[batch]), labels[batch]).backward()
                optimizer.step()
        with torch.no_grad():
            assert (net(images).argmax(1) == labels).float().mean() > 0.95
        return {name: tensor.numpy() for name, tensor in net.state_dict().items()}

    # Even one linear layer, whose trainings all end at one place.
    for layers in [(64, 30, 10), (64, 10)]:
        one, two = trained(1, *layers), trained(2, *layers)
        class_ = [hand_in(20260001, one), hand_in(20260002, two)]
        assert find_copies(class_) == {}
        assert set(find_copies([*class_, hand_in(20260003, one, half=True)])) == {"20260001", "20260003"}


def test_what_is_kept_is_bounded_and_a_class_is_compared_at_once():
    wide = {f"{n:03}": np.random.default_rng(n).standard_normal((64, 64)).astype(np.float32) for n in range(100)}
    sketch = copies._sketch(wide, {})
    assert sketch.rows[64, 64].shape == (copies.MAX_TENSORS, copies.SAMPLE)
    sketches = [copies._sketch(network(seed), {}) for seed in range(300)]
    sketches[290] = sketches[30]
    assert sum(len(sketch.rows[32, 32, 3, 3]) for sketch in sketches) > copies.BLOCK
    alike = copies._alike(sketches)
    assert {index: list(others) for index, others in enumerate(alike) if others} == {30: [290], 290: [30]}


def test_blocks_do_not_change_what_is_found(monkeypatch):
    sketches = [copies._sketch(network(seed // 2), {}) for seed in range(12)]
    whole = copies._alike(sketches)
    monkeypatch.setattr(copies, "BLOCK", 5)
    parts = copies._alike(sketches)
    assert [list(one) for one in whole] == [list(one) for one in parts] == [[index ^ 1] for index in range(12)]


def test_without_the_common_beginning_only_equal_files_of_fine_tuned_networks_are_told(hand_in):
    class_ = [hand_in(20260001 + seed, tuned(seed, 0.1), "2.2b") for seed in range(1, 4)]
    assert find_copies(class_) == {}
    remarks = find_copies([*class_, hand_in(20260009, class_[0].checkpoints["2.2b"].read_bytes(), "2.2b")])
    assert set(remarks) == {"20260002", "20260009"}
    assert all("byte for byte" in line for lines in remarks.values() for line in lines)
