"""A bridge without keys must not be configured to approve a sealed message."""

import pytest

from tidegate_host import dialects


@pytest.mark.parametrize("key", ["accept_reversal", "accept_advice"])
@pytest.mark.parametrize("code", ["00", "11", "A2", "77", "A0"])
def test_an_approval_needs_a_dialect_without_seals(key, code):
    with pytest.raises(dialects.DialectError, match=f"{key} {code}"):
        dialects.load("cup", {"accept": "code", key: code})
    assert dialects.load("iso87", {key: code})[key] == code
