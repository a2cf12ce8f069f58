"""Which machines may be asked: the check of each address, by name, by port and by number, before a connection is opened.

A name can stand for a private address, and for another one at the next question. So the numbers are checked after the name
is resolved, and the connection goes to the very number that was checked (`communique.gather.web.connections`).
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Sequence
from functools import cache
from typing import Protocol

from communique.errors import FetchError
from communique.settings import read_table

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_HINT_OWN = "--allow-private fetches from one's own network"


class Resolver(Protocol):
    """The numbers of a name, in the order to try them. Raises `OSError` where there are none."""

    def __call__(self, host: str, port: int) -> Sequence[str]: ...


def system_resolver(host: str, port: int) -> Sequence[str]:
    """The numbers of `host` as this machine resolves names, each once. Raises `OSError`; `socket.gaierror` for no such name."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(sockaddr[0]) for *_, sockaddr in found))


def why_refused(number: str, *, allow_private: bool = False) -> str:
    """What `number` (an IP address) is, where nothing may be fetched from it, such as "a loopback address"; else "".

    An IPv4 address inside an IPv6 one (mapped, compatible, or behind a NAT64 translator) counts as itself.
    """
    try:
        address: Address = ipaddress.ip_address(number.partition("%")[0])
    except ValueError:
        return "no address"
    address = _inner(address)
    for network, what, own in _networks():
        if address in network:
            return "" if own and allow_private else what
    return "" if address.is_global else "a reserved address"


def _inner(address: Address) -> Address:
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address in _NAT64 or (int(address) >> 32 == 0 and int(address) > 1):
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address


@cache
def _networks() -> tuple[tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, str, bool], ...]:
    return tuple(
        (ipaddress.ip_network(row["network"]), row["what"], row["own"] == "yes") for row in read_table("gather/networks.tsv")
    )


@cache
def _ports() -> dict[int, str]:
    return {int(row["port"]): row["what"] for row in read_table("gather/ports.tsv")}


def check_port(url: str, port: int) -> None:
    """Raises `FetchError` (kind address) where `port` is not one of the web's."""
    what = _ports().get(port, "another service than the web" if port < 1024 and port not in (80, 443) else "")
    if what:
        reason = f"its port {port} belongs to {what}"
        raise FetchError(url, "address", reason, "pages are fetched from port 80, 443 and those above 1023", lasting=True)


def check_number(url: str, host: str, *, allow_private: bool = False) -> None:
    """Raises `FetchError` (kind private) where `host` is written as a number from which nothing may be fetched.

    Names, and numbers in other forms than the usual one (such as 2130706433), are left to the check after resolving.
    """
    number = host.strip("[]")
    try:
        ipaddress.ip_address(number)
    except ValueError:
        return
    if what := why_refused(number, allow_private=allow_private):
        raise private(url, number, what)


def allowed(url: str, host: str, port: int, resolve: Resolver, *, allow_private: bool = False) -> list[str]:
    """The numbers of `host` that may be connected to, at least one.

    Raises `FetchError`: dns where the name has none, private where it has none that may be.
    """
    try:
        numbers = list(resolve(host.strip("[]"), port))
    except UnicodeError as error:  # a label that is too long for the resolver's own encoding
        raise FetchError(url, "dns", f"the name {host} cannot be resolved: {error}", lasting=True) from error
    except socket.gaierror as error:
        later = error.errno == socket.EAI_AGAIN
        reason = f"the name {host} cannot be resolved{' now' if later else ''}: {error.strerror or error}"
        raise FetchError(url, "dns", reason, "check the address and the network") from error
    except OSError as error:
        raise FetchError(url, "dns", f"the name {host} cannot be resolved: {error}", "check the network") from error
    if not numbers:
        raise FetchError(url, "dns", f"the name {host} has no address", "check the address")
    reasons = {number: why_refused(number, allow_private=allow_private) for number in numbers}
    if good := [number for number, what in reasons.items() if not what]:
        return good
    raise private(url, numbers[0], reasons[numbers[0]], name=host)


def private(url: str, number: str, what: str, name: str = "") -> FetchError:
    """The error that says that `number`, or a name that stands for it, is not fetched from."""
    where = f"its host is {what}" if not name or name.strip("[]") == number else f"its host {name} is {number}, {what}"
    own = any(row["what"] == what and row["own"] == "yes" for row in read_table("gather/networks.tsv"))
    return FetchError(url, "private", where, _HINT_OWN if own else "", lasting=True)
