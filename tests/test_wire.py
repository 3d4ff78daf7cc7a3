"""Frames: whatever bytes come, the answer is a frame or a ProtocolError, and no cap is exceeded."""

import io
import json
import os
import threading
import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from autograder.errors import ProtocolError
from autograder.sandbox.wire import (
    CHUNK,
    DTYPES,
    HEADER_CAP,
    MAX_ARRAYS,
    MAX_DEPTH,
    MAX_DIMENSIONS,
    read_frame,
    write_frame,
)

CAP = 1 << 20


def framed(header: object, body: bytes = b"") -> bytes:
    data = header if isinstance(header, bytes) else json.dumps(header).encode()
    return len(data).to_bytes(4, "big") + data + body


def read(data: bytes, cap: int = CAP):
    return read_frame(io.BytesIO(data), cap)


def written(header: dict, arrays: dict | None = None) -> bytes:
    stream = io.BytesIO()
    write_frame(stream, header, arrays)
    return stream.getvalue()


class Meter(io.BytesIO):
    """A stream that remembers how much was asked of it at once."""

    largest = 0

    def read(self, size=-1):
        self.largest = max(self.largest, size)
        return super().read(size)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=12,
)
entries = st.tuples(
    st.sampled_from(["a", "b", ""]) | json_values,
    st.sampled_from([*DTYPES, "object", "V8", "float16"]) | json_values,
    st.lists(st.integers(-2, 1 << 40) | st.sampled_from([0, 1, CAP, True, 1.5, None]), max_size=10) | json_values,
)


@given(st.binary(max_size=400))
def test_any_bytes_are_a_frame_or_a_protocol_error(data):
    try:
        read(data)
    except ProtocolError:
        return


@given(json_values, st.binary(max_size=64))
def test_any_json_header_is_a_frame_or_a_protocol_error(header, body):
    try:
        read(framed(header, body))
    except ProtocolError:
        return


@given(st.lists(entries, max_size=4) | json_values, st.binary(max_size=64), st.integers(0, CAP))
def test_any_list_of_arrays_is_a_frame_or_a_protocol_error_within_the_cap(listed, body, cap):
    stream = Meter(framed({"facts": {}, "arrays": listed}, body))
    try:
        frame = read_frame(stream, cap)
    except ProtocolError:
        frame = None
    assert stream.largest <= max(HEADER_CAP, cap)
    if frame is not None:
        assert sum(array.nbytes for array in frame[1].values()) <= cap


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(), (0,), (3,), (2, 0, 5), (2, 3, 4), (1,) * MAX_DIMENSIONS])
def test_an_array_of_each_dtype_and_shape_comes_back_as_it_was(dtype, shape):
    array = (np.arange(np.prod(shape, dtype=int)) % 2).reshape(shape).astype(dtype)
    header, arrays = read(written({"facts": {"n": 1}}, {"x": array}))
    assert header == {"facts": {"n": 1}}
    assert arrays["x"].dtype == array.dtype
    assert arrays["x"].shape == shape
    assert np.array_equal(arrays["x"], array)


@given(
    st.dictionaries(
        st.text(max_size=5),
        st.sampled_from(sorted(DTYPES)).flatmap(
            lambda dtype: npst.arrays(dtype, npst.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4))
        ),
        max_size=4,
    )
)
def test_arrays_come_back_bit_for_bit_and_in_order(arrays):
    _, found = read(written({}, arrays))
    assert list(found) == list(arrays)
    for name, array in arrays.items():
        assert found[name].tobytes() == array.tobytes()


def test_an_array_that_is_no_contiguous_block_comes_back_by_value():
    array = np.arange(24.0).reshape(4, 6)
    _, found = read(written({}, {"transposed": array.T, "every other": array[::2, ::-3]}))
    assert np.array_equal(found["transposed"], array.T)
    assert np.array_equal(found["every other"], array[::2, ::-3])


def test_nested_json_and_nan_come_back_as_they_were():
    facts = {"a": [1, [2.5, None, {"b": ["é", True]}]], "nan": float("nan"), "inf": float("-inf")}
    header, _ = read(written({"facts": facts}))
    assert header["facts"]["a"] == facts["a"]
    assert header["facts"]["nan"] != header["facts"]["nan"]
    assert header["facts"]["inf"] == float("-inf")


