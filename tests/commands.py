"""The command, run in this process as a shell would."""

from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner, Result

from communique.cli import main


def run(*args: str | Path, stdin: str | bytes = "") -> Result:
    """What a command line gives. It may end with any exit code, and never with a traceback."""
    result = CliRunner().invoke(main, [str(a) for a in args], input=stdin)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert "Traceback" not in result.output
    return result
