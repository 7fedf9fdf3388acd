"""A real acquirer's host on a TCP or TLS port, with books, keys and a plan of faults.

    with Acquirer(books="books.json", faults="plan.toml") as acquirer:
        terminal = Terminal(tcp("127.0.0.1", acquirer.port))
        ...
        acquirer.log.wait_count(kind="sale", direction="in")
        print(acquirer.totals("TEST0001", 1))

It runs in a thread of its own; every method may be called from any thread.
"""

import asyncio
import json
import os
import ssl
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from tidegate.proto.dialect import Dialect
from tidegate.proto.iso8583 import CodecError
from tidegate_host import dialects
from tidegate_host.standins import faults as fault_plan
from tidegate_host.standins.books import Books, Entry, Totals
from tidegate_host.standins.clock import Clock
from tidegate_host.standins.faults import Plan, Rule
from tidegate_host.standins.host import Host
from tidegate_host.standins.keys import Vault
from tidegate_host.standins.messages import IN, LINE, OUT, Logged, MessageLog
from tidegate_host.standins.request import Request
from tidegate_host.standins.ruling import IDEMPOTENT, Limits
from tidegate_host.standins.tls import TlsFiles, make_ca
from tidegate_host.standins.wire import Connection

_CALL_TIMEOUT_S = 10


