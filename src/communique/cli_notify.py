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
    """The file's plan, read before anything is asked. Raises `InputError` where it cannot be understood."""

    def __init__(self, path: Path) -> None:
        from communique.notify.plan import load
        from communique.notify.telling import DAYS

        self.path, self.plan = path, load(path)
        self.since = (dt.date.today() - dt.timedelta(DAYS)).isoformat()

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
