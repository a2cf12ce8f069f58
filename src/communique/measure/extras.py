"""Modules that only some users need: imported when asked for, with their install line where they are absent."""

from __future__ import annotations

import importlib
from typing import Any

from communique.errors import MissingExtraError


def optional(module: str, extra: str, purpose: str) -> Any:
    """The module by its dotted name. Raises `MissingExtraError`, with the install line of `extra`, where it is not installed."""
    try:
        return importlib.import_module(module)
    except ImportError as error:
        # A module of ours, or one that the extra itself lacks, is another fault.
        if (error.name or "").partition(".")[0] != module.partition(".")[0]:
            raise
        raise MissingExtraError(module.partition(".")[0], f"pip install 'communique[{extra}]'", purpose) from error
