"""Whose card it is, as the totals of a settlement tell cards apart."""

_FOREIGN_FIRST_DIGITS = "345"  # the international schemes; domestic cards begin with 62 or 9


def is_foreign(pan: str) -> bool:
    """Whether a card counts on the foreign side of F48. `pan` may be masked: its first digit says.

    A terminal goes by the organization that the host names in its answer; that is on no record of
    the bridge. Dual-brand cards that run as domestic ones are the exception that this cannot see.
    """
    return pan[:1] != "" and pan[:1] in _FOREIGN_FIRST_DIGITS
