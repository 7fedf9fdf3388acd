"""A card terminal on a real link, with the memory and the habits of a UnionPay POS.

    terminal = Terminal(tcp("127.0.0.1", 9001), tid="TEST0001", state="t1.json")
    terminal.sign_in()
    outcome = terminal.sale(1250, make_card(1))      # amounts in minor units
    terminal.settle()

Every method gives an Outcome when it is over, at the latest after the answer's wait time for each
message that it takes. The methods are safe to call from several threads; they queue.
"""

import json
import os
import threading
import time
from collections.abc import Callable, Generator
from pathlib import Path
from random import Random
from typing import Any

from tidegate.proto import kinds
from tidegate.proto.dialect import Dialect
from tidegate_host import dialects
from tidegate_host.standins import settling, trading
from tidegate_host.standins.books import Totals
from tidegate_host.standins.cards import Card, make_card
from tidegate_host.standins.clock import Clock
from tidegate_host.standins.flows import OPEN, Outcome, Pos, Send, Settings
from tidegate_host.standins.forms import Forms
from tidegate_host.standins.iso_forms import IsoForms
from tidegate_host.standins.keys import Vault
from tidegate_host.standins.links import SerialLink, TcpLink
from tidegate_host.standins.messages import IN, LINE, OUT, Logged, MessageLog
from tidegate_host.standins.request import Request
from tidegate_host.standins.tape import Record, Tape

MERCHANT = "TESTMERCHANT001"


class PowerCut(Exception):
    """The terminal lost its power in the middle of what was asked."""


