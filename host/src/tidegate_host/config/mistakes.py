"""All mistakes of a configuration at once, each with its line."""

from typing import Any

from tidegate_host.config.places import Path, Places, show


class ConfigErrors(ValueError):
    """What is wrong with a configuration: `mistakes` is a list of (line, message), by line."""

    def __init__(self, mistakes: list[tuple[int, str]]) -> None:
        self.mistakes = mistakes
        super().__init__("\n".join(f"line {line}: {message}" for line, message in mistakes))


class Mistakes:
    """Collects mistakes, and notes about what is allowed but surprising."""

    def __init__(self, data: dict[str, Any], places: Places) -> None:
        self._data = data
        self._places = places
        self._found: list[tuple[int, str]] = []
        self.notes: list[tuple[int, str]] = []

    def add(self, path: Path, message: str) -> None:
        """A mistake at `path`; the table it stands in is named in front."""
        self._found.append((self._places.line(path), self._placed(path, message)))

    def note(self, path: Path, message: str) -> None:
        """Something that the author should know and may want so."""
        self.notes.append((self._places.line(path), self._placed(path, message)))

    def line(self, path: Path) -> int:
        """The line of `path`, to point from one place to another."""
        return self._places.line(path)

    def _placed(self, path: Path, message: str) -> str:
        # The innermost table around the key, for a file with many like tables.
        table = path
        while table and not isinstance(_get(self._data, table), dict):
            table = table[:-1]
        return f"{show(table, self._data)}: {message}" if table else message

    def __len__(self) -> int:
        return len(self._found)

    def check(self) -> None:
        """Raise ConfigErrors when there are any."""
        if self._found:
            raise ConfigErrors(sorted(dict.fromkeys(self._found)))


def _get(data: Any, path: Path) -> Any:
    for part in path:
        try:
            data = data[part]
        except (KeyError, IndexError, TypeError):
            return None
    return data
