"""What the journal costs the flash: bytes programmed, erases and flash time per transaction.

The real engine on an emulated flash that counts. Housekeeping is included: what a transaction
leaves behind (footers, headers, copies, checkpoints, erases) is paid for by the transactions that
are counted. These figures repeat exactly.
"""

import samples

from desk import Desk
from tidegate.journal import records

# A typical NOR flash of this size: 30 us to begin a program and 2.5 us a byte, 0.4 ms a page at
# most; 45 ms to erase a sector.
BEGIN_US, BYTE_US, PAGE_US, PAGE_BYTES, ERASE_US = 30, 2.5, 400, 256, 45_000
SECTORS = 256  # 1 MB


def flash_us(programs, erases):
    """How long a list of program sizes and a number of erases keep the flash busy."""
    spent = erases * ERASE_US
    for size in programs:
        full, rest = divmod(size, PAGE_BYTES)
        spent += full * PAGE_US + (min(BEGIN_US + BYTE_US * rest, PAGE_US) if rest else 0)
    return spent


class Shop:
    """A bridge on a desk whose flash also remembers the size of each program."""

    def __init__(self, sectors=SECTORS, **limits):
        self.desk = Desk(sectors=sectors, limits={"stored_count_max": 100_000, **limits})
        self.stan = 0
        self.programs = []
        flash = self.desk.flash
        write = flash.writeblocks

        def counted(block, buf, off=None):
            self.programs.append(len(buf))
            write(block, buf, off)

        flash.writeblocks = counted
        self.tidy()

    def marks(self):
        flash = self.desk.flash
        self.programs.clear()
        return flash.programmed_bytes, flash.erases

    def costs(self, marks, count):
        flash = self.desk.flash
        erases = flash.erases - marks[1]
        return {
            "bytes": (flash.programmed_bytes - marks[0]) / count,
            "erases": erases / count,
            "flash_ms": flash_us(self.programs, erases) / count / 1000,
        }

    def _forget(self):
        desk = self.desk
        for seen in (desk.connects, desk.sent, desk.told, desk.events):
            seen.clear()

    def tidy(self):
        """What the idle moments between two transactions are for."""
        while self.desk.journal.tend(self.desk.engine.checkpoint):
            pass

    def next_stan(self):
        # A trace number of a terminal comes again after 999,999.
        self.stan = self.stan % 999_999 + 1
        return self.stan

    def sale(self):
        desk, stan = self.desk, self.next_stan()
        desk.perform(desk.engine.terminal_frame(1, 0, memoryview(samples.sale(stan=stan))))
        desk.up()
        desk.perform(desk.engine.host_frame(0, memoryview(samples.answer(stan=stan))))
        assert desk.replies()[-1][1:3] == ("0210", "00")
        desk.time.ms += 1000
        self._forget()
        self.tidy()

    def take(self):
        """Store an advice that the line is too bad for, answered here. -> erases meanwhile."""
        desk, stan = self.desk, self.next_stan()
        erases = desk.flash.erases
        frame = memoryview(samples.advice("TEST0002", stan))
        desk.perform(desk.engine.terminal_frame(2, 1, frame))
        for _ in range(20):
            if desk.told:
                break
            if desk.connects:
                desk.down(desk.connects.pop(0)[0])
            else:
                desk.wait(1)
        erased = desk.flash.erases - erases
        assert desk.replies()[-1][1:3] == ("0230", "94"), "not taken"
        self._forget()
        self.tidy()
        return erased

    def drain(self, count):
        """The line is back: the host confirms `count` of what is stored."""
        desk = self.desk
        while count:
            if desk.sent:
                lane, frame = desk.sent.pop()
                stan = int(desk._meaning(frame)[2])
                self._forget()
                answer = samples.advice_answer("TEST0002", stan)
                desk.perform(desk.engine.host_frame(lane, memoryview(answer)))
                count -= 1
                self.tidy()
            elif desk.connects:
                desk.up(desk.connects.pop(0)[0])
            else:
                desk.wait(61)

    def capacity(self):
        """How many advices fit until the next is refused."""
        journal = self.desk.journal
        before = journal.used
        self.take()
        each = journal.used - before
        count = 0
        while journal.room(samples.ADVICE_BYTES, False):
            journal.used += each
            count += 1
        journal.used = before + each
        self.drain(1)
        return count

    def wrap(self, times):
        """Turn the ring without advices: entries of the books, as busy days leave them."""
        journal, flash = self.desk.journal, self.desk.flash
        until = flash.erases + times * journal.sectors
        body = memoryview(bytes(records.BATCH_BYTES))
        while flash.erases < until:
            journal.append(records.BATCH, body)
            self.tidy()


def live(sectors, wraps=1):
    """Costs of a sale (SENT, ANSWER, DELIVER), over whole turns of a ring that is full."""
    shop = Shop(sectors)
    shop.wrap(1)
    marks, until = shop.marks(), shop.desk.flash.erases + wraps * sectors
    count = 0
    while shop.desk.flash.erases < until:
        shop.sale()
        count += 1
    return {"count": count, **shop.costs(marks, count)}


def stored(sectors, fill_percent, wraps_before=1, wraps=1, batch=20):
    """Costs of an advice of 200 bytes (STORE, ATTEMPT, DONE; sealed), while so much of the ring
    is taken by others that wait; and the most erases between receiving one and its answer."""
    shop = Shop(sectors)
    shop.wrap(wraps_before)
    waiting = shop.capacity() * fill_percent // 100
    for _ in range(waiting):
        shop.take()
    marks, until = shop.marks(), shop.desk.flash.erases + wraps * sectors
    count = worst = 0
    batch = max(1, min(batch, shop.capacity() - waiting))
    while shop.desk.flash.erases < until:
        for _ in range(batch):
            worst = max(worst, shop.take())
        shop.drain(batch)
        count += batch
    return {
        "count": count, "waiting": waiting, "erases_before_answer": worst, "answers": count,
        **shop.costs(marks, count),
    }  # fmt: skip