class Acquirer:
    """`start` returns when it listens; `port` is then the real port (0 takes a free one).

    tls: TlsFiles, a folder for them (made when empty), or None.
    books: Books handed over from a predecessor, or a JSON file that is read and kept up to date.
    faults: a Plan, a TOML file, or a list of rules as dicts.
    kind: "idempotent" answers a repeated advice 94, "books-repeats" books it again.
    terminals: F41s that are registered; None registers everybody.
    """

    def __init__(
        self,
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        tls: TlsFiles | Path | str | None = None,
        dialect: str | dict[str, Any] = "cup",
        books: Books | Path | str | None = None,
        faults: Plan | Path | str | list[dict[str, Any]] | None = None,
        kind: str = IDEMPOTENT,
        clock: Clock | None = None,
        cutover_min: int = 23 * 60,
        limits: Limits | None = None,
        terminals: list[str] | None = None,
        framing: str = "len2",
        seed: int = 1,
        on_message: Callable[[Logged], None] | None = None,
    ) -> None:
        self.host = host
        self.port = port
        self.tls = make_ca(tls) if isinstance(tls, (str, Path)) else tls
        data = dialects.load(dialect) if isinstance(dialect, str) else dialect
        self.dialect = Dialect(data)
        self.clock = clock or Clock()
        self._file = Path(books) if isinstance(books, (str, Path)) else None
        self._books = books if isinstance(books, Books) else _read(self._file)
        self.faults = _plan(faults)
        self.log = MessageLog(on_message)
        self.framing = framing
        # Keys must not come again when the books of an earlier run go on.
        vault = Vault(self.dialect.mac, seed=seed * 1_000_003 + self._books.next_rrn)
        self.core = Host(
            self.dialect, self._books, vault, self.clock,
            limits=limits, kind=kind, cutover_min=cutover_min, terminals=terminals,
        )  # fmt: skip
        self._lock = threading.RLock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._server: asyncio.Server | None = None
        self._connections: dict[int, Connection] = {}
        self._next_conn = 1

    def __enter__(self) -> "Acquirer":
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> "Acquirer":
        """Listen. Raises OSError when the port cannot be had."""
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        try:
            self._call(self._open())
        except OSError:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        """Close everything. The books stay readable."""
        loop, self._loop = self._loop, None
        if loop is None or self._thread is None:
            return
        asyncio.run_coroutine_threadsafe(self._close(), loop).result(_CALL_TIMEOUT_S)
        loop.call_soon_threadsafe(loop.stop)
        self._thread.join(_CALL_TIMEOUT_S)
        loop.close()

    def line(self, down: bool) -> None:
        """Take the host off the net (listener closed, connections reset), or bring it back."""
        self._call(self._close() if down else self._open())

    def hang_up(self) -> None:
        """Reset all connections; new ones are accepted."""
        self._call(self._reset_all())

    def books(self) -> dict[str, Any]:
        """A copy of the books: {"batches": [...], "entries": [...], "settlements": [...],
        "findings": [...]}; a batch has terminal, batch, debit_count, debit_sum, credit_count and
        credit_sum."""
        with self._lock:
            rows = []
            for terminal, batch in self._books.batches():
                totals = self._books.totals(terminal, batch).as_dict()
                rows.append({"terminal": terminal[:8], "batch": batch, **totals})
            settlements = json.loads(json.dumps(self._books.settlements))
            return {
                "batches": rows,
                "entries": [entry.as_dict() for entry in self._books.entries],
                "settlements": settlements,
                "findings": self._books.findings(),
            }

    def totals(self, terminal: str, batch: int) -> Totals:
        """Counts and sums of one batch."""
        with self._lock:
            return self._books.totals(terminal, batch)

    def entries(self, terminal: str = "", batch: int | None = None) -> list[Entry]:
        """Transactions, oldest first. The objects are live: read, do not change."""
        with self._lock:
            return self._books.select(terminal, batch)

    def hand_over(self) -> Books:
        """The books themselves, for a successor: `Acquirer(books=old.hand_over())` after stop."""
        return self._books

    def fault(self, do: str, **settings: Any) -> Rule:
        """Add a rule to the plan (names as in the TOML file); look at its `fired` afterwards."""
        with self._lock:
            return self.faults.add(do, **settings)

    def change_keys(self, terminal: str) -> None:
        """Make the MACs of a terminal wrong until it signs in again."""
        with self._lock:
            self.core.forget_keys(terminal)

    def wait_for(self, true: Callable[[list[Logged]], object], timeout_s: float = 10) -> bool:
        """Wait until `true` of the log's entries; False when the time is over."""
        return self.log.wait_for(true, timeout_s)

    def _call(self, coroutine: Any) -> Any:
        if self._loop is None:
            coroutine.close()
            raise RuntimeError("the acquirer is not running")
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(_CALL_TIMEOUT_S)

    async def _open(self) -> None:
        if self._server is not None:
            return
        context: ssl.SSLContext | None = self.tls.server_context() if self.tls else None
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            self._accept, self.host, self.port, ssl=context, reuse_address=True
        )
        self.port = self._server.sockets[0].getsockname()[1]
        self._event(0, f"listening on {self.host}:{self.port}")

    async def _close(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
            self._event(0, "line down")
        await self._reset_all()

    async def _reset_all(self) -> None:
        for connection in list(self._connections.values()):
            connection.reset()
        await asyncio.sleep(0)

    def _accept(self) -> Connection:
        connection = Connection(self._next_conn, self.framing, self.dialect.tpdu_bytes, self)
        self._next_conn += 1
        return connection

    # The four callbacks of a connection run in the loop's thread.

    def opened(self, connection: Connection) -> None:
        self._connections[connection.number] = connection
        self._event(connection.number, "connected")

    def closed(self, connection: Connection, reason: str) -> None:
        self._connections.pop(connection.number, None)
        self._event(connection.number, reason)

    def received(self, connection: Connection, payload: bytes) -> None:
        try:
            request = Request(self.dialect, payload)
        except CodecError as error:
            # The error names field and offset, never contents.
            self._event(connection.number, f"unreadable message: {error}", direction=IN)
            return
        with self._lock:
            rule = self.faults.pick(request)
            note = rule.name or rule.do if rule else ""
            self._message(connection, IN, request, request.fields.get(39, ""), note)
            if rule is not None and not rule.book:
                self._act(connection, rule, request, b"", "")
                return
            refuse = rule.code if rule is not None and rule.do == "refuse" else ""
            spoil = rule is not None and rule.do == "bad-mac"
            answer, code = self.core.answer(request, refuse, spoil)
            self._keep()
        if rule is not None:
            self._act(connection, rule, request, answer, code)
        elif answer:
            self._reply(connection, request, answer, code)

    def _act(
        self, connection: Connection, rule: Rule, request: Request, answer: bytes, code: str
    ) -> None:
        if rule.do == "reset":
            connection.reset()
        elif rule.do == "close":
            loop = asyncio.get_running_loop()
            loop.create_task(self._close())
            if rule.for_s:
                loop.call_later(rule.for_s, lambda: loop.create_task(self._reopen()))
        elif not answer or rule.do == "drop":
            self.log.touch()
        elif rule.do == "half":
            connection.send_half(answer)
        elif rule.wait_s:
            loop = asyncio.get_running_loop()
            loop.call_later(rule.wait_s, self._reply, connection, request, answer, code, rule.do)
        else:
            self._reply(connection, request, answer, code, rule.name or rule.do)
            if rule.do == "duplicate":
                self._reply(connection, request, answer, code, rule.name or rule.do)

    async def _reopen(self) -> None:
        if self._loop is not None:
            with suppress(OSError):
                await self._open()

    def _reply(
        self, connection: Connection, request: Request, answer: bytes, code: str, note: str = ""
    ) -> None:
        # Logged before it is written: who has the answer finds it in the log.
        if not connection.alive:
            note = (note + " answer lost: the connection is gone").strip()
        self._message(connection, OUT, request, code, note)
        connection.send(answer)

    def _message(
        self, connection: Connection, direction: str, request: Request, code: str, note: str
    ) -> None:
        mti = request.fields[0]
        if direction == OUT:
            mti = f"{mti[:2]}{int(mti[2]) + 1}0"
        self.log.add(
            at=self._at(), direction=direction, conn=connection.number,
            terminal=request.terminal[:8], kind=request.kind_name, mti=mti, stan=request.stan,
            batch=request.batch, amount=request.amount if 4 in request.fields else -1,
            code=code, card=request.masked, note=note,
        )  # fmt: skip

    def _event(self, conn: int, note: str, direction: str = LINE) -> None:
        self.log.add(at=self._at(), direction=direction, conn=conn, note=note)

    def _at(self) -> str:
        return self.clock.now().isoformat(timespec="milliseconds")

    def _keep(self) -> None:
        if self._file is None:
            return
        fresh = self._file.with_suffix(self._file.suffix + ".new")
        fresh.write_text(json.dumps(self._books.as_dict()), "utf-8")
        os.replace(fresh, self._file)


def _read(path: Path | None) -> Books:
    books = Books()
    if path is not None and path.is_file():
        books.load_dict(json.loads(path.read_text("utf-8")))
    return books


def _plan(faults: Plan | Path | str | list[dict[str, Any]] | None) -> Plan:
    if isinstance(faults, Plan):
        return faults
    if isinstance(faults, (str, Path)):
        return fault_plan.load(faults)
    return Plan([fault_plan.make_rule(row, i + 1) for i, row in enumerate(faults or [])])
