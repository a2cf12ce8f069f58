"""What ``communique alerts --notify`` does: it tells those whom a file names (docs/api.md)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from communique.cli_options import shown

if TYPE_CHECKING:
    from communique.measure.alerts import Alert


class Telling:
    """The file's plan, read before anything is asked, and `since`, the first of the days whose alerts are told where nothing else
    is said: they end with `until`, or today. Raises `InputError` where the file or the day cannot be understood."""

    def __init__(self, path: Path, until: str = "") -> None:
        from communique.asking import edge
        from communique.notify.plan import load
        from communique.notify.telling import DAYS

        self.path, self.plan = path, load(path)
        last = dt.date.fromisoformat(edge(until, "until")) if until else dt.date.today()
        self.since = (last - dt.timedelta(DAYS)).isoformat()

    def tell(self, alerts: Sequence[Alert]) -> bool:
        """Tells what is new, and says on standard error what became of it; whether all went well."""
        from communique.notify.telling import tell

        outcomes = tell(alerts, self.plan, self.path.with_name(self.path.name + ".told"))
        for one in outcomes:
            known = f", {one.known:,} told before" if one.known else ""
            click.echo(f"{shown(one.name)}: {one.told:,} told{known}", err=True)
            if one.error:
                click.echo(f"not told: {shown(one.error)}", err=True)
        return not any(one.error for one in outcomes)
