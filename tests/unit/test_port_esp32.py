"""What the port makes of an ESP32: why it starts, what time it is, and which parts it loads."""

import json
import unittest

from esp32_for_tests import Bench, Ended, chip, machine, time

POWER, RESET, ENDED, WATCHDOG, UNKNOWN = range(5)
YEAR_2020 = 631152000
NOON = 221572800  # 2027-01-08 12:00:00 in seconds since 2020
DS3231 = 0x68
PINS = {"rtc_sda": 21, "rtc_scl": 22, "led": 2}


class File:
    def __init__(self, data):
        self.data = data

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def read(self):
        return self.data


class Select:
    POLLIN = 1

    class poll:
        def register(self, wire, flags):
            pass


class Board:
    # A board, start after start; `files` is its file system.
    def __init__(self, case, board=None):
        self.bench = Bench()
        case.addCleanup(self.bench.end)
        self.files = {}
        if board is not None:
            self.files["board.json"] = json.dumps(board).encode()

    def _open(self, name, mode):
        if name not in self.files:
            raise OSError(2, "ENOENT")
        return File(self.files[name])

    def start(self):
        from tidegate.port import esp32

        esp32.open = self._open
        esp32.select = Select
        return esp32.Port()


def chip_with(case, registers, status=0):
    chip.bus[DS3231] = bytearray(registers) + bytearray(8) + bytes((status,)) + bytes(3)


# 2027-01-08, a Friday, 12:00:00
FRIDAY_NOON = b"\x00\x00\x12\x05\x08\x01\x27"


class Cause(unittest.TestCase):
    def start_after(self, board, end, cause):
        port = board.start()
        with self.assertRaises(Ended):
            end(port)
        chip.restart(cause)
        return board.start()

    def test_why_it_starts(self):
        for number, cause in (
            (machine.PWRON_RESET, POWER),
            (machine.WDT_RESET, WATCHDOG),
            (machine.HARD_RESET, ENDED),  # a panic, for all that Python can see
            (machine.SOFT_RESET, RESET),
            (machine.DEEPSLEEP_RESET, UNKNOWN),
            (0, UNKNOWN),
        ):
            with self.subTest(number=number):
                board = Board(self)
                chip.cause = number
                self.assertEqual(board.start().cause, cause)

    def test_a_reset_that_was_asked_for_is_no_crash(self):
        board = Board(self)
        port = self.start_after(board, lambda p: p.reset(False), machine.HARD_RESET)
        self.assertEqual((port.cause, port.console_raw), (RESET, False))
        # It was asked for once only.
        chip.restart(machine.HARD_RESET)
        self.assertEqual(board.start().cause, ENDED)

    def test_the_end_of_the_loop_is_one(self):
        port = self.start_after(Board(self), lambda p: p.fail(), machine.HARD_RESET)
        self.assertEqual(port.cause, ENDED)

    def test_who_asked_in_raw_mode_finds_a_raw_prompt(self):
        board = Board(self)
        port = self.start_after(board, lambda p: p.reset(True), machine.SOFT_RESET)
        self.assertEqual((port.cause, port.console_raw), (RESET, True))
        chip.restart(machine.SOFT_RESET)
        self.assertFalse(board.start().console_raw)

    def test_what_is_kept_outlives_a_reset_and_not_the_power(self):
        board = Board(self)
        port = board.start()
        port.keep(0, b"\x01\x02")
        port.keep(1, b"")
        port.keep(7, b"x" * 200)
        port.clock.set(NOON, True)
        chip.restart(machine.WDT_RESET)
        port = board.start()
        self.assertEqual([port.kept(what) for what in (0, 1, 7)], [b"\x01\x02", b"", b"x" * 200])
        port.keep(0, b"\x03")
        self.assertEqual([port.kept(what) for what in (0, 7)], [b"\x03", b"x" * 200])
        chip.power_on()
        self.assertEqual([board.start().kept(what) for what in (0, 7)], [b"", b""])

    def test_memory_that_is_not_ours_is_nothing(self):
        for junk in (b"", b"tidegate", b"x" * 40, b"tidegat\xff\xff"):
            board = Board(self)
            chip.rtc_memory = junk
            port = board.start()
            self.assertEqual((port.cause, port.kept(0), port.console_raw), (POWER, b"", False))

    def test_ctrl_c_cannot_stop_it(self):
        Board(self).start()
        self.assertEqual(chip.kbd_intr, -1)


