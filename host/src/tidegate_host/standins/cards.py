"""Synthetic cards. Their numbers are well formed and belong to nobody. Pure."""

CHIP = "chip"  # chip, no PIN
CHIP_PIN = "chip-pin"
TAP = "tap"  # contactless, no PIN
SWIPE = "swipe"  # magnetic stripe with PIN: the only way it is taken
TYPED = "typed"  # the number is keyed in: no PIN, no track, no chip data
ENTRIES = (CHIP, CHIP_PIN, TAP, SWIPE, TYPED)

_DOMESTIC = "629999"
_FOREIGN = "422222"
_ENTRY_MODES = {CHIP: "052", CHIP_PIN: "051", TAP: "072", SWIPE: "021", TYPED: "012"}


class Card:
    """A card and how it is read. `pan` and `expiry` (yymm) are digits; `entry` is one of ENTRIES.

    `pin` is what the customer types, where a PIN is asked for.
    """

    def __init__(self, pan: str, entry: str = CHIP, expiry: str = "4912", pin: str = "123456"):
        if entry not in ENTRIES:
            raise ValueError("a card is read as one of " + ", ".join(ENTRIES))
        self.pan = pan
        self.entry = entry
        self.expiry = expiry
        self.pin = pin
        self.sequence = "001"

    @property
    def has_chip(self) -> bool:
        return self.entry in (CHIP, CHIP_PIN, TAP)

    @property
    def has_track(self) -> bool:
        return self.entry != TYPED

    @property
    def with_pin(self) -> bool:
        return self.entry in (CHIP_PIN, SWIPE)

    @property
    def entry_mode(self) -> str:
        """F22."""
        return _ENTRY_MODES[self.entry]

    @property
    def track2(self) -> str:
        """37 digits at most, = as separator."""
        rest = "=" + self.expiry + "000000000000000000"
        return (self.pan + rest)[:37]

    def as_dict(self) -> dict[str, str]:
        return {"pan": self.pan, "entry": self.entry, "expiry": self.expiry, "pin": self.pin}


def make_card(number: int = 0, entry: str = CHIP, foreign: bool = False, digits: int = 16) -> Card:
    """The card with this number; another number, another card.

    >>> make_card(0).pan
    '6299990000000006'
    """
    head = _FOREIGN if foreign else _DOMESTIC
    body = head + "%0*d" % (digits - 1 - len(head), number)
    return Card(body + check_digit(body), entry)


def check_digit(body: str) -> str:
    """The digit that makes `body` a valid number (Luhn)."""
    total = 0
    for at, char in enumerate(reversed(body)):
        digit = int(char) * (2 if at % 2 == 0 else 1)
        total += digit - 9 if digit > 9 else digit
    return str(-total % 10)
