"""A bench with a stock image and a configuration, and the tool in this process."""

import shutil

import pytest
from click.testing import CliRunner
from stock_image import stock

from tidegate_host import paths
from tidegate_host.cli.main import group


class Bench:
    def __init__(self, folder):
        self.folder = folder
        self.stock = folder / "stock.bin"
        self.stock.write_bytes(stock())
        self.config = folder / "bridge.toml"
        text = (paths.boards_root() / "virtual" / "bridge.toml").read_text("utf-8")
        self.config.write_text(text.replace('"/dev/ttyUSB0"', '"2"'), "utf-8")
        (folder / "ca.der").write_bytes(b"a certificate")
        self.image = folder / "flash.bin"

    def words(self, *more, board="esp32-generic", out=None):
        return ("image", "build", "-b", board, "-m", self.stock, "-c", self.config,
                "-o", out or self.image, *more)  # fmt: skip

    def build(self, *more, code=0, **options):
        return self.run(*self.words(*more, **options), code=code)

    def run(self, *words, code=0, answers=None):
        """What a command says. `code` None: a finding (1) is as good as 0."""
        result = CliRunner().invoke(group, [*map(str, words)], input=answers)
        wanted = (0, 1) if code is None else (code,)
        assert result.exit_code in wanted, f"{result.exit_code}: {result.output}{result.exception}"
        return result.output


@pytest.fixture
def bench(tmp_path):
    return Bench(tmp_path)


@pytest.fixture
def built(bench, tmp_path_factory):
    """A bench with an image of the example."""
    kept = tmp_path_factory.getbasetemp() / "built.bin"
    if not kept.exists():
        bench.build()
        shutil.copy(bench.image, kept)
    shutil.copy(kept, bench.image)
    return bench
