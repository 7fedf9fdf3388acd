"""Well-formed markup from nested calls, everything escaped, so that no text can break the page."""

from xml.sax.saxutils import escape, quoteattr


class Raw(str):
    """Markup that is already escaped."""


def el(name: str, /, *children: object, **attributes: object) -> Raw:
    """One element. A trailing underscore or an inner one in a name becomes nothing or a hyphen.

    Children that are not `Raw` are escaped; attributes that are None are left out.

    >>> el("text", "a < b", x=3, class_="name")
    '<text x="3" class="name">a &lt; b</text>'
    """
    shown = "".join(
        f" {key.rstrip('_').replace('_', '-')}={quoteattr(_text(value))}"
        for key, value in attributes.items()
        if value is not None
    )
    inner = join(*children)
    return Raw(f"<{name}{shown}>{inner}</{name}>" if inner else f"<{name}{shown}/>")


def join(*children: object) -> Raw:
    """Several pieces, one after the other; lists are taken apart, None is nothing."""
    out = []
    for child in children:
        if isinstance(child, list | tuple):
            out.append(join(*child))
        elif isinstance(child, Raw):
            out.append(child)
        elif child is not None:
            out.append(escape(_text(child)))
    return Raw("".join(out))


def _text(value: object) -> str:
    # A tenth of a pixel is as fine as a picture needs.
    if isinstance(value, float):
        return f"{value:.1f}".removesuffix(".0")
    return str(value)
