"""Tables that staff bring as CSV, as spreadsheets save them: commas, semicolons or tabs, in UTF-8."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path

from autograder.errors import MisuseError

MOST_BYTES = 10_000_000  # 5,000 students have 500 kB


def read_table(path: Path, needed: Sequence[str], known: Sequence[str] = ()) -> Iterator[tuple[str, dict[str, str]]]:
    """The rows of *path* that are not empty, by header in small letters, each with where it is: ``"in.csv, line 2: "``.

    Args:
        needed: headers that must be there.
        known: others that may be; columns with any other header are left alone.

    Raises:
        MisuseError: it can't be read, lacks a column, has one twice, or has no row; the text names the line.
    """
    rows = read_rows(path, str(path))
    first, headers = next(rows)
    names = [name.strip().lower() for name in headers]
    wrong = [name for name in needed if names.count(name) != 1] + [name for name in known if names.count(name) > 1]
    if wrong:
        raise MisuseError(f"{path}, line {first}: {', '.join(wrong)} must be the header of one column each")
    empty = True
    for line, row in rows:
        if any(row[len(names) :]):
            raise MisuseError(f"{path}, line {line}: more cells than headers; put a text with commas between quotes")
        if any(cell.strip() for cell in row):
            empty = False
            yield f"{path}, line {line}: ", dict(zip(names, row, strict=False))
    if empty:
        raise MisuseError(f"{path} has no entry below its headers")


def read_rows(path: Path, what: str) -> Iterator[tuple[int, list[str]]]:
    """The rows of *path*, headers first, each with its line's number; an empty first row where there is nothing.

    Args:
        what: the file in words, with its path, for errors.

    Raises:
        MisuseError: it can't be read; the text names the line.
    """
    text = _text(path, what)
    first, _, rest = text.partition("\n")
    if first.strip().strip('"').lower().startswith("sep="):  # Excel's
        text, skipped = rest, 1
    else:
        skipped = 0
    head = text.partition("\n")[0]
    separator = max(",;\t", key=lambda sign: len(next(csv.reader([head], delimiter=sign), [])))
    reader = csv.reader(text.splitlines(keepends=True), delimiter=separator, strict=True)
    try:
        yield skipped + 1, next(reader, [])
        for row in reader:
            yield reader.line_num + skipped, row
    except csv.Error as error:
        raise MisuseError(f"{what}, line {reader.line_num + skipped}: {error}") from error


def _text(path: Path, what: str) -> str:
    try:
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise MisuseError(f"{what} can't be read: {error.strerror}") from error
    if len(data) > MOST_BYTES:
        raise MisuseError(f"{what} has more than {MOST_BYTES / 1e6:g} MB")
    try:
        return data.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise MisuseError(f"{what}, line {line}: it is not UTF-8; save it as CSV in UTF-8") from error
