"""The file system of a board, LittleFS as MicroPython mounts it, packed and unpacked."""

from typing import Any

from littlefs import LittleFS, LittleFSError

BLOCK_BYTES = 4096
# As VfsLfs2 of MicroPython has them.
_SIZES: dict[str, Any] = {
    "read_size": 32,
    "prog_size": 32,
    "cache_size": 128,
    "lookahead_size": 32,
}


class FilesError(ValueError):
    """The files do not fit, or there is no file system; the text says which."""


def pack(files: dict[str, bytes], size: int) -> bytes:
    """A file system of `size` bytes that holds `files`; the same files give the same bytes."""
    system = LittleFS(block_size=BLOCK_BYTES, block_count=size // BLOCK_BYTES, **_SIZES)
    try:
        for name in sorted(files):
            if "/" in name:
                system.makedirs(name.rpartition("/")[0], exist_ok=True)
            with system.open(name, "wb") as file:
                file.write(files[name])
    except LittleFSError:
        total = sum(map(len, files.values()))
        raise FilesError(f"{total} bytes of files do not fit into {size} bytes") from None
    return bytes(system.context.buffer)  # type: ignore


def unpack(image: bytes) -> dict[str, bytes]:
    """The files in a file system, by their path. Raises FilesError."""
    system = LittleFS(
        block_size=BLOCK_BYTES, block_count=len(image) // BLOCK_BYTES, mount=False, **_SIZES
    )
    system.context.buffer = bytearray(image)  # type: ignore
    try:
        system.mount()
        files = {}
        for folder, _, found in system.walk("/"):
            for name in found:
                path = f"{folder.rstrip('/')}/{name}"
                with system.open(path, "rb") as file:
                    files[path.lstrip("/")] = file.read()
        return files
    except LittleFSError:
        raise FilesError("there is no file system, or it is damaged") from None
