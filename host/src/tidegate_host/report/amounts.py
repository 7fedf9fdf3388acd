"""Amounts as people write them."""


def money(minor: int) -> str:
    """Minor units with two decimals: 50000 is "500.00"; what is given back has a minus.

    >>> money(-123456)
    '-1,234.56'
    """
    whole, part = divmod(abs(minor), 100)
    return f"{'-' if minor < 0 else ''}{whole:,}.{part:02}"
