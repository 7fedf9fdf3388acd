"""Runs the firmware until it has to start again.

On a stock board the code lives in the heap. So what only a start needs is dropped after it, and
what only a person needs (the console) is loaded when somebody speaks.
"""

import asyncio
import gc
import sys

from tidegate.app import events
from tidegate.app.clock import Clock
from tidegate.app.supervisor import Supervisor, trace
from tidegate.app.waits import readable
from tidegate.compat import const

_FOR_A_START = (
    "tidegate.app.starting",
    "tidegate.app.restored",
    "tidegate.journal.mount",
    "tidegate.journal.counting",
    "tidegate.journal.replay",
    "tidegate.journal.spare",
    "tidegate.journal.walk",
    "tidegate.journal.report",
)
_GARBAGE_BYTES = const(4096)  # at least so much between two collections


class Idle:
    # Stands where the bridge would be, when there is none.
    def __init__(self, problem, safe=False):
        self.problem = problem
        self.safe = safe


def forget(names):
    # Modules, out of the table and out of their packages, which hold them as well.
    for name in names:
        package, _, last = name.rpartition(".")
        if sys.modules.pop(name, None):
            delattr(sys.modules[package], last)


async def main(port, on_trial):
    clock = Clock(port)
    supervisor = Supervisor(port, clock)
    clock.tells(supervisor.note)
    supervisor.note(events.BOOT, port.cause, clock.time.trust, gc.mem_free())  # type: ignore
    bridge = _after_crashes(port, on_trial, supervisor) or _bridge(port, clock, supervisor)
    supervisor.add("console", lambda: _console(port, bridge, supervisor))
    if on_trial:
        from tidegate.app.trial import Trial

        supervisor.add("trial", Trial(port, bridge, supervisor).run)
    _add_board(port, bridge, supervisor)
    forget(_FOR_A_START)
    gc.collect()
    gc.threshold(max(_GARBAGE_BYTES, gc.mem_free() // 4))  # type: ignore
    await supervisor.run()


def _after_crashes(port, on_trial, supervisor):
    # -> what stands for the bridge in safe mode, None when all is well.
    if port.cause not in events.CRASHES and not port.kept(events.KEPT_CRASHES):
        return None
    from tidegate.app.crashes import Crashes

    crashes = Crashes(port, on_trial)
    count = len(crashes.ages_s)
    if crashes.too_many:
        supervisor.note(events.SAFE_MODE, count, 0, 0)
        return Idle("safe mode: %d crashes within ten minutes" % count, True)
    if count:
        supervisor.add("crashes", crashes.run)
    return None


def _bridge(port, clock, supervisor):
    from tidegate.app import starting

    try:
        bridge = starting.build(port, clock, supervisor)
        _add_tasks(supervisor, bridge, clock)
        return bridge
    except starting.Refused as refusal:
        event, reason, text = refusal.args
        supervisor.note(event, reason, 0, 0)
        return Idle(text)
    except Exception as error:
        # A fault of ours, or no memory: still a console, for whoever comes to look.
        supervisor.tell(error)
        supervisor.note(events.CONFIG_BAD, events.CONFIG_REFUSED, events.reason_of(error), 0)
        return Idle("the firmware failed to start: " + type(error).__name__)


def _add_board(port, bridge, supervisor):
    # In safe mode, or where nobody knows how the board is wired, the network stays off.
    network = None
    if not port.problem and not (isinstance(bridge, Idle) and bridge.safe):
        network = port.network()
    if network:
        from tidegate.app.upkeep import Upkeep

        supervisor.add("network", Upkeep(network, bridge, supervisor).run, True)
    light = port.light()
    if light:
        from tidegate.app.lamp import Lamp

        supervisor.add("lamp", Lamp(light, network, bridge, supervisor).run, True)


async def _console(port, bridge, supervisor):
    if not port.console_raw:
        await readable(port.console)
    gc.collect()
    from tidegate.app.service import serve

    await serve(port, bridge, supervisor)


def _add_tasks(supervisor, bridge, clock):
    from tidegate.app.terminal import Links

    supervisor.add("timer", bridge.timer, True)
    supervisor.add("keep", bridge.keep, True)
    supervisor.add("clock", lambda: clock.run(supervisor), True)
    if [route for route in bridge.config["routes"] if route["probe"] != "none"]:
        supervisor.add("probe", bridge.probe, True)
    for name, make in Links(bridge).tasks():
        supervisor.add(name, make)
    bridge.perform(bridge.engine.start)


def forever(port, on_trial):
    # Whatever ends the loop, a fresh start follows: nothing in memory is trusted after that.
    try:
        asyncio.run(main(port, on_trial))
    except Exception as error:
        for line in trace(error):
            port.log("# %s\n" % line)
    port.fail()
