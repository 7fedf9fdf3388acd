"""tidegate doctor on bridges that are well and on bridges that are not."""

import re
import zipfile

import pytest
from device import Tool, steady
from shop import card, files, leaks, running, secure, settings, terminal

from tidegate_host.standins.acquirer import Acquirer

pytestmark = pytest.mark.usefixtures("room_for_a_doctor")

WELL = """\
ok   bridge      test is running
ok   versions    MicroPython VERSION, firmware BUILD
ok   config      HASH
ok   clock       TIME, synced, +0 s from this computer's
ok   partitions  journal 512 KB; flash.bin, keys.bin
ok   files       N KB free
ok   journal     sound, N entries, 0 open
ok   flash       at most N erases of about 100,000, median N
ok   heap        N bytes free, largest block N
ok   tasks       all well since the start
ok   terminal    t1: 1 connected, 2 frames
ok   terminal    t2: 0 connected, 0 frames
ok   terminal    s1: 1 connected, 0 frames
ok   queue       0 stored messages wait
ok   link        host: 127.0.0.1
ok   link        primary 127.0.0.1:PORT name: N ms
ok   link        primary 127.0.0.1:PORT tcp: N ms
ok   link        primary 127.0.0.1:PORT tls: N ms
ok   link        primary 127.0.0.1:PORT echo: N ms
"""


def plainly(text):
    text = re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1:PORT", steady(text))
    text = re.sub(r"firmware [0-9a-f]{16}", "firmware BUILD", text)
    text = re.sub(r"[+-][01] s from", "+0 s from", text)
    text = re.sub(r"(most|median|block|sound,) [\d,]+(?=[ ,\n])", r"\1 N", text)
    return re.sub(r"[\d,]+ (ms|KB free)", r"N \1", text)


@pytest.fixture
def secure_shop(own_home, tmp_path):
    with (
        Acquirer(tls=tmp_path / "ca") as acquirer,
        running(own_home, settings(secure(acquirer)), files(acquirer)) as bridge,
    ):
        pos = terminal(bridge)
        pos.sign_in()
        assert pos.sale(100, card(1)).approved
        yield acquirer, bridge, pos


def test_a_bridge_that_is_well(secure_shop):
    acquirer, _, pos = secure_shop
    told = Tool()("doctor")
    assert plainly(told) == WELL
    assert acquirer.log.select(kind="echo", direction="in")
    # Its look at things disturbed nobody.
    assert pos.sale(200, card(2)).approved
    assert acquirer.totals("TEST0001", 1) == pos.totals()
    assert all(row["verdict"] == "ok" for row in Tool().json("doctor")["findings"])


def verdicts(tool, what, *words, code=0):
    rows = tool.json("doctor", *words, code=code)["findings"]
    return [(row["verdict"], row["text"], row["next_step"]) for row in rows if row["what"] == what]


def test_what_is_wrong_is_named_with_the_next_step(secure_shop, tmp_path):
    acquirer, bridge, pos = secure_shop
    tool = Tool()
    # Noise on a serial line, a stored message, and nobody at the host's port.
    with open(bridge.serial_path, "r+b", buffering=0) as line:
        line.write(b"\x02\x00\x10rubbish" * 20)
    acquirer.line(down=True)
    pos.offline_sale(500, card(3))
    pos.upload_advices()
    bridge.wait_for("stored")
    link = verdicts(tool, "link", code=1)[-1]
    assert link[0] == "fail" and "tcp: refused" in link[1] and "firewall" in link[2]
    assert "the line is down" in verdicts(tool, "queue", code=1)[0][1]
    serial = verdicts(tool, "terminal", code=1)[-1]
    assert serial[0] == "warn" and "noise" in serial[1] and "baud" in serial[2]


def test_a_certificate_of_somebody_else(own_home, tmp_path):
    with Acquirer(tls=tmp_path / "ca") as acquirer, Acquirer(tls=tmp_path / "other") as other:
        config = settings(secure(acquirer))
        with running(own_home, config, {"ca.der": other.tls.ca_der}):
            link = verdicts(Tool(), "link", code=1)[-2]
            assert "tls: TLS failed" in link[1] and "server_name" in link[2]


def test_without_a_configuration_it_says_so(own_home):
    with running(own_home, "{not json"):
        first = verdicts(Tool(), "bridge", code=1)[0]
        assert first[0] == "fail" and "not JSON" in first[1] and "provision" in first[2]


def test_a_bundle_tells_support_everything_but_secrets(secure_shop, tmp_path):
    acquirer, bridge, pos = secure_shop
    acquirer.line(down=True)
    pos.offline_sale(500, card(3))
    pos.upload_advices()
    bridge.wait_for("stored")
    made = tmp_path / "support.zip"
    Tool()("doctor", "--bundle", made, code=1)
    assert made.stat().st_mode & 0o77 == 0
    with zipfile.ZipFile(made) as archive:
        archive.extractall(tmp_path / "out")
    inside = sorted((tmp_path / "out").iterdir())
    assert "offline-sale" in (tmp_path / "out" / "journal.txt").read_text()
    assert "live-in" not in (tmp_path / "out" / "status.json").read_text()
    cards = [card(n).pan for n in (1, 2, 3)]
    keys = bridge.keys_path.read_bytes()
    secrets = [*cards, *(pan[:6] for pan in cards), keys[12:44].hex(), "TESTMERCHANT001"]
    assert leaks(inside, secrets) == []