def test_two_frames_in_a_row_are_read_one_after_the_other_and_then_none():
    stream = io.BytesIO(written({"n": 1}, {"x": np.zeros(3)}) + written({"n": 2}))
    assert read_frame(stream, CAP)[0] == {"n": 1}
    assert read_frame(stream, CAP)[0] == {"n": 2}
    assert read_frame(stream, CAP) is None


def test_a_frame_cut_off_anywhere_is_a_protocol_error():
    whole = written({"facts": {"n": 1}}, {"x": np.arange(4.0)})
    for size in range(1, len(whole)):
        with pytest.raises(ProtocolError, match="middle of a frame"):
            read(whole[:size])


@pytest.mark.parametrize("length", [HEADER_CAP + 1, 1 << 31, (1 << 32) - 1])
def test_a_giant_header_is_refused_before_it_is_read(length):
    stream = Meter(length.to_bytes(4, "big") + b"{}")
    with pytest.raises(ProtocolError, match="header of"):
        read_frame(stream, CAP)
    assert stream.largest == 4


@pytest.mark.parametrize("shape", [[CAP], [CAP, CAP], [1 << 62], [10**30], [2, 1 << 18], [CAP // 4 + 1]])
def test_a_giant_array_is_refused_before_it_is_allocated(shape):
    data = framed({"arrays": [["x", "float32", shape]]})
    tracemalloc.start()
    try:
        with pytest.raises(ProtocolError):
            read(data)
        assert tracemalloc.get_traced_memory()[1] < CAP
    finally:
        tracemalloc.stop()


def test_many_arrays_are_refused_when_their_sum_is_over_the_cap():
    listed = [[f"x{n}", "float64", [10]] for n in range(3)]
    assert len(read(framed({"arrays": listed}, bytes(240)), 240)[1]) == 3
    with pytest.raises(ProtocolError, match="more than 239 bytes"):
        read(framed({"arrays": listed}, bytes(240)), 239)


def test_an_empty_array_whose_other_axes_are_giant_is_a_protocol_error():
    with pytest.raises(ProtocolError):
        read(framed({"arrays": [["x", "float32", [0, CAP, CAP, CAP, CAP]]]}))


def test_two_arrays_of_one_name_are_refused():
    with pytest.raises(ProtocolError, match="one name"):
        read(framed({"arrays": [["x", "uint8", [1]], ["x", "uint8", [1]]]}, b"ab"))


@pytest.mark.parametrize(
    "listed",
    [
        {"x": 1},
        "x",
        7,
        None,
        [["x", "uint8"]],
        [["x", "object", [1]]],
        [["x", "O", [1]]],
        [["x", "<f4", [1]]],
        [[1, "uint8", [1]]],
        [["x", "uint8", "1"]],
        [["x", "uint8", [-1]]],
        [["x", "uint8", [1.0]]],
        [["x", "uint8", [True]]],
        [["x", "uint8", [1] * (MAX_DIMENSIONS + 1)]],
        [["x", "uint8", [0]]] * (MAX_ARRAYS + 1),
    ],
)
def test_a_list_of_arrays_that_is_none_is_refused(listed):
    with pytest.raises(ProtocolError):
        read(framed({"arrays": listed}, b"abc"))


@pytest.mark.parametrize("header", [[], [1, 2], "text", 3, None, True])
def test_a_header_that_is_no_object_is_refused(header):
    with pytest.raises(ProtocolError, match="not an object"):
        read(framed(header))


@pytest.mark.parametrize("header", [b"", b"{", b"\xff\xfe", b"[" * 100_000, b"{'a': 1}", "{}".encode("utf-16")])
def test_a_header_that_is_no_json_is_refused(header):
    with pytest.raises(ProtocolError, match="not JSON"):
        read(framed(header))


@pytest.mark.parametrize("digits", [str(1 << 63), str(-(1 << 63) - 1), "1" + "0" * 30, "9" * 5000])
def test_an_integer_of_more_than_64_bits_is_refused(digits):
    with pytest.raises(ProtocolError, match="64 bits"):
        read(framed(b'{"n": %s}' % digits.encode()))


def test_integers_of_64_bits_come_back_as_they_were():
    facts = {"most": (1 << 63) - 1, "least": -(1 << 63)}
    assert read(framed(facts))[0] == facts


@pytest.mark.parametrize("header", [b'{"a": 1, "a": 2}', b'{"facts": {"a": {"b": 1, "c": 2, "b": 1}}}'])
def test_a_name_twice_in_one_object_is_refused(header):
    with pytest.raises(ProtocolError, match="twice"):
        read(framed(header))


@pytest.mark.parametrize(("begin", "end"), [(b"[", b"]"), (b'{"a":', b"}")])
def test_a_header_may_be_nested_as_deep_as_the_cap_says_and_no_deeper(begin, end):
    def nested(depth: int) -> bytes:
        return b'{"x":' + begin * (depth - 1) + b"0" + end * (depth - 1) + b"}"

    assert read(framed(nested(MAX_DEPTH)))
    for depth in (MAX_DEPTH + 1, 900):
        with pytest.raises(ProtocolError, match="nested"):
            read(framed(nested(depth)))
    with pytest.raises(ProtocolError):
        read(framed(nested(100_000)))


@pytest.mark.parametrize(
    ("sent", "read_as"),
    [(b"\\ud800", "?"), (b"a\\uDFFFb", "a?b"), (b"\\ud83d\\ude00", "\U0001f600"), (b"\\\\ud800", "\\ud800")],
)
def test_a_lone_half_of_a_surrogate_pair_becomes_a_question_mark(sent, read_as):
    header, _ = read(framed(b'{"facts": {"%s": ["%s", NaN]}}' % (sent, sent)))
    (name,) = header["facts"]
    assert name == header["facts"][name][0] == read_as
    name.encode()


def test_a_lone_surrogate_that_is_not_escaped_is_no_json():
    with pytest.raises(ProtocolError, match="not JSON"):
        read(framed(b'{"a": "\xed\xa0\x80"}'))


class Dribble(io.RawIOBase):
    """An unbuffered stream that gives at most so many bytes at a time."""

    def __init__(self, data: bytes, most: int):
        self.data, self.most = io.BytesIO(data), most

    def readable(self):
        return True

    def readinto(self, buffer):
        part = self.data.read(min(len(buffer), self.most))
        buffer[: len(part)] = part
        return len(part)


@pytest.mark.parametrize("most", [1, 3, 7, 1 << 16])
def test_an_unbuffered_stream_gives_the_same_frames_and_its_surplus_stays_in_it(most):
    sent = {"x": np.arange(50.0), "empty": np.zeros((0, 3), np.float32)}
    stream = Dribble(written({"n": 1}, sent) + written({"n": 2}) + b"surplus", most)
    header, arrays = read_frame(stream, CAP)
    assert header == {"n": 1}
    assert np.array_equal(arrays["x"], sent["x"])
    assert arrays["empty"].shape == (0, 3)
    assert read_frame(stream, CAP)[0] == {"n": 2}
    assert stream.data.read() == b"surplus"


def test_a_pipe_is_read_whole_though_it_holds_less_at_a_time():
    reader, writer = os.pipe()
    array = np.arange(3 << 18, dtype=np.int64)  # 6 MiB
    with os.fdopen(reader, "rb", buffering=0) as replies, os.fdopen(writer, "wb") as sender:
        thread = threading.Thread(target=write_frame, args=(sender, {}, {"x": array}))
        thread.start()
        _, arrays = read_frame(replies, array.nbytes)
        thread.join()
    assert np.array_equal(arrays["x"], array)


@pytest.mark.parametrize("sent", [0, 10, 3 * CHUNK])
def test_memory_is_taken_for_what_has_come_and_not_for_what_was_promised(sent):
    stream = Dribble(framed({"arrays": [["x", "uint8", [1 << 30]]]}, bytes(sent)), 1 << 16)
    tracemalloc.start()
    try:
        with pytest.raises(ProtocolError, match="middle of a frame"):
            read_frame(stream, 1 << 30)
        assert tracemalloc.get_traced_memory()[1] < 1.2 * sent + 2 * CHUNK
    finally:
        tracemalloc.stop()


def test_arrays_can_not_be_written_to():
    _, arrays = read(written({}, {"x": np.zeros(3)}))
    with pytest.raises(ValueError, match="read-only"):
        arrays["x"][0] = 1


@pytest.mark.parametrize("dtype", ["object", "complex64", "float16", "int32", "U3", "M8[s]", ">f8"])
def test_an_array_of_another_dtype_is_not_sent(dtype):
    stream = io.BytesIO()
    with pytest.raises(ProtocolError, match="does not travel"):
        write_frame(stream, {}, {"x": np.zeros(2, dtype=dtype)})
    assert stream.getvalue() == b""
