"""How a desk is served: where it listens, who may ask, and how much at once."""

from __future__ import annotations

import ipaddress
import secrets
from dataclasses import dataclass, field

from communique.errors import InputError
from communique.serve.tokens import Tokens

PORT = 8420
"""Where a desk listens when nothing else is said; no well-known service has it."""

TOKEN_VARIABLE = "COMMUNIQUE_TOKEN"
"""Environment variable with the token that a server asks for, and that a client gives."""

LOOPBACK_NAMES = ("localhost", "127.0.0.1", "::1")
"""Names under which a browser on the same machine reaches a desk. Any other in a Host header was led here by somebody's DNS."""

MAKE_TOKEN = 'python -c "import secrets; print(secrets.token_urlsafe(32))" > token && chmod 600 token'


@dataclass(frozen=True, slots=True)
class Settings:
    """Where and how a desk is served.

    `host` and `port` are where it listens, `names` further host names under which it is reached, such as a proxy's. `tokens` are
    who may ask; they may be none only on loopback without `names`.

    `rate` are requests a minute of one token (0: no bound), of which a quarter may come at once; `attempts` are wrong tokens a
    minute from one address. `body` are the most bytes of a request, `text` the most characters of a text that ``/read`` takes,
    `waiting` how many texts may wait for the reader, `streams` how many may listen at once. `page` and `rows` are the greatest
    `limit` of an answer as JSON and as a table. `poll` are seconds between two looks for new incidents, where somebody listens.

    `secret` is what the marks of forms are made with, and `counts` a file in which several processes count who asks how often
    ("": there is one process); `workers` sets it where several serve one desk.

    The bounds are chosen, not measured: 200,000 characters are some 1,500 sentences, which the reader reads in a few seconds.

    Raises `InputError` where the desk would be reached from elsewhere and asks nobody who they are.
    """

    host: str = "127.0.0.1"
    port: int = PORT
    names: tuple[str, ...] = ()
    tokens: Tokens = field(default_factory=Tokens)
    rate: int = 600
    attempts: int = 10
    body: int = 1_000_000
    text: int = 200_000
    waiting: int = 8
    streams: int = 64
    page: int = 500
    rows: int = 100_000
    poll: float = 1.0
    secret: bytes = field(default_factory=lambda: secrets.token_bytes(32), repr=False)
    counts: str = ""

    def __post_init__(self) -> None:
        if not self.local and not self.tokens:
            where = f"host {self.host!r}" if not is_loopback(self.host) else f"name {self.names[0]!r}"
            hint = f"make one with `{MAKE_TOKEN}` and give --token-file token, or set {TOKEN_VARIABLE}"
            raise InputError(where, "is reached from other machines, and without a token everybody could read the store", hint)

    @property
    def local(self) -> bool:
        """Whether only this machine can reach it."""
        return is_loopback(self.host) and not self.names

    @property
    def hosts(self) -> frozenset[str] | None:
        """What a Host header may say; None: anything, since who asks shows a token that no other site can make a browser send."""
        if is_loopback(self.host):
            return frozenset((*LOOPBACK_NAMES, self.host.strip("[]").lower(), *(n.lower() for n in self.names)))
        return frozenset(n.lower() for n in (*self.names, *LOOPBACK_NAMES)) if self.names else None


def is_loopback(host: str) -> bool:
    """Whether `host` is an address, or the name, of this machine alone."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
