"""Runs the evening, reads the evidence, checks it, and writes page and transcript."""

import json
import subprocess
import time
from pathlib import Path

from tidegate_host.demo import assemble, checks, ending, evidence, leaks, scenario
from tidegate_host.demo.stage import Stage
from tidegate_host.demo.tell import Teller
from tidegate_host.demo.watch import NothingHappened
from tidegate_host.device.virtual import VirtualError
from tidegate_host.report import data
from tidegate_host.report.page import render

PAGE = "tidegate-demo.html"
TRANSCRIPT = "transcript.txt"


class DemoFailed(Exception):
    """The demo could not be set up; the text says why. What fails later is a failed check."""


def run(folder: Path, quiet: bool = False) -> data.Report:
    """Play the story in `folder` and return the report; `good` tells whether all went well.

    Page and transcript are written to the folder. Raises DemoFailed when it cannot begin,
    paths.MissingTool when there is no MicroPython.
    """
    began = time.monotonic()
    folder.mkdir(parents=True, exist_ok=True)
    stage = Stage(folder)
    tell = Teller(stage.clock, quiet)
    tell.aside(
        "Tidegate: the real firmware under MicroPython, two terminals, an acquirer over TLS.",
        "真实固件、两台终端、TLS 收单方；约半分钟，无需操作。",
    )
    problem = perform(stage, tell)
    report = judge(stage, tell, problem)
    write(folder, report)
    _show(tell, folder, report)
    tell.aside(f"It took {time.monotonic() - began:.0f} seconds.")
    return report


def perform(stage: Stage, tell: Teller) -> str:
    """Play the story; what went wrong, empty when nothing did. The stage is left in any case."""
    try:
        with tell.busy("setting up: compiling the firmware, starting the bridge"):
            stage.__enter__()
    except (OSError, VirtualError, NothingHappened) as error:
        raise DemoFailed(f"the demo cannot begin: {error}") from error
    with stage:
        try:
            scenario.play(stage, tell)
            return ""
        except (scenario.Surprise, NothingHappened, VirtualError, OSError) as error:
            problem = str(error)
        except subprocess.SubprocessError as error:
            problem = f"a helper did not end: {error}"
    tell.say(f"This is not as it should be: {problem}.", "与预期不符。", good=False)
    return problem


def judge(stage: Stage, tell: Teller, problem: str = "") -> data.Report:
    """Read everybody's books after the end, and check what was promised."""
    bridge = evidence.read(stage.bridge.flash_path)
    report = assemble.report(stage, tell, bridge, _made_with(stage))
    if problem:
        report.checks.append(data.Check("The story went as planned", "按计划进行", False, problem))
    report.checks += checks.all_of(stage, bridge, report.books, scenario.ADVICES)
    report.checks.append(_leaks(stage, report))
    return report


def _leaks(stage: Stage, report: data.Report) -> data.Check:
    # Everything that is left behind, the page and this report's own words included.
    write(stage.folder, report)
    files = sorted(path for path in stage.bridge.folder.rglob("*") if path.is_file())
    files += [stage.folder / PAGE, stage.folder / TRANSCRIPT]
    found = leaks.find(files, [card.pan for card in scenario.CARDS])
    return data.Check(
        "No card number on the flash, in a log or here",
        "闪存与日志无卡号",
        not found,
        "; ".join(found),
    )


def _made_with(stage: Stage) -> str:
    settings = json.loads((stage.bridge.folder / "settings.json").read_text("utf-8"))
    command = settings["interpreter"]
    program = "import sys; print('.'.join(str(n) for n in sys.implementation[1][:3]))"
    done = subprocess.run([command[0], "-c", program], capture_output=True, text=True)
    heap = command[-1].removeprefix("heapsize=")
    return f"tidegate demo: the firmware under MicroPython {done.stdout.strip()}, heap {heap}"


def write(folder: Path, report: data.Report) -> None:
    """Write the page and the transcript."""
    (folder / PAGE).write_text(render(report), "utf-8")
    lines = [f"{report.title}  {report.title_zh}"]
    for step in report.steps:
        lines += ["", f"{step.number:>2}  {step.shop}  {step.title}  {step.title_zh}"]
        for line in report.transcript:
            if line.step == step.number:
                lines += [f"    {line.text}", f"    {line.text_zh}"]
    lines += ["", *(f"{'ok  ' if c.passed else 'FAIL'}  {c.name}" for c in report.checks)]
    (folder / TRANSCRIPT).write_text("\n".join(lines) + "\n", "utf-8")


def _show(tell: Teller, folder: Path, report: data.Report) -> None:
    tell.print("")
    tell.print(ending.books_table(report.books))
    tell.title("Sales that were held", "挂起的交易")
    for line in ending.holds_lines(report.holds):
        tell.print(line)
    tell.title("What was checked", "核对")
    for line in ending.checks_lines(report.checks):
        tell.print(line)
    tell.print("")
    tell.print(ending.verdict(report))
    page = folder / PAGE
    near = page.relative_to(Path.cwd()) if page.is_relative_to(Path.cwd()) else page
    tell.print(f"The time line of every message 时间线: [bold]{near}[/bold]")