class Time(unittest.TestCase):
    def test_after_a_power_cut_it_is_unknown(self):
        board = Board(self)
        self.assertFalse(board.start().clock.known)
        # Whatever the chip's clock shows: nobody has set it.
        chip.epoch_s = NOON + YEAR_2020
        self.assertFalse(board.start().clock.known)

    def test_what_it_was_told_is_known_after_a_reset_and_a_floor_is_not(self):
        for sure in (True, False):
            board = Board(self)
            board.start().clock.set(NOON, sure)
            self.assertEqual(chip.epoch_s, NOON + YEAR_2020)
            chip.restart(machine.WDT_RESET)
            clock = board.start().clock
            self.assertEqual((clock.known, clock.wall()), (sure, NOON))

    def test_milliseconds_never_wrap(self):
        board = Board(self)
        chip.ticks = (1 << 30) - 10
        clock = board.start().clock
        chip.ticks += 25
        self.assertEqual(clock.ms(), 25)

    def test_a_battery_clock_tells_the_time_after_a_power_cut(self):
        board = Board(self, {"pins": PINS})
        chip_with(self, FRIDAY_NOON)
        clock = board.start().clock
        self.assertEqual((clock.known, clock.wall()), (True, NOON))

    def test_a_battery_clock_that_stood_still_is_not_believed_until_it_is_set(self):
        board = Board(self, {"pins": PINS})
        chip_with(self, FRIDAY_NOON, 0x88)
        clock = board.start().clock
        self.assertFalse(clock.known)
        # A floor is not the time, so the chip does not get it.
        clock.set(NOON, False)
        self.assertEqual(chip.bus[DS3231][15], 0x88)
        clock.set(NOON + 1, True)
        self.assertEqual(bytes(chip.bus[DS3231][:7]), b"\x01" + FRIDAY_NOON[1:])
        self.assertEqual(chip.bus[DS3231][15], 0x08)

    def test_what_a_battery_clock_holds_is_checked(self):
        for name, registers, wall in (
            ("all zero", bytes(7), None),
            ("all ones", b"\xff" * 7, None),
            ("never set", b"\x00\x00\x00\x01\x01\x01\x00", None),
            ("12-hour form, noon", b"\x00\x00\x72\x06\x08\x01\x27", NOON),
            ("12-hour form, midnight", b"\x00\x00\x52\x06\x08\x01\x27", NOON - 43200),
            ("with the century bit", b"\x00\x00\x12\x06\x08\x81\x27", NOON),
        ):
            with self.subTest(name=name):
                board = Board(self, {"pins": PINS})
                chip_with(self, registers)
                clock = board.start().clock
                self.assertEqual(clock.known, wall is not None)
                if wall is not None:
                    self.assertEqual(clock.wall(), wall)

    def test_a_battery_clock_that_is_pulled_out_costs_nothing_else(self):
        board = Board(self, {"pins": PINS})
        chip_with(self, FRIDAY_NOON)
        clock = board.start().clock
        del chip.bus[DS3231]
        clock.set(NOON + 5, True)
        self.assertEqual(clock.wall(), NOON + 5)

    def test_every_day_goes_in_and_comes_out(self):
        board = Board(self, {"pins": PINS})
        chip_with(self, FRIDAY_NOON)
        for day in range(0, 20 * 366, 17):
            wall = NOON + day * 86400 + day
            board.start().clock.set(wall, True)
            chip.rtc_memory, chip.epoch_s = b"", 0
            self.assertEqual(board.start().clock.wall(), wall)


