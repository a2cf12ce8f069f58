"""What can go wrong, as one tree.

::

    CommuniqueError
    ├── InputError            a report, file or date that cannot be read
    │   ├── RecordError       one record of a JSON Lines file: set aside, the rest is read
    │   ├── FetchError        an address that cannot be fetched: its kind, when to try again, whether to
    │   └── StoreError        a store that cannot be used now: no room on its disk, a lock, a server that is away
    ├── DataError             tables or weights are missing or damaged: the package's, your own table of actors, or a store
    ├── RemoteError           a desk that `communique.connect` asks, or a webhook or mail server, cannot be reached or failed
    └── MissingExtraError     an optional dependency is not installed

A message names the bad value, the reason and the next step.
"""

from __future__ import annotations

import errno
import os


class CommuniqueError(Exception):
    """Anything that this package raises on purpose."""


class InputError(CommuniqueError):
    """An input that cannot be read: says which, why, and what to do. `kind` groups reasons where inputs are gathered
    (`INPUT_KINDS`; "" elsewhere)."""

    kind: str = ""

    def __init__(self, source: str, reason: str, hint: str = "", *, kind: str = "") -> None:
        self.source, self.reason, self.hint = source, reason, hint
        self.kind = kind or self.kind
        super().__init__(f"{source}: {reason}" + (f" ({hint})" if hint else ""))


INPUT_KINDS = ("missing", "empty", "format", "damaged", "fields", "page", "feed", "size", "scan", "extra", "reading")
"""Why an input is set aside (docs/errors.md, Kinds of failures)."""


class RecordError(InputError):
    """One record of a file of many: `line` counts from 1."""

    def __init__(self, source: str, line: int, reason: str, hint: str = "", *, kind: str = "") -> None:
        self.line = line
        super().__init__(f"{source}, line {line}", reason, hint, kind=kind)


FETCH_KINDS = (
    "address", "private", "robots", "dns", "refused", "tls", "timeout", "too_large", "too_slow", "redirects", "status",
    "content", "gone",
)  # fmt: skip
"""Why an address is not fetched (docs/gathering.md, Fetching)."""


class FetchError(InputError):
    """An address that cannot be fetched. `source` is the address as it was asked for.

    `kind` is one of `FETCH_KINDS`; `status` the answer's status, 0 where none came; `retry_after` the seconds to wait
    before another try, None where nothing says; `lasting` that another try makes no sense; `early` that nothing was asked,
    because the host's turn comes in `retry_after` seconds only.
    """

    def __init__(
        self, source: str, kind: str, reason: str, hint: str = "", *,
        status: int = 0, retry_after: float | None = None, lasting: bool = False, early: bool = False,
    ) -> None:  # fmt: skip
        if kind not in FETCH_KINDS:
            raise ValueError(f"{kind!r} is no kind of FetchError: one of {', '.join(FETCH_KINDS)}")
        self.status, self.retry_after, self.lasting, self.early = status, retry_after, lasting, early
        super().__init__(source, reason, hint, kind=kind)


class StoreError(InputError):
    """A store that cannot be used now: no report is to blame, and the same may succeed later."""


class DataError(CommuniqueError):
    """Tables or weights are missing or damaged: the package's, the user's own table of actors, or a store."""


class MissingExtraError(CommuniqueError, ImportError):
    """An optional dependency is not installed; the message holds its install line."""

    def __init__(self, module: str, install: str, purpose: str) -> None:
        super().__init__(f"{purpose} needs {module}: install it with `{install}`")


class RemoteError(CommuniqueError):
    """Another server cannot be reached, or did not do what it was asked. `status` is its HTTP status, 0 where none came."""

    def __init__(self, where: str, reason: str, hint: str = "", *, status: int = 0) -> None:
        self.where, self.reason, self.hint, self.status = where, reason, hint, status
        super().__init__(f"{where}: {reason}" + (f" ({hint})" if hint else ""))


def refusal(error: OSError) -> str:
    """Why the system did not do something, in its own words: libraries put theirs around them."""
    return os.strerror(error.errno) if error.errno else str(error)


def is_full(error: OSError) -> bool:
    """Whether a disk has no room left, or its user none on it."""
    return error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
