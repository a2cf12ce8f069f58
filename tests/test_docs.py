"""The documentation names all that the package offers, and the README's commands are the two that CI runs."""

from __future__ import annotations

import importlib.util
import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from types import ModuleType

import click

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text("utf-8")


def _load() -> ModuleType:
    spec = importlib.util.spec_from_file_location("docs_check", ROOT / "docs" / "check.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


check = _load()


def test_everything_is_documented() -> None:
    assert check.problems() == []


def test_the_check_runs_as_a_program() -> None:
    done = subprocess.run([sys.executable, str(ROOT / "docs/check.py")], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("docs: 0 problems")


def test_a_command_or_option_that_no_page_names_is_found() -> None:
    @click.group()
    def root() -> None: ...

    @root.command()
    @click.option("--deep/--shallow", "-d")
    def dig(deep: bool) -> None: ...

    @root.command(hidden=True)
    def secret() -> None: ...

    assert list(check.check_commands(root, "`communique dig --deep`, `--shallow` and -d")) == []
    assert list(check.check_commands(root, "`communique dig --deeper`, --shallow, -d")) == [
        "the option --deep of `communique dig` is in no page of docs/"
    ]
    assert "the command `communique dig` is in no page of docs/" in list(check.check_commands(root, "--deep --shallow -d"))


def test_fields_without_a_row_and_rows_without_a_field_are_found() -> None:
    page = "# Fields\n\n## Event\n\n| `id` | string |\n| `colour` | string |\n\n## Other\n\n| `type` | string |\n"
    assert list(check.check_fields(page, {"Event": ("id", "type")})) == [
        "fields.md, Event: the field `type` is not described", "fields.md, Event: there is no field `colour`",
    ]  # fmt: skip


def test_values_and_errors_left_out_are_found() -> None:
    assert list(check.check_values("`claimed`", {"status": ("claimed", "denied")})) == [
        "fields.md: the status `denied` is not described"
    ]
    others = "`CommuniqueError` `InputError` `DataError` `MissingExtraError` `FetchError` `StoreError` `RemoteError`"
    found = list(check.check_errors(others))
    assert found == ["errors.md: RecordError is not described"]


def test_links_that_lead_nowhere_are_found(tmp_path: Path) -> None:
    page = tmp_path / "a.md"
    page.write_text("[b](b.md) [a](a.md#x) [out](https://example.org) [here](#x)\n```\n[c](c.md)\n```\n", encoding="utf-8")
    assert list(check.check_links(page)) == ["a.md: the link to b.md leads nowhere"]


def test_the_readme_has_two_commands_that_use_what_is_there() -> None:
    blocks = [b for b in re.findall(r"^```bash\n(.*?)^```", README, re.MULTILINE | re.DOTALL) if b.startswith("python3 -m venv")]
    assert len(blocks) == 2
    assert "communique read demo/report.txt" in blocks[0] and "pytest" in blocks[1]
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["optional-dependencies"]
    assert set(re.findall(r"\.\[(\w+)\]", README)) <= set(extras)
    for n in (1, 2):
        script = [sys.executable, str(ROOT / ".ci/readme_command.py"), str(ROOT / "README.md"), str(n)]
        done = subprocess.run(script, capture_output=True, text=True, check=True, timeout=60)
        assert done.stdout.strip() == blocks[n - 1].strip()


def test_the_desks_address_is_the_one_that_it_has() -> None:
    from communique.cli_serve import PORT

    ports = re.findall(r"//127\.0\.0\.1:(\d+)", "".join([README, *(p.read_text("utf-8") for p in (ROOT / "docs").glob("*.md"))]))
    assert ports and set(ports) == {str(PORT)}


def test_the_readmes_excerpt_has_todays_fields() -> None:
    shown = re.search(r"excerpt:begin.*?```json\n(.*?)```", README, re.DOTALL)
    assert shown, "write it with `python docs/assets/make.py`"
    assert tuple(json.loads(shown[1])) == check.record_fields()["Event"]


def test_the_picture_loads_nothing() -> None:
    svg = (ROOT / "docs/assets/read.svg").read_text("utf-8")
    assert set(re.findall(r"https?://[^\s\"']+", svg)) <= {"http://www.w3.org/2000/svg", "https://www.textualize.io"}
    assert "url(http" not in svg and "@import" not in svg
