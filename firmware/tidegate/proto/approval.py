"""The one approval that a bridge may give: of a dialect that nobody seals, and with no secret in
the request. What it may be worth is decided by `core.stand_in`; loaded with it.
"""

from tidegate.proto.answer import build
from tidegate.proto.kinds import KIND_SALE


def build_approval(message, auth, local_date, local_time, out):
    if not message.dialect.is_plain or message.secret or message.kind != KIND_SALE:
        raise ValueError("this approval is not the bridge's to give")
    return build(message, {38: auth, 39: b"00"}, local_date, local_time, out)