class Parts(unittest.TestCase):
    def test_it_loads_what_the_board_has(self):
        lan = {"phy_addr": 1, "mdc": 23, "mdio": 18, "power": 16}
        for board, loaded in (
            ({}, ["esp32", "wifi"]),
            ({"pins": PINS}, ["esp32", "wifi"]),  # the clock is not plugged in
            ({"ethernet": lan}, ["esp32", "ethernet"]),
        ):
            with self.subTest(board=board):
                it = Board(self, board)
                port = it.start()
                self.assertEqual(it.bench.loaded(), ["esp32"])
                port.network()
                self.assertEqual(it.bench.loaded(), loaded)
                it.bench.end()

    def test_a_board_without_a_file_has_wifi(self):
        port = Board(self).start()
        self.assertEqual((port.problem, port.light()), ("", None))

    def test_a_damaged_board_file_is_a_problem_and_no_reason_to_guess(self):
        for text in (b"", b'{"ethernet": {"phy', b"[]", b"\xff\xfe"):
            with self.subTest(text=text):
                board = Board(self)
                board.files["board.json"] = text
                self.assertIn("board.json", board.start().problem)

    def test_the_light_is_the_pin_of_the_board(self):
        light = Board(self, {"pins": PINS}).start().light()
        self.assertEqual(chip.levels, {2: 0})
        light(1)
        self.assertEqual(chip.levels, {2: 1})

    def test_the_watchdog_begins_with_the_first_round_that_was_well(self):
        port = Board(self).start()
        self.assertEqual(chip.watchdog_ms, 0)
        port.feed()
        port.feed()
        self.assertEqual((chip.watchdog_ms, chip.fed), (60000, 2))

    def test_a_terminals_line_has_its_pins_and_big_buffers(self):
        Board(self).start().serial("2:17:16", 9600)
        self.assertEqual(chip.uarts, [(2, 9600, 17, 16, 4096, 4096)])

    def test_a_partition_that_is_not_there_is_an_error_of_the_board(self):
        port = Board(self).start()
        self.assertEqual(port.journal_device().id, "journal")
        chip.partitions = []
        with self.assertRaises(OSError):
            port.keys_device()


class Networks(unittest.TestCase):
    LAN = {"phy_addr": 1, "mdc": 23, "mdio": 18, "power": 16}

    def test_wifi_connects_with_what_is_in_nvs(self):
        wifi = Board(self).start().network()
        wifi.start()
        self.assertEqual((chip.wlan_active, wifi.up(), wifi.facts()), (False, False, ()))
        chip.nvs["tidegate"] = {"ssid": "店".encode(), "key": b"k" * 63}
        chip.air = ("店", "k" * 63)
        wifi.start()
        self.assertTrue(wifi.up())
        self.assertEqual(wifi.facts(), (("wifi", True, "10.0.0.7", "10.0.0.1", "10.0.0.2", -61),))
        # It says that it is connected: it has to go down before a connect means anything.
        wifi.start()
        self.assertEqual((wifi.up(), chip.interface_starts), (True, 2))
        chip.air = None
        wifi.start()
        self.assertFalse(wifi.up())
        self.assertEqual(wifi.facts()[0][1], False)

    def test_an_open_wifi_has_no_key(self):
        chip_air = ("open", "")
        wifi = Board(self).start().network()
        chip.nvs["tidegate"] = {"ssid": b"open"}
        chip.air = chip_air
        wifi.start()
        self.assertTrue(wifi.up())

    def test_ethernet_is_wired_as_the_board_says_and_started_again(self):
        lan = Board(self, {"ethernet": self.LAN}).start().network()
        self.assertEqual(chip.lan, (1, 23, 18, 16))
        lan.start()
        self.assertFalse(lan.up())
        chip.cable = True
        self.assertTrue(lan.up())
        lan.start()
        self.assertEqual((lan.up(), chip.interface_starts), (True, 2))
        self.assertEqual(lan.facts(), (("ethernet", True, "10.0.0.8", "10.0.0.1", "10.0.0.1", 0),))

    def test_a_phy_that_is_not_switched(self):
        settings = {"phy_addr": 0, "mdc": 23, "mdio": 18}
        Board(self, {"ethernet": settings}).start().network()
        self.assertEqual(chip.lan, (0, 23, 18, None))

    def test_there_is_one_interface(self):
        port = Board(self, {"ethernet": self.LAN}).start()
        self.assertIs(port.network(), port.network())


class Calendar(unittest.TestCase):
    def test_the_stand_in_knows_the_date(self):
        self.assertEqual(time.gmtime(NOON + YEAR_2020), (2027, 1, 8, 12, 0, 0, 4, 8))
        self.assertEqual(time.gmtime(0), (2000, 1, 1, 0, 0, 0, 5, 1))


if __name__ == "__main__":
    unittest.main()
