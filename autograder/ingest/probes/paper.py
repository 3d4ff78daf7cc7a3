"""Brings the pages of a PDF for people to read: their text, and each as a picture. Nothing is credited.

PDFium reads what other programs show, and draws it; where it is missing there is the text that pypdf finds. PDFium is
a large program in C++ that hostile files are made for: only a worker that is confined may call it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

PAGES = 100  # of which the text is brought; a report has ten
PAGE_BYTES = 40_000  # of text: ten pages of prose on one
BYTES = 1_000_000  # of text in all
DOTS = 110  # an inch: small print can be read, and a page of A4 is 1.2 million pixels
MOST_PIXELS = 2_500_000  # A3 has 2.4 million
MOST_SIDE = 5_000  # pixels
POINTS = 72  # an inch
ENCRYPTED = "it is encrypted"


def page_texts(
    student: Any, key: bytes, params: Mapping[str, Any], arrays: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The text of each page of one PDF.

    Params: ``file``, a descriptor of it; ``pdfium``: whether PDFium reads it, or else pypdf.

    Returns:
        Facts: ``error`` (why it can't be read, or nothing), ``pages``, ``read`` (how many of them). Arrays: of each of
        these ``"text <number from 0>"`` (bytes,) uint8, without those that hold none.
    """
    import numpy as np  # only now: nothing but the arrays of the answer needs it

    nothing = {"error": "", "pages": 0, "read": 0}
    try:
        pages, texts = (_with_pdfium if params["pdfium"] else _with_pypdf)(_data(params["file"]))
        found = list(_bounded(texts))
    except _UnreadableError as error:
        return {**nothing, "error": str(error)}, {}
    except Exception as error:  # noqa: BLE001  a damaged file brings either library to raise anything
        return {**nothing, "error": f"it is damaged ({type(error).__name__})"}, {}
    letters = {f"text {number}": np.frombuffer(text, np.uint8) for number, text in enumerate(found) if text}
    return {**nothing, "pages": min(pages, 1 << 30), "read": len(found)}, letters


def page_picture(
    student: Any, key: bytes, params: Mapping[str, Any], arrays: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """One page of a PDF as PDFium draws it.

    Params: ``file``, a descriptor of it; ``page``, from 0 on.

    Returns:
        Facts: ``error`` (why it can't be drawn, or nothing). Arrays: ``"picture"`` (height, width, 3) uint8, red first,
        at 110 dots an inch, or fewer where the page is too large for that.
    """
    import numpy as np

    try:
        page = _opened(_data(params["file"]))[params["page"]]
        width, height = page.get_size()  # points
        if not (0 < width < math.inf and 0 < height < math.inf):
            return {"error": "it has no size"}, {}
        bitmap = page.render(scale=scale_of(width, height), rev_byteorder=True, limit_image_cache=True)
        picture = bitmap.to_numpy()
    except _UnreadableError as error:
        return {"error": str(error)}, {}
    except Exception as error:  # noqa: BLE001  see above
        return {"error": f"it is damaged ({type(error).__name__})"}, {}
    return {"error": ""}, {"picture": np.ascontiguousarray(picture[:, :, :3])}


def scale_of(width: float, height: float) -> float:
    """Pixels a point for a page of *width* x *height* points, such that neither a side nor the whole is too large."""
    return min(
        DOTS / POINTS,
        (MOST_SIDE - 1) / max(width, height),  # what is left of a pixel becomes one
        math.sqrt(MOST_PIXELS) / math.sqrt(width) / math.sqrt(height) * 0.99,
    )


class _UnreadableError(Exception):
    """Why a PDF can't be read, in our own words."""


def _data(file: int) -> bytes:
    with open(file, "rb", closefd=False) as opened:
        opened.seek(0)
        data = opened.read()
    if b"%PDF-" not in data[:1024]:
        raise _UnreadableError("it is not a PDF")
    return data


def _opened(data: bytes) -> Any:
    import pypdfium2  # only now: it is an extra

    try:
        return pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        if pypdfium2.raw.FPDF_GetLastError() == pypdfium2.raw.FPDF_ERR_PASSWORD:
            raise _UnreadableError(ENCRYPTED) from error
        raise


def _with_pdfium(data: bytes) -> tuple[int, Iterator[str]]:
    document = _opened(data)
    return len(document), (_text_of(document[number]) for number in range(min(len(document), PAGES)))


def _text_of(page: Any) -> str:
    try:
        text = page.get_textpage()
        return str(text.get_text_bounded())
    finally:
        page.close()  # with its text: a page holds all that was parsed of it


def _with_pypdf(data: bytes) -> tuple[int, Iterator[str]]:
    import io

    from pypdf import PdfReader

    reader = PdfReader(io.BytesIO(data))
    if reader.is_encrypted and not reader.decrypt(""):
        raise _UnreadableError(ENCRYPTED)
    pages = len(reader.pages)
    return pages, (reader.pages[number].extract_text() for number in range(min(pages, PAGES)))


def _bounded(texts: Iterator[str]) -> Iterator[bytes]:
    """Each text as bytes, until there are enough of them."""
    room = BYTES
    for text in texts:
        data = text.encode(errors="replace")[: min(PAGE_BYTES, room)]
        room -= len(data)
        yield data
