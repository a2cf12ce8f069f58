"""What is in a folder, and in the folders in it: the files of kinds that are read, in the order of their names."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from communique.errors import InputError
from communique.gather.sniff import known_suffix

DEEPEST = 64
"""Folders within folders that are gone into; deeper ones are a fault of whoever made them."""


@dataclass(slots=True)
class Listing:
    """The files of a folder, and what was passed over, by why."""

    files: list[str] = field(default_factory=list)
    passed: Counter[str] = field(default_factory=Counter)
    suffixes: Counter[str] = field(default_factory=Counter)
    troubles: list[InputError] = field(default_factory=list)

    def told(self) -> str:
        """What was passed over, in words; "" where nothing was."""
        parts = []
        for why, n in self.passed.items():
            more = ""
            if why == _UNKNOWN:
                most = ", ".join(f"{suffix or 'none'} {count:,}" for suffix, count in self.suffixes.most_common(5))
                more = f" (suffixes: {most})"
            parts.append(f"{n:,} {why}{more}")
        return ", ".join(parts)


_UNKNOWN = "of no kind that is read"
_HIDDEN = "hidden"
_OUTSIDE = "links that lead out of the folder"
_AGAIN = "links to what is in it anyway"
_BROKEN = "links that lead nowhere"
_SPECIAL = "no files (pipes, devices)"
_DEEP = f"folders more than {DEEPEST} deep"


def list_folder(root: str | Path) -> Listing:
    """The files below `root`, in the order of their names, each once whatever links lead to it.

    Links are followed where they stay in `root`. A folder that cannot be read is told in `troubles`.
    """
    out = Listing()
    top = os.path.realpath(root)
    # What lies in the folder itself goes before a link to it.
    _walk(str(root), top, out, _seen(top), 0)
    return out


def _seen(top: str) -> set[tuple[int, int]]:
    found = os.stat(top)
    return {(found.st_dev, found.st_ino)}


def _walk(folder: str, top: str, out: Listing, seen: set[tuple[int, int]], depth: int) -> None:
    try:
        entries = sorted(os.scandir(folder), key=lambda e: e.name)
    except OSError as error:
        reason = f"cannot be opened: {error.strerror or error}"
        out.troubles.append(InputError(folder, reason, "check its permissions", kind="missing"))
        return
    for entry in entries:
        if entry.name.startswith("."):
            out.passed[_HIDDEN] += 1
            continue
        if why := _refused(entry, top):
            out.passed[why] += 1
            continue
        try:
            found = entry.stat()
            is_folder, is_file = entry.is_dir(), entry.is_file()
        except OSError:
            out.passed[_BROKEN] += 1
            continue
        if not is_folder and not is_file:
            out.passed[_SPECIAL] += 1
        elif is_file and not known_suffix(entry.name):
            out.passed[_UNKNOWN] += 1
            out.suffixes[os.path.splitext(entry.name)[1].lower()] += 1
        elif (entry.is_symlink() or found.st_nlink > 1 or is_folder) and (found.st_dev, found.st_ino) in seen:
            out.passed[_AGAIN] += 1
        elif is_folder and depth >= DEEPEST:
            out.passed[_DEEP] += 1
        else:
            seen.add((found.st_dev, found.st_ino))
            if is_folder:
                _walk(entry.path, top, out, seen, depth + 1)
            else:
                out.files.append(entry.path)


def _refused(entry: os.DirEntry[str], top: str) -> str:
    """Why a link is not followed; "" where it is, and for what is no link."""
    if not entry.is_symlink():
        return ""
    try:
        real = os.path.realpath(entry.path, strict=True)
    except OSError:
        return _BROKEN
    inside = real == top or real.startswith(top.rstrip(os.sep) + os.sep)
    if not inside:
        return _OUTSIDE
    # What it leads to is met under its own name as well, unless that is hidden.
    parts = os.path.relpath(real, top).split(os.sep)
    return "" if any(p.startswith(".") for p in parts if p != ".") else _AGAIN


