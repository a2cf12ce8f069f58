"""What can go wrong, as one tree.

::

    CommuniqueError
    ├── InputError            a report, file or date that cannot be read
    │   └── RecordError       one record of a JSON Lines file: set aside, the rest is read
    ├── DataError             tables or weights are missing or damaged: the package's, or your own table of actors
    └── MissingExtraError     an optional dependency is not installed

A message names the bad value, the reason and the next step.
"""

from __future__ import annotations


class CommuniqueError(Exception):
    """Anything that this package raises on purpose."""


class InputError(CommuniqueError):
    """An input that cannot be read: says which, why, and what to do."""

    def __init__(self, source: str, reason: str, hint: str = "") -> None:
        self.source, self.reason, self.hint = source, reason, hint
        super().__init__(f"{source}: {reason}" + (f" ({hint})" if hint else ""))


class RecordError(InputError):
    """One record of a file of many: `line` counts from 1."""

    def __init__(self, source: str, line: int, reason: str, hint: str = "") -> None:
        self.line = line
        super().__init__(f"{source}, line {line}", reason, hint)


class DataError(CommuniqueError):
    """Tables or weights are missing or damaged: the package's, or the user's own table of actors."""


class MissingExtraError(CommuniqueError, ImportError):
    """An optional dependency is not installed; the message holds its install line."""

    def __init__(self, module: str, install: str, purpose: str) -> None:
        super().__init__(f"{purpose} needs {module}: install it with `{install}`")
