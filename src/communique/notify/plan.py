"""The file that says who is told of alerts: from its tables to a plan, with a word for each fault (docs/api.md)."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from communique.asking import country
from communique.errors import InputError
from communique.measure.alerts import KINDS
from communique.notify.telling import Mail, Plan, Wanted, Webhook

ANY = ("kinds", "countries")
HOOK = (*ANY, "url", "secret_env", "secret_file")
MAIL = (*ANY, "server", "port", "security", "user", "password_env", "password_file", "from", "to")
PORTS = {"starttls": 587, "tls": 465, "none": 25}
SHORTEST = 16
"""Characters of a webhook's secret, at least."""


class _Section:
    """One table of the file; its faults are told with its place."""

    def __init__(self, given: Any, known: tuple[str, ...], path: Path, where: str, environment: Mapping[str, str]) -> None:
        self.where, self.path, self.environment = f"{path}, {where}", path, environment
        if not isinstance(given, dict):
            raise InputError(self.where, "is no table", f"write [[{where.partition(' ')[0]}]] and its keys below it")
        for key in given:
            if key not in known:
                hint = "keep it out of the file: name it by secret_env or secret_file" if key in ("secret", "password") else ""
                raise InputError(self.where, f"{key!r} is not known", hint or "known are " + ", ".join(known))
        self.given = given

    def text(self, key: str, default: str | None = None) -> str:
        value = self.given.get(key, default)
        if not isinstance(value, str) or (default is None and not value.strip()):
            raise InputError(
                self.where, f"{key!r} is missing" if value is None else f"{key!r} is not a text", f'write {key} = "..."'
            )
        return value.strip()

    def texts(self, key: str) -> tuple[str, ...]:
        value = self.given.get(key, [])
        listed = [value] if isinstance(value, str) else value
        if not isinstance(listed, list) or not all(isinstance(v, str) for v in listed):
            raise InputError(self.where, f"{key!r} is no list of texts", f'write {key} = ["..."]')
        return tuple(v.strip() for v in listed if v.strip())

    def secret(self, name: str) -> str:
        """What ``NAME_env`` or ``NAME_file`` leads to; "" where neither is given."""
        variable, file = self.text(f"{name}_env", ""), self.text(f"{name}_file", "")
        if variable:
            if not self.environment.get(variable):
                raise InputError(self.where, f"the environment has no {variable}", "set it before the command")
            return self.environment[variable]
        if not file:
            return ""
        try:
            return (self.path.parent / Path(file).expanduser()).read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise InputError(self.where, f"{name}_file {file!r} cannot be read", "give the path of a text file") from error

    def wanted(self) -> Wanted:
        kinds = self.texts("kinds")
        for kind in kinds:
            if kind not in KINDS:
                raise InputError(self.where, f"kind {kind!r} is no kind of alert", "kinds are " + ", ".join(KINDS))
        return Wanted(kinds, tuple(country(c) for c in self.texts("countries")))


def load(path: Path, environment: Mapping[str, str] | None = None) -> Plan:
    """The plan that a file writes down. Secrets stand elsewhere: in the environment or in files of their own.

    Raises `InputError` for a file that is not there or cannot be understood, saying where.
    """
    try:
        with path.open("rb") as handle:
            given = tomllib.load(handle)
    except OSError as error:
        raise InputError(f"file {str(path)!r}", f"cannot be read: {error.strerror or error}", "docs/api.md shows one") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"file {str(path)!r}", f"is not TOML: {error}", "docs/api.md shows one") from error
    return read_plan(given, path, os.environ if environment is None else environment)


def read_plan(given: Mapping[str, Any], path: Path, environment: Mapping[str, str]) -> Plan:
    """The plan of a file's tables. Raises `InputError` with the place of what cannot be understood."""
    top = _Section(dict(given), ("desk", "webhook", "email"), path, "at the top", environment)
    desk = top.text("desk", "").rstrip("/")
    if desk and urlsplit(desk).scheme not in ("http", "https"):
        raise InputError(top.where, f"desk {desk!r} is no address", 'write desk = "https://desk.example.org"')
    hooks = [_hook(_Section(g, HOOK, path, f"webhook {n}", environment)) for n, g in enumerate(_listed(given, "webhook", top), 1)]
    mails = [_mail(_Section(g, MAIL, path, f"email {n}", environment)) for n, g in enumerate(_listed(given, "email", top), 1)]
    if not hooks and not mails:
        raise InputError(str(path), "names nobody to tell", "write a table [[webhook]] or [[email]]")
    return Plan((*hooks, *mails), desk)


def _listed(given: Mapping[str, Any], key: str, top: _Section) -> list[Any]:
    value = given.get(key, [])
    if not isinstance(value, list):
        raise InputError(top.where, f"{key!r} is one table", f"write [[{key}]], in two brackets")
    return value


def _hook(section: _Section) -> Webhook:
    url = section.text("url")
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise InputError(section.where, "'url' is no address of a server", 'write url = "https://..."')
    secret = section.secret("secret")
    if len(secret) < SHORTEST:
        reason = f"the secret has fewer than {SHORTEST} characters" if secret else "there is no secret to sign with"
        raise InputError(section.where, reason, "name one by secret_env or secret_file")
    return Webhook(url, secret, section.wanted())


def _mail(section: _Section) -> Mail:
    server, security = section.text("server"), section.text("security", "starttls")
    if security not in PORTS:
        raise InputError(section.where, f"security {security!r} is not known", "it is one of " + ", ".join(PORTS))
    if security == "none" and server not in ("localhost", "127.0.0.1", "::1"):
        raise InputError(section.where, "security 'none' is for a mail server on this machine", "write starttls or tls")
    port = section.given.get("port", PORTS[security])
    if not isinstance(port, int) or isinstance(port, bool) or not 0 < port < 65536:
        raise InputError(section.where, f"port {port!r} is no port", "write port = 587")
    to, sender = section.texts("to"), section.text("from")
    for address in (*to, sender):
        if "@" not in address or any(c in address for c in "\r\n,"):
            raise InputError(section.where, f"{address!r} is no address of e-mail", 'write to = ["ana@example.org"]')
    if not to:
        raise InputError(section.where, "'to' names nobody", 'write to = ["ana@example.org"]')
    user, password = section.text("user", ""), section.secret("password")
    if bool(user) != bool(password):
        raise InputError(section.where, "a user needs a password, and a password a user", "give user and password_env")
    return Mail(server, sender, to, port, security, user, password, section.wanted())
