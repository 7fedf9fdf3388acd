"""Decoded messages made harmless before anybody sees them; for host tools, not for the board.

Card numbers keep their first six and last four digits; tracks, PIN blocks and keys keep nothing.
Every value keeps its length, so a masked message still shows what is where.
"""

from tidegate.proto.dialect import RAW

_PAN_LEAST = 12
_HIDDEN = (36, 45, 52)  # track 3, track 1, PIN block
_ACCOUNTS = (2, 34, 102, 103)
_DETAIL_DIGITS = 40  # of a batch upload: card type 2, STAN 6, PAN 20, amount 12
# Tracks, card number, name of the card holder and its extension, and discretionary data.
_HIDDEN_TAGS = ("56", "57", "5A", "5F20", "9F0B", "9F1F", "9F20", "9F6B")


def mask_pan(text):
    # What is too short to be a card number is hidden altogether.
    if len(text) < _PAN_LEAST:
        return "*" * len(text)
    return text[:6] + "*" * (len(text) - 10) + text[-4:]


def mask_fields(dialect, fields):
    # -> a new dict of field number -> value. `fields` is what codec.decode gives.
    shown = {}
    for n in sorted(fields):
        shown[n] = _mask(dialect, fields, n)
    for pan in _pans(fields):
        # The same number may stand in a private field, as digits or as the bytes of its digits.
        hidden = mask_pan(pan)
        as_hex = "".join(["3" + digit for digit in pan])
        for n in shown:
            if n:
                shown[n] = shown[n].replace(pan, hidden).replace(as_hex, "*" * len(as_hex))
    return shown


def _mask(dialect, fields, n):
    text = fields[n]
    if n in _ACCOUNTS:
        return mask_pan(text)
    if n == 35:
        return _mask_track(text)
    if n in _HIDDEN:
        return "*" * len(text)
    if n == 48 and dialect.is_cup:
        return _mask_details(text)
    if n == 55:
        return _mask_chip_data(text, dialect.table[4 * n + 1] == RAW)
    if n == 62 and dialect.is_cup and not "360" <= fields.get(60, "")[8:11] < "400":
        return "*" * len(text)  # keys, unless F60.3 says that it is a download of parameters
    return text


def _mask_track(text):
    # A track that the terminal encrypted has no separator where one could be.
    at = text.replace("D", "=").find("=")
    if not _PAN_LEAST <= at <= 19 or not text[:at].isdigit():
        return "*" * len(text)
    return mask_pan(text[:at]) + text[at] + "*" * (len(text) - at - 1)


def _mask_details(text):
    # Batch details carry each card number right-justified in twenty digits.
    count = text[:2]
    if not text.isdigit() or len(text) != 2 + int(count or 0) * _DETAIL_DIGITS:
        return text
    parts = [count]
    for at in range(2, len(text), _DETAIL_DIGITS):
        pan = text[at + 8 : at + 28]
        digits = pan.lstrip("0")
        zeros = pan[: len(pan) - len(digits)]
        parts += [text[at : at + 8], zeros, mask_pan(digits), text[at + 28 : at + _DETAIL_DIGITS]]
    return "".join(parts)


def _mask_chip_data(text, binary):
    # Without a clean structure nothing is known to be harmless in it.
    upper = text.upper()
    parts = []
    at = 0
    try:
        while at < len(text):
            if upper[at : at + 2] in ("00", "FF"):
                parts.append(text[at : at + 2])
                at += 2
                continue
            tag_end, value, end = _object(upper, at)
            if int(upper[at : at + 2], 16) & 0x20:
                end = value  # constructed: go on with what is inside
            parts.append(text[at:value])
            hidden = upper[at:tag_end] in _HIDDEN_TAGS
            parts.append("*" * (end - value) if hidden else text[value:end])
            at = end
    except (ValueError, IndexError):
        at = -1
    if at != len(text):
        return "*" * len(text) if binary or "=" in upper or "D" in upper else text
    return "".join(parts)


def _object(text, at):
    # Offsets of the tag's end, the value and the value's end of one BER-TLV object in hexadecimal.
    tag_end = at + 2
    if int(text[at:tag_end], 16) & 31 == 31:
        while True:
            tag_end += 2
            if int(text[tag_end - 2 : tag_end], 16) < 0x80:
                break
    value = tag_end + 2
    size = int(text[tag_end:value], 16)
    if size > 0x80:
        count = 2 * (size - 0x80)
        size = int(text[value : value + count], 16)
        value += count
    end = value + 2 * size
    if end > len(text):
        raise ValueError("an object ends behind the data")
    return tag_end, value, end


def _pans(fields):
    # The card numbers that the message itself names.
    found = []
    for text in (fields.get(2, ""), fields.get(35, "").replace("D", "=").split("=")[0]):
        if _PAN_LEAST <= len(text) <= 19 and text.isdigit() and text not in found:
            found.append(text)
    return found
