"""Two folders, `a` and `b`, for versions of firmware and configuration beside what was flashed.

A new version is staged in the folder that does not run, from what the host sends and what stays
as it is; it is checked file by file against its `manifest` (lines of "SHA-256 path"), and it is
made the next one by renaming one small file over `slot` (main.py reads it). Until then everything
that happens, or does not, leaves the running version alone. Loaded when a tool provisions.

    slots                    [now, back, left], see main.py
    file PATH AT COUNT       a piece of the manifest, bridge.json or a certificate
    same PATH HASH           is that file of the running version so?
    stage                    empty the other folder; what follows goes there
    keep PATH HASH           take over a file that stays
    put PATH AT BYTES        write a piece of a file, in order
    check PATH               its hash
    activate HASH SEAL FORCE check everything, rest, start the new version on trial
    rollback FORCE           the same with the version before
"""

import os
from binascii import a2b_base64, unhexlify

from tidegate.app import notes
from tidegate.app.service import Refused, file_hash
from tidegate.compat import const
from tidegate.journal import records
from tidegate.journal.seal import hmac_sha256

FLASHED = "."
TRUSTED = "-"
FAILED = "x"
_TRIES = "3"
_STATE = "slot"
_MANIFEST = "manifest"
_CARRIED = ("board.json",)  # the wiring: it belongs to the board, not to a version
_PIECE_BYTES = const(256)
_PATH_MAX = const(80)
_THERE_ALREADY = const(17)


def state(port):
    # -> (now, back, left); see main.py.
    try:
        with open(port.root + _STATE) as file:
            now, back, left = file.read().split()
            return now, back, left
    except (OSError, ValueError):
        return FLASHED, FLASHED, TRUSTED


def write_state(port, now, back, left):
    fresh = port.root + _STATE + ".new"
    with open(fresh, "w") as file:
        file.write(" ".join((now, back, left)))
    os.rename(fresh, port.root + _STATE)


class Slots:
    def __init__(self, service):
        self._service = service
        self._port = service.port
        self._spare = ""

    def words(self):
        return {
            "slots": lambda: state(self._port),
            "file": self.file,
            "same": self.same,
            "stage": self.stage,
            "keep": self.keep,
            "put": self.put,
            "check": self.check,
            "activate": self.activate,
            "rollback": self.rollback,
        }

    def _folder(self, slot):
        return self._port.root + ("" if slot == FLASHED else slot + "/")

    def _now(self, path):
        _checked(path)
        return self._folder(state(self._port)[0]) + path

    def _new(self, path):
        _checked(path)
        if not self._spare:
            raise Refused("nothing is staged")
        return self._folder(self._spare) + path

    def file(self, path, at, count):
        # A piece of a file of the running version: what people may read back.
        if path not in (_MANIFEST, "bridge.json") and path[-4:] != ".der":
            raise Refused("only the manifest, bridge.json and certificates can be read")
        from tidegate.app.service import text

        with open(self._now(path), "rb") as file:
            file.seek(at)
            return text(file.read(min(count, _PIECE_BYTES * 2)))

    def same(self, path, digest):
        return file_hash(self._now(path)) == digest

    def stage(self):
        now, back, left = state(self._port)
        if left not in (TRUSTED, FAILED):
            raise Refused("a new version is on trial; wait until it has proved itself")
        self._spare = "b" if now == "a" else "a"
        if back == self._spare:
            # It is no way back any more from here on.
            write_state(self._port, now, FLASHED, TRUSTED)
        _remove(self._folder(self._spare)[:-1])
        os.mkdir(self._folder(self._spare)[:-1])
        for name in _CARRIED:
            if file_hash(self._now(name)):
                _copy(self._now(name), self._new(name))
        return self._spare

    def keep(self, path, digest):
        # Take over a file that has not changed. -> was it there?
        if file_hash(self._now(path)) != digest:
            return False
        _make_room(self._new(path))
        _copy(self._now(path), self._new(path))
        return True

    def put(self, path, at, data):
        target = self._new(path)
        if at == 0:
            _make_room(target)
        with open(target, "wb" if at == 0 else "r+b") as file:
            if file.seek(0, 2) != at:
                raise Refused("a piece is missing before this one")
            file.write(a2b_base64(data))
        return True

    def check(self, path):
        return file_hash(self._new(path))

    def activate(self, manifest, seal, force):
        # `seal`: of a board with a locked console, HMAC of the manifest's hash under its key.
        service = self._service
        if not force and service.waiting():
            raise Refused("%d stored messages wait for the host" % service.waiting())
        if file_hash(self._new(_MANIFEST)) != manifest:
            raise Refused("the manifest is not the one that was sent")
        if service.locked and seal != self._seal(manifest):
            raise Refused("the version is not sealed for this board")
        self._verify()
        now = state(self._port)[0]
        notes.note(service.engine, records.NOTE_ACTIVATED)
        write_state(self._port, self._spare, now, _TRIES)
        return service.reset()

    def _seal(self, manifest):
        return hmac_sha256(self._service.key, b"activate", unhexlify(manifest)).hex()

    def _verify(self):
        with open(self._new(_MANIFEST)) as file:
            while True:
                line = file.readline()
                if not line:
                    break
                if line[0] != "#":
                    digest, path = line.strip().split(" ", 1)
                    if file_hash(self._new(path)) != digest:
                        raise Refused("%s is not as it was sent" % path)

    def rollback(self, force):
        service = self._service
        now, back, left = state(self._port)
        if now == back or left not in (TRUSTED, FAILED):
            raise Refused("there is no version to go back to")
        if not force and service.waiting():
            raise Refused("%d stored messages wait for the host" % service.waiting())
        if left == FAILED:
            raise Refused("the version before failed its self-test")
        notes.note(service.engine, records.NOTE_ROLLED_BACK)
        write_state(self._port, back, now, _TRIES)
        return service.reset()


def _checked(path):
    parts = path.split("/")
    if not 0 < len(path) <= _PATH_MAX or "" in parts or ".." in parts or "." in parts:
        raise Refused("no path inside a version")


def _make_room(path):
    # The folders above it.
    at = path.find("/", 1)
    while at > 0:
        try:
            os.mkdir(path[:at])
        except OSError as error:
            if error.errno != _THERE_ALREADY:
                raise
        at = path.find("/", at + 1)


def _copy(source, target):
    piece = memoryview(bytearray(_PIECE_BYTES))
    with open(source, "rb") as old, open(target, "wb") as new:
        while True:
            count = old.readinto(piece)
            if not count:
                break
            new.write(piece[:count])


def _remove(folder):
    try:
        entries = list(os.ilistdir(folder))
    except OSError:
        return
    for entry in entries:
        path = folder + "/" + entry[0]
        if entry[1] == 0x4000:
            if entry[0] not in (".", ".."):
                _remove(path)
        else:
            os.remove(path)
    os.rmdir(folder)