class Terminal:
    """`state` is a JSON file that survives; without one the memory lasts as long as the object.

    settings: names of `flows.Settings`, such as wait_s (30), reversal_attempts_max (3),
    upload_at (5), sign_in_code (3). `extra_copies` is how often each request is written again, as
    an over-eager line would do.
    """

    def __init__(
        self,
        link: TcpLink | SerialLink,
        tid: str = "TEST0001",
        mid: str = MERCHANT,
        *,
        dialect: str | dict[str, Any] = "cup",
        state: Path | str | None = None,
        clock: Clock | None = None,
        seed: int = 1,
        on_message: Callable[[Logged], None] | None = None,
        **settings: Any,
    ) -> None:
        data = dialects.load(dialect) if isinstance(dialect, str) else dialect
        self.dialect = Dialect(data)
        self.link = link
        link.prepare(self.dialect.tpdu_bytes)
        self.tid = tid
        self.mid = mid
        self.clock = clock or Clock()
        self.log = MessageLog(on_message)
        self.extra_copies = 0
        self._file = Path(state) if state is not None else None
        self._saved = ""
        self._lock = threading.RLock()
        self._cut = threading.Event()
        forms = Forms(tid, mid) if self.dialect.is_cup else IsoForms(tid, mid, self.clock)
        self.pos = Pos(
            self.dialect, forms, Vault(self.dialect.mac), self.clock, Random(f"{seed} {tid}"),
            Settings(**settings), self._save, self._event,
        )  # fmt: skip
        self._load()

    # What the cashier does.

    def sign_in(self) -> Outcome:
        """New working keys from the host."""
        return self._run(trading.sign_in(self.pos))

    def sign_off(self) -> Outcome:
        """End the session."""
        return self._run(trading.sign_off(self.pos))

    def echo(self) -> Outcome:
        """Is the host there?"""
        return self._run(trading.echo(self.pos))

    def sale(
        self, amount: int, card: Card | None = None, *, chip_declines: bool = False,
        wait_s: float = 0,
    ) -> Outcome:  # fmt: skip
        """A sale; `wait_s` makes this one more impatient than the rest."""
        return self._trade(kinds.KIND_SALE, amount, card, None, chip_declines, wait_s)

    def preauth(self, amount: int, card: Card | None = None) -> Outcome:
        """A pre-authorization."""
        return self._trade(kinds.KIND_PREAUTH, amount, card)

    def balance(self, card: Card | None = None) -> Outcome:
        """A balance inquiry."""
        return self._trade(kinds.KIND_BALANCE, 0, card)

    def void(self, stan: int) -> Outcome:
        """Undo a sale, pre-authorization or completion of this batch."""
        original = self._original(stan)
        kind = {
            kinds.KIND_PREAUTH: kinds.KIND_PREAUTH_VOID,
            kinds.KIND_COMPLETION: kinds.KIND_COMPLETION_VOID,
        }.get(original.kind, kinds.KIND_VOID)
        return self._trade(kind, original.amount, None, original)

    def refund(self, stan: int, amount: int = 0) -> Outcome:
        """Give back a sale, or a part of it, from this batch or an earlier one."""
        original = self._original(stan)
        return self._trade(kinds.KIND_REFUND, amount or original.amount, None, original)

    def preauth_add(self, stan: int, amount: int) -> Outcome:
        """Raise a pre-authorization."""
        return self._trade(kinds.KIND_PREAUTH_ADD, amount, None, self._original(stan))

    def complete(self, stan: int, amount: int = 0, *, advice: bool = False) -> Outcome:
        """Complete a pre-authorization, as a request or (`advice`) as a 0220."""
        original = self._original(stan)
        kind = kinds.KIND_COMPLETION_ADVICE if advice else kinds.KIND_COMPLETION
        return self._trade(kind, amount or original.amount, None, original)

    def offline_sale(self, amount: int, card: Card | None = None) -> Outcome:
        """A sale without asking; it is uploaded after the next on-line transaction, or when enough
        are waiting."""
        chosen = card or make_card()
        return self._run(trading.offline_sale(self.pos, kinds.KIND_OFFLINE_SALE, chosen, amount))

    def adjust(self, stan: int, amount: int) -> Outcome:
        """Change the amount of a sale (a tip), as an advice."""
        original = self._original(stan)
        flow = trading.offline_sale(
            self.pos, kinds.KIND_ADJUST, original.the_card(), amount, original
        )
        return self._run(flow)

    def upload_advices(self) -> Outcome:
        """Send the reversal that is due and everything that was made off-line."""
        return self._run(trading.upload(self.pos))

    def reverse(self) -> Outcome:
        """Send the reversal that is due, if any, now."""
        return self._run(trading.reversal(self.pos))

    def settle(self, force: bool = False) -> Outcome:
        """Drain, settle, upload, begin the next batch; or go on with an upload that was broken
        off."""
        return self._run(settling.settle(self.pos, force))

    def send(self, fields: dict[int, str], *, seal: bool = True, wait_s: float = 0) -> Outcome:
        """Any message, for trying things out; nothing is remembered of it."""
        return self._run(trading.send(self.pos, fields, seal, wait_s))

    # What it knows.

    @property
    def tape(self) -> Tape:
        """Its memory; read, do not change."""
        return self.pos.tape

    def totals(self) -> Totals:
        """What the batch adds up to, as the terminal counts it."""
        with self._lock:
            return self.tape.totals()

    def records(self) -> list[Record]:
        """The transactions of this batch, oldest first."""
        with self._lock:
            return list(self.tape.records)

    def status(self) -> dict[str, Any]:
        """The state as a JSON object; card numbers are not in it."""
        with self._lock:
            tape = self.tape
            slot = tape.slot
            due = {n: slot[n] for n in ("stan", "amount", "reason", "attempts")} if slot else None
            return {
                "terminal": self.tid, "merchant": self.mid, "batch": tape.batch,
                "signed_in": tape.signed_in, "closing": tape.closing or None,
                "next_stan": tape.next_stan, "reversal": due, "dropped": tape.dropped,
                "waiting": len(tape.waiting()), "totals": tape.totals().as_dict(),
                "transactions": [Outcome(r.state, r.reason, r).as_dict() for r in tape.records],
            }  # fmt: skip

    # Power.

    def reboot(self) -> None:
        """Switch off and on: what was saved is there, the link is not."""
        with self._lock:
            self.link.close()
            self._load()
            self._event("power on")

    def power_cut(self) -> None:
        """Cut the power, also while another thread waits in a method: that one raises PowerCut.
        The terminal is on again when this returns."""
        self._cut.set()
        self.link.interrupt()
        with self._lock:
            self._cut.clear()
            self.reboot()

    def close(self) -> None:
        """Close the link."""
        self.link.close()

    def _trade(
        self, kind: int, amount: int, card: Card | None, original: Record | None = None,
        chip_declines: bool = False, wait_s: float = 0,
    ) -> Outcome:  # fmt: skip
        chosen = card or (original.the_card() if original else make_card())
        return self._run(
            trading.trade(self.pos, kind, chosen, amount, original, chip_declines, wait_s)
        )

    def _original(self, stan: int) -> Record:
        with self._lock:
            record = self.tape.find_anywhere(stan)
        if record is None:
            raise LookupError(f"the terminal has no transaction {stan:06d}")
        return record

    def _run(self, flow: Generator[Any, Any, Outcome]) -> Outcome:
        with self._lock:
            try:
                value = None
                while True:
                    step = flow.send(value)
                    value = self._open() if step == OPEN else self._ask(step)
                    if self._cut.is_set():
                        raise PowerCut
            except StopIteration as end:
                return end.value
            finally:
                if not self.link.keep_open:
                    self.link.close()

    def _open(self) -> bool:
        good = self.link.open()
        if not good:
            self._event(f"no connection: {self.link.failure}")
        return good

    def _ask(self, send: Send) -> bytes | None:
        # Writes the request and waits for the answer that belongs to it.
        self.link.flush()
        self._note(OUT, send.payload)
        deadline = time.monotonic() + send.wait_s
        try:
            for _ in range(1 + self.extra_copies):
                self.link.send(send.payload)
            while True:
                payload = self.link.receive(deadline)
                if payload is None:
                    self._event("no answer in time")
                    return None
                if self.pos.read(send, payload) is not None:
                    self._note(IN, payload)
                    return payload
                self._note(IN, payload, "not the answer that is waited for")
        except OSError as error:
            self._event(f"link lost: {error.strerror or error}")
            self.link.close()
            return None

    def _note(self, direction: str, payload: bytes, note: str = "") -> None:
        try:
            m = Request(self.dialect, payload)
        except ValueError:
            self._event("unreadable message", direction)
            return
        self.log.add(
            at=self._at(), direction=direction, terminal=self.tid, kind=m.kind_name,
            mti=m.fields[0], stan=m.stan, batch=m.batch, amount=m.amount if 4 in m.fields else -1,
            code=m.fields.get(39, ""), card=m.masked, note=note,
        )  # fmt: skip

    def _event(self, note: str, direction: str = LINE) -> None:
        self.log.add(at=self._at(), direction=direction, terminal=self.tid, note=note)

    def _at(self) -> str:
        return self.clock.now().isoformat(timespec="milliseconds")

    def _save(self) -> None:
        if self._cut.is_set():
            raise PowerCut
        self._saved = json.dumps(self.tape.as_dict())
        if self._file is not None:
            fresh = self._file.with_suffix(self._file.suffix + ".new")
            fresh.write_text(self._saved, "utf-8")
            os.replace(fresh, self._file)

    def _load(self) -> None:
        text = self._saved
        if self._file is not None and self._file.is_file():
            text = self._file.read_text("utf-8")
        self.pos.tape = Tape.from_dict(json.loads(text)) if text else Tape()
