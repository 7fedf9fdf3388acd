"""The setup scripts: which mirrors they take from a machine, and when they do nothing."""

import sys

import pytest

from sources import ROOT

sys.path.insert(0, str(ROOT / "host" / "setup"))

from mirrors import Mirror, own_mirrors  # noqa: E402
from stamps import Stamp  # noqa: E402

KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"

DEB822 = f"""\
# a comment, which may hold Types: deb
Types: deb deb-src
URIs: http://mirror.test/debian/
Suites: bookworm bookworm-updates
Components: main
Signed-By: {KEYRING}

Types: deb
URIs: http://mirror.test/debian-security
Suites: bookworm-security
Components: main

Types: deb
URIs: http://off.test/debian
Suites: bookworm
Components: main
Enabled: no
"""

INLINE_KEY = """\
Types: deb
URIs: http://inline.test/debian
Suites: trixie
Components: main contrib
Signed-By:
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
 mQINBGPL0BUBEADmW5NdOOHwPIJlgPu6JDcKw/NZJPR8lsD3K87ZM18gzyQZJD
"""

ONE_LINE = """\
# deb http://comment.test/debian bookworm main
deb [arch=amd64 signed-by=/k.gpg] http://line.test/debian bookworm main contrib
deb-src http://source.test/debian bookworm main
deb http://third.test/apt stable-thing main
deb http://docker.test/linux/debian bookworm stable
"""


@pytest.fixture
def apt(tmp_path):
    (tmp_path / "sources.list.d").mkdir()
    return tmp_path


def uris(apt, codename="bookworm"):
    return [mirror.uri for mirror in own_mirrors("debian", codename, apt)]


def test_stanzas_give_the_distribution_and_not_its_neighbours(apt):
    (apt / "sources.list.d" / "debian.sources").write_text(DEB822)
    assert own_mirrors("debian", "bookworm", apt) == [Mirror("http://mirror.test/debian", KEYRING)]


def test_a_key_inside_the_file_leaves_the_keyring_of_the_distribution(apt):
    (apt / "sources.list.d" / "debian.sources").write_text(INLINE_KEY)
    [mirror] = own_mirrors("debian", "trixie", apt)
    assert mirror.uri == "http://inline.test/debian"
    assert mirror.keyring in (KEYRING, "")


def test_lines_are_read_and_third_party_archives_are_left_out(apt):
    (apt / "sources.list").write_text(ONE_LINE)
    assert own_mirrors("debian", "bookworm", apt) == [Mirror("http://line.test/debian", "/k.gpg")]


def test_disabled_files_and_other_releases_do_not_count(apt):
    (apt / "sources.list.d" / "debian.sources.disabled").write_text(DEB822)
    (apt / "sources.list.d" / "debian.sources").write_text(DEB822)
    assert uris(apt, "trixie") == []
    assert uris(apt / "nowhere") == []


def test_a_stamp_is_stale_until_the_step_has_ended_well(tmp_path):
    given = tmp_path / "input"
    given.write_text("one")
    path = tmp_path / "stamp"
    with pytest.raises(KeyError), Stamp(path, given) as stamp:
        assert stamp.stale
        raise KeyError
    with Stamp(path, given) as stamp:
        assert stamp.stale
    with Stamp(path, given) as stamp:
        assert not stamp.stale
    given.write_text("two")
    with Stamp(path, given) as stamp:
        assert stamp.stale
