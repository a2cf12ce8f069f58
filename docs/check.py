"""Fails where the documentation leaves out what the package offers, or describes what it does not.

``python docs/check.py`` (part of ``make docs``) compares with the pages under docs/:

* every command and option of `communique.cli`, in any page, as it is typed;
* every field of the JSON output and column of the data frames, and none that does not exist, in the tables of fields.md;
* every value of a closed list (types, modes, contexts, statuses, acts, sectors, kinds of sentence) in fields.md;
* every error class in errors.md;
* every link between pages.
"""

from __future__ import annotations

import dataclasses
import importlib
import inspect
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import click

from communique import errors, frames
from communique.ontology import event_types, names
from communique.records import (
    Candidate,
    CodedReport,
    Entity,
    Event,
    Explained,
    Feature,
    Location,
    Reason,
    Report,
    Sentence,
    Span,
    Statement,
    Step,
)
from communique.settings import read_table
from communique.views.words import KIND_WORDS

DOCS = Path(__file__).resolve().parent
ROOT = DOCS.parent
UNDOCUMENTED = frozenset({"--help"})
"""Options that every command has."""


def pages() -> dict[str, str]:
    """The text of each page, by its path under docs/."""
    return {str(path.relative_to(DOCS)): path.read_text("utf-8") for path in sorted(DOCS.rglob("*.md"))}


def commands(command: click.Command, path: tuple[str, ...]) -> Iterator[tuple[str, click.Command]]:
    """Every command under `command` with what is typed to call it; groups only lead to theirs."""
    if isinstance(command, click.Group):
        for name, child in sorted(command.commands.items()):
            yield from commands(child, (*path, name))
    yield " ".join(path), command


def has_option(option: str, text: str) -> bool:
    """Whether `text` names the option as a word of its own."""
    return re.search(rf"(?<![\w-]){re.escape(option)}(?![\w-])", text) is not None


def check_commands(root: click.Command, text: str) -> Iterator[str]:
    """Commands and options that `text` does not name."""
    for typed, command in commands(root, ("communique",)):
        if command.hidden:
            continue
        if f"communique {typed.partition(' ')[2]}".strip() not in text:
            yield f"the command `{typed}` is in no page of docs/"
        for parameter in command.params:
            if not isinstance(parameter, click.Option) or parameter.hidden:
                continue
            for option in (*parameter.opts, *parameter.secondary_opts):
                if option not in UNDOCUMENTED and not has_option(option, text):
                    yield f"the option {option} of `{typed}` is in no page of docs/"


def record_fields() -> dict[str, tuple[str, ...]]:
    """Fields of each record in the JSON output and columns of the data frames, by their heading in fields.md."""
    out = {"Report": tuple(CodedReport(Report(""), reasons={}).to_dict(text=True))}
    for kind in (Sentence, Event, Location, Statement, Entity, Span, Explained, Reason, Step, Candidate, Feature):
        out[kind.__name__] = tuple(f.name for f in dataclasses.fields(kind))
    return out | {"Event table": frames.EVENT_COLUMNS, "Statement table": frames.STATEMENT_COLUMNS}


def sections(page: str) -> dict[str, str]:
    """The parts of a page by their heading of the second level."""
    parts = re.split(r"^## (.+)$", page, flags=re.MULTILINE)
    return {title.strip(): body for title, body in zip(parts[1::2], parts[2::2], strict=True)}


def check_fields(page: str, wanted: Mapping[str, Iterable[str]]) -> Iterator[str]:
    """Fields without a row in their section's table, and rows without a field."""
    found = sections(page)
    for title, fields in wanted.items():
        described = re.findall(r"^\| `(\w+)` \|", found.get(title, ""), re.MULTILINE)
        for name in fields:
            if name not in described:
                yield f"fields.md, {title}: the field `{name}` is not described"
        for name in described:
            if name not in set(fields):
                yield f"fields.md, {title}: there is no field `{name}`"


def closed_lists() -> dict[str, tuple[str, ...]]:
    """Every value that a field can take, by the name of its list."""
    kinds = event_types()
    return {
        "type": tuple(kinds), "mode": tuple(sorted({m for kind in kinds.values() for m in kind.modes})),
        "quad": tuple(sorted({kind.quad for kind in kinds.values()})),
        "context": tuple(row["context"] for row in read_table("ontology/contexts.tsv")),
        "status": names("status"), "act": names("act"), "sector": names("sector"), "kind of sentence": ("body", *KIND_WORDS),
    }  # fmt: skip


def check_values(page: str, lists: Mapping[str, Iterable[str]]) -> Iterator[str]:
    """Values that `page` does not name."""
    for name, values in lists.items():
        for value in values:
            if f"`{value}`" not in page:
                yield f"fields.md: the {name} `{value}` is not described"


def check_errors(page: str) -> Iterator[str]:
    """Error classes that `page` does not name."""
    for name, kind in inspect.getmembers(errors, inspect.isclass):
        if issubclass(kind, errors.CommuniqueError) and f"`{name}`" not in page:
            yield f"errors.md: {name} is not described"


def check_links(path: Path) -> Iterator[str]:
    """Relative links of a page to files that are not there."""
    text = re.sub(r"^```.*?^```", "", path.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)
    for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)\s]*)?\)", text):
        if not re.match(r"[a-z]+:", target) and not (path.parent / target).exists():
            yield f"{path.name}: the link to {target} leads nowhere"


def problems() -> list[str]:
    """All that is wrong, one line each."""
    texts = pages()
    root = importlib.import_module("communique.cli").main
    out = list(check_commands(root, "\n".join(texts.values())))
    out += check_fields(texts["fields.md"], record_fields())
    out += check_values(texts["fields.md"], closed_lists())
    out += check_errors(texts["errors.md"])
    for path in (*sorted(DOCS.rglob("*.md")), ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md"):
        out += check_links(path)
    return out


def main() -> int:
    found = problems()
    for problem in found:
        print(problem, file=sys.stderr)
    print(f"docs: {len(found)} problems in {len(pages())} pages")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
