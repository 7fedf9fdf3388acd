"""Slips as PDF, one page of 80 mm paper each.

The font is one of the Chinese ones that PDF readers bring themselves (a CID font of Adobe's GB1
collection), so the file names it and no font file is needed on this machine.
"""

from io import BytesIO

from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas

from tidegate_host.voucher.paper import chosen
from tidegate_host.voucher.slip import TITLE, Slip

_FONT = "STSong-Light"
_WIDE, _EDGE = 80 * mm, 5 * mm
_SIZE, _LEAD = 8, 11.5


def document(slips: list[Slip], language: str) -> bytes:
    """The PDF; the same slips give the same bytes."""
    pdfmetrics.registerFont(UnicodeCIDFont(_FONT))
    out = BytesIO()
    canvas = Canvas(out, invariant=1)
    canvas.setTitle(chosen(TITLE, language))
    for slip in slips:
        _draw(canvas, _rows(slip, language))
    canvas.save()
    return out.getvalue()


def _rows(slip: Slip, language: str) -> list[tuple[str, str] | None]:
    # (left, right) each; a value that does not fit beside its label goes below it.
    rows: list[tuple[str, str] | None] = []
    for part in (slip.facts, slip.line):
        rows.append(None)  # a line across the paper
        for label, value in part:
            left, right = chosen(label, language), chosen(value, language)
            if _long(left) + _long(right) + 6 <= _WIDE - 2 * _EDGE:
                rows.append((left, right))
            else:
                rows.append((left, ""))
                rows += [("", piece) for piece in _pieces(right)]
    rows.append(None)  # a line across the paper
    for note in slip.notes:
        rows += [(piece, "") for piece in _pieces(chosen(note, language))]
    return rows


def _draw(canvas: Canvas, rows: list[tuple[str, str] | None]) -> None:
    high = len(rows) * _LEAD + 2 * _EDGE + 2 * _LEAD
    canvas.setPageSize((_WIDE, high))
    y = high - _EDGE - _LEAD
    canvas.setFont(_FONT, 11)
    canvas.drawCentredString(_WIDE / 2, y, "Tidegate 网关交易记录")
    canvas.setFont(_FONT, _SIZE)
    for row in rows:
        y -= _LEAD
        if row is None:
            canvas.setDash(2, 2)
            canvas.line(_EDGE, y + _LEAD / 3, _WIDE - _EDGE, y + _LEAD / 3)
            continue
        canvas.drawString(_EDGE, y, row[0])
        canvas.drawRightString(_WIDE - _EDGE, y, row[1])
    canvas.showPage()


def _long(text: str) -> float:
    return pdfmetrics.stringWidth(text, _FONT, _SIZE)


def _pieces(text: str) -> list[str]:
    pieces, line = [], ""
    for word in _words(text):
        if line and _long(line + word) > _WIDE - 2 * _EDGE:
            pieces.append(line.strip())
            line = ""
        line += word
    return [*pieces, line.strip()]


def _words(text: str) -> list[str]:
    # A Chinese character may stand at the end of a line, a word of letters goes as a whole.
    words = [""]
    for letter in text:
        if ord(letter) > 0x2E80:
            words += [letter, ""]
        else:
            words[-1] += letter
            if letter == " ":
                words.append("")
    return [word for word in words if word]
