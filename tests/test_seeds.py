"""The staff's seed is made once, kept for its owner alone, and never enters a worker."""

import stat

import pytest

from autograder.errors import MisuseError
from autograder.seeds import PUBLIC_SEED, key_for, staff_seed


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("HW1_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def test_the_seed_is_made_on_first_use_for_its_owner_alone(home):
    seed = staff_seed()
    assert len(seed) == 32
    assert seed != PUBLIC_SEED
    assert stat.S_IMODE((home / "staff-seed").stat().st_mode) == 0o600
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    assert bytes.fromhex((home / "staff-seed").read_text()) == seed


def test_the_seed_is_used_again(home):
    assert staff_seed() == staff_seed()
    assert [path.name for path in home.iterdir()] == ["staff-seed"]


def test_another_home_has_another_seed(home, tmp_path, monkeypatch):
    first = staff_seed()
    monkeypatch.setenv("HW1_HOME", str(tmp_path / "other"))
    assert staff_seed() != first


@pytest.mark.parametrize("content", [b"not hexadecimal", b"\xff\xfe", b"abc"])
def test_a_damaged_seed_is_misuse_that_names_the_file(home, content):
    home.mkdir()
    (home / "staff-seed").write_bytes(content)
    with pytest.raises(MisuseError, match="staff-seed can't be used"):
        staff_seed()


@pytest.mark.parametrize("content", [b"", b"00ff", b"ab" * 15])
def test_a_seed_that_is_too_short_is_misuse_and_never_used(home, content):
    home.mkdir()
    (home / "staff-seed").write_bytes(content)
    with pytest.raises(MisuseError, match="too short"):
        staff_seed()


def test_a_folder_in_its_place_is_misuse(home):
    (home / "staff-seed").mkdir(parents=True)
    with pytest.raises(MisuseError, match="can't be used"):
        staff_seed()


def test_a_home_that_is_a_file_is_misuse(home):
    home.write_text("")
    with pytest.raises(MisuseError, match="HW1_HOME"):
        staff_seed()


def test_keys_differ_by_probe_and_by_seed_and_do_not_change():
    probes = ["trainer.train", "trainer.test", "vgg.vgg19", "vgg.vgg19 on stand-ins"]
    keys = {key_for(seed, probe) for seed in (PUBLIC_SEED, b"another") for probe in probes}
    assert len(keys) == 8
    assert all(len(key) == 32 for key in keys)
    assert key_for(PUBLIC_SEED, "vgg.vgg19") == key_for(PUBLIC_SEED, "vgg.vgg19")


def test_a_key_does_not_contain_the_seed():
    assert PUBLIC_SEED not in key_for(PUBLIC_SEED, "trainer.train")
