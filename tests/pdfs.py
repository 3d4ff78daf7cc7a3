"""PDFs made by hand, honest ones and hostile ones."""

from __future__ import annotations

A4 = (595, 842)  # points


def pdf(objects: list[bytes], root: int = 1) -> bytes:
    """A file of these objects, numbered from 1 on."""
    made, places = bytearray(b"%PDF-1.4\n"), []
    for number, body in enumerate(objects, 1):
        places.append(len(made))
        made += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(objects) + 1
    end = b"trailer << /Size %d /Root %d 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (size, root, len(made))
    return bytes(made) + b"xref\n0 %d\n0000000000 65535 f \n" % size + table + end


def stream(content: bytes, entries: bytes = b"") -> bytes:
    return b"<< %s /Length %d >>\nstream\n%s\nendstream" % (entries, len(content), content)


def pages_of(
    contents: list[bytes], size: tuple[float, float] = A4, more: tuple[bytes, ...] = (), shadings: bytes = b""
) -> bytes:
    """A page for each content stream; *more* objects follow from number 4 on, called /X0, /X1, ... ."""
    named = b" ".join(b"/X%d %d 0 R" % (number, 4 + number) for number in range(len(more)))
    resources = b"<< /Font << /F1 3 0 R >> /XObject << %s >> /Shading << %s >> >>" % (named, shadings)
    first = 4 + len(more)
    kids = b" ".join(b"%d 0 R" % (first + 2 * number) for number in range(len(contents)))
    box = b"[0 0 %s %s]" % tuple(f"{side:f}".encode() for side in size)
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [%s] /Count %d /MediaBox %s /Resources %s >>" % (kids, len(contents), box, resources),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        *more,
    ]
    for number, content in enumerate(contents):
        objects += [b"<< /Type /Page /Parent 2 0 R /Contents %d 0 R >>" % (first + 2 * number + 1), stream(content)]
    return pdf(objects)


def said(text: str) -> bytes:
    """The content of a page with this text."""
    lines = text.replace("(", r"\(").replace(")", r"\)").encode("latin-1").split(b"\n")
    return b"BT /F1 12 Tf 50 700 Td 14 TL " + b" T* ".join(b"(" + line + b") Tj" for line in lines) + b" ET"


def written(*texts: str, size: tuple[float, float] = A4) -> bytes:
    """A page for each text."""
    return pages_of([said(text) for text in texts], size)


def endless(depth: int = 9, times: int = 10) -> bytes:
    """A page that draws a form ten times, which draws another one ten times, and so on: ten to the ninth of them."""
    form = b"/Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources << /XObject << /Y %d 0 R >> >>"
    forms = [stream(b"/Y Do " * times, form % (5 + number)) for number in range(depth)]
    return pages_of([said("slow") + b" /X0 Do"], more=(*forms, stream(b"0 0 9 9 re f", form % 4)))


def slow(steps: int = 20_000) -> bytes:
    """A page whose text is read at once, and whose every pixel is the result of so many steps."""
    program = b"{ " + b"dup mul " * steps + b"pop pop 0 }"
    function = stream(program, b"/FunctionType 4 /Domain [0 1 0 1] /Range [0 1]")
    shading = b"<< /ShadingType 1 /ColorSpace /DeviceGray /Matrix [595 0 0 842 0 0] /Function %d 0 R >>"
    return pages_of([said("slow") + b" /S1 sh"], more=(function, shading % 4), shadings=b"/S1 5 0 R")
