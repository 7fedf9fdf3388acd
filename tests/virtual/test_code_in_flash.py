"""Provisioning and updating a board that runs its firmware from the image."""

import pytest
from device import Tool
from shop import ROWS, card, plain, running, settings, terminal

from tidegate_host.device import virtual
from tidegate_host.image import compiling
from tidegate_host.standins.acquirer import Acquirer

pytestmark = pytest.mark.usefixtures("code_in_image", "room_for_a_doctor")

CAP = (
    '\n[[window]]\nname = "cap"\nfrom = "00:00"\nto = "24:00"\naction = "allow"\nmax_amount = 1\n'
)


def test_it_gets_a_configuration_and_keeps_its_code(own_home, tmp_path):
    with Acquirer() as acquirer:
        config = settings(plain(acquirer))
        with running(own_home, config, TIDEGATE_TIME_SCALE="10") as bridge:
            text = ROWS.read_text().replace("port = 7000", f"port = {acquirer.port}")
            for link, old in (("t1", 9001), ("t2", 9002)):
                text = text.replace(f"port = {old}", f"port = {bridge.ports[link]}")
            toml, tool = tmp_path / "bridge.toml", Tool()
            toml.write_text(text + CAP)
            assert tool.json("provision", "-c", toml)["changed"] == ["bridge.json"]
            pos = terminal(bridge)
            pos.sign_in()
            assert not pos.sale(100, card(1)).approved
            built = compiling.build(virtual.home() / "firmware").name.removeprefix("firmware-")
            assert f"firmware {built}" in tool("doctor")
            tool("provision", "--rollback")
            pos = terminal(bridge)
            pos.sign_in()
            assert pos.sale(200, card(2)).approved
            tool("update", "keygen", tmp_path / "p", device=False)
            release, trust = tmp_path / "r.zip", tmp_path / "p.public.pem"
            sign = tmp_path / "p.private.pem"
            tool("update", "make", release, "--sign", sign, "--serial", 1, device=False)
            told = tool("update", "apply", release, "--trust", trust, code=2)
            assert "has to be flashed" in told
