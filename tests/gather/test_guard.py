"""Which numbers, names and ports may be fetched from."""

from __future__ import annotations

import socket
from collections.abc import Sequence

import pytest

from communique.errors import FetchError
from communique.gather.web.guard import allowed, check_number, check_port, system_resolver, why_refused

PUBLIC = [
    "8.8.8.8",
    "93.184.215.14",
    "2606:4700::1111",
    "64:ff9b::5db8:d70e",
    "::ffff:8.8.8.8",
    "172.15.0.1",
    "172.32.0.1",
    "100.63.0.1",
]
OWN = [
    "127.0.0.1",
    "127.8.8.8",
    "::1",
    "10.0.0.1",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "169.254.1.1",
    "fe80::1",
    "fe80::1%eth0",
    "fc00::1",
    "fd12:3456::1",
    "100.64.0.1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b::a00:1",
    "fec0::1",
    "::127.0.0.1",
    "::10.1.2.3",
]
NEVER = [
    "fd20:ce::254",
    "169.254.169.254",
    "::ffff:169.254.169.254",
    "64:ff9b::a9fe:a9fe",
    "fd00:ec2::254",
    "168.63.129.16",
    "100.100.100.200",
    "0.0.0.0",
    "0.1.2.3",
    "::",
    "224.0.0.1",
    "239.255.255.250",
    "ff02::1",
    "255.255.255.255",
    "240.0.0.1",
    "192.0.2.1",
    "198.51.100.7",
    "203.0.113.9",
    "2001:db8::1",
    "2002:7f00:1::",
    "2001::1",
    "192.0.0.8",
    "example.org",
    "",
]


@pytest.mark.parametrize("number", PUBLIC)
def test_public_numbers_are_open(number: str) -> None:
    assert why_refused(number) == ""


@pytest.mark.parametrize("number", OWN)
def test_ones_own_network_is_open_only_to_who_asks_for_it(number: str) -> None:
    assert why_refused(number)
    assert why_refused(number, allow_private=True) == ""


@pytest.mark.parametrize("number", NEVER)
def test_some_numbers_are_never_open(number: str) -> None:
    assert why_refused(number)
    assert why_refused(number, allow_private=True)


@pytest.mark.parametrize(
    ("port", "open_"),
    [(80, True), (443, True), (8080, True), (8443, True), (22, False), (25, False), (6379, False), (27017, False)],
)
def test_ports(port: int, open_: bool) -> None:
    if open_:
        check_port("http://x/", port)
        return
    with pytest.raises(FetchError) as caught:
        check_port("http://x/", port)
    assert caught.value.kind == "address" and caught.value.lasting and str(port) in caught.value.reason


def test_a_host_that_is_a_number_is_checked_without_resolving() -> None:
    for host in ("127.0.0.1", "[::1]", "::1"):
        with pytest.raises(FetchError, match="loopback"):
            check_number("http://x/", host)
    check_number("http://x/", "127.0.0.1", allow_private=True)
    check_number("http://x/", "example.org")


def test_of_several_numbers_only_those_that_are_open_are_used() -> None:
    def resolve(host: str, port: int) -> Sequence[str]:
        return ["10.0.0.1", "8.8.8.8", "::1", "2606:4700::1111"]

    assert allowed("http://x/", "x", 80, resolve) == ["8.8.8.8", "2606:4700::1111"]


@pytest.mark.parametrize(
    ("error", "lasting"),
    [
        (socket.gaierror(socket.EAI_NONAME, "unknown"), False),
        (socket.gaierror(socket.EAI_AGAIN, "later"), False),
        (OSError("no"), False),
        (UnicodeError("label too long"), True),
    ],
)
def test_a_name_that_cannot_be_resolved(error: Exception, lasting: bool) -> None:
    def resolve(host: str, port: int) -> Sequence[str]:
        raise error

    with pytest.raises(FetchError) as caught:
        allowed("http://x/", "x", 80, resolve)
    assert (caught.value.kind, caught.value.lasting) == ("dns", lasting)


def test_a_name_without_numbers() -> None:
    with pytest.raises(FetchError) as caught:
        allowed("http://x/", "x", 80, lambda host, port: [])
    assert caught.value.kind == "dns"


def test_the_systems_resolver_gives_each_number_once() -> None:
    numbers = system_resolver("localhost", 80)
    assert numbers and len(set(numbers)) == len(numbers)
    assert all(why_refused(number) == "a loopback address" for number in numbers)
    assert system_resolver("2130706433", 80) == ["127.0.0.1"]
