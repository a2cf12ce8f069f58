"""Tokens: who may ask a desk, and the sessions of browsers that showed one.

A token is kept as its hash alone. What is compared is compared in a time that does not tell how much of it was right.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from communique.errors import InputError

SHORTEST = 20
"""Characters that a token has at least: 20 of base64 are 120 bits, beyond guessing."""

SESSION = 12 * 3600
"""Seconds for which a browser need not show its token again: a working day."""

_NAME = re.compile(r"[A-Za-z0-9_.-]{1,40}")
_WORD = re.compile(r"[\x21-\x7e]+")


@dataclass(frozen=True, slots=True)
class Token:
    """One token: `name` says whose it is, in logs, limits and reviews; `digest` is its SHA-256."""

    name: str
    digest: bytes = field(repr=False)

    def key(self) -> bytes:
        """What sessions of this token are signed with: they end when the token is changed, and not when the server restarts."""
        return hmac.digest(self.digest, b"communique session", "sha256")


@dataclass(frozen=True, slots=True)
class Tokens:
    """Those that a server takes; false where there are none."""

    each: tuple[Token, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.each)

    @classmethod
    def of(cls, lines: Iterable[str], source: str) -> Tokens:
        """Tokens from lines: a token, or a name and a token. Empty lines and those that begin with # say nothing.

        Raises `InputError`, without showing the token, for one that is short or not of plain characters, and for a name that is
        given twice.
        """
        found: list[Token] = []
        for n, line in enumerate(lines, 1):
            words = line.split()
            if not words or words[0].startswith("#"):
                continue
            name, word = (f"token{n}" if n > 1 else "token", words[0]) if len(words) == 1 else (words[0], words[1])
            if len(words) > 2 or not _NAME.fullmatch(name):
                raise InputError(f"{source}, line {n}", "is neither a token nor a name and a token", "write: ana TOKEN")
            if len(word) < SHORTEST or not _WORD.fullmatch(word):
                hint = 'make one with `python -c "import secrets; print(secrets.token_urlsafe(32))"`'
                raise InputError(f"{source}, line {n}", f"the token has fewer than {SHORTEST} plain characters", hint)
            if name in {t.name for t in found}:
                raise InputError(f"{source}, line {n}", f"the name {name!r} is given twice", "give each token its own name")
            found.append(Token(name, hashlib.sha256(word.encode()).digest()))
        return cls(tuple(found))

    def check(self, given: str) -> Token | None:
        """The token that `given` is; None where it is none."""
        digest = hashlib.sha256(given.encode("utf-8", "replace")).digest()
        right: Token | None = None
        for token in self.each:  # all of them, whichever is right: the time says nothing
            if hmac.compare_digest(token.digest, digest):
                right = token
        return right

    def session(self, token: Token, now: float) -> str:
        """What a browser keeps instead of the token; good for `SESSION` seconds from `now`."""
        until = f"{token.name}/{int(now) + SESSION}"
        return f"{until}/{_signed(token.key(), until)}"

    def session_of(self, cookie: str, now: float) -> Token | None:
        """Whose session a cookie is; None where it is none, or has ended."""
        name, _, rest = cookie.partition("/")
        until, _, signature = rest.partition("/")
        if not (until.isascii() and until.isdecimal() and len(until) <= 12):
            return None
        for token in self.each:
            right = _signed(token.key(), f"{token.name}/{until}")
            if token.name == name and hmac.compare_digest(right.encode(), signature.encode("utf-8", "replace")):
                return token if now < int(until) else None
        return None


def _signed(key: bytes, words: str) -> str:
    return hmac.new(key, words.encode(), "sha256").hexdigest()
