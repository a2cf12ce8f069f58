"""What the build fetches for the desk: pinned, checked, from the cache where there is one, and never in its way."""

from __future__ import annotations

import importlib.util
import io
import re
import subprocess
import sys
import tarfile
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
def build() -> ModuleType:
    spec = importlib.util.spec_from_file_location("hatch_build", ROOT / "hatch_build.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def tree(build: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A source tree with one package in its table, whose tarball lies in the cache; no npm is to be found."""
    monkeypatch.setenv("COMMUNIQUE_VENDOR_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", str(tmp_path))
    (tmp_path / "cache").mkdir()
    kept = tmp_path / "cache" / "small-1.0.0.tgz"
    with tarfile.open(kept, "w:gz") as archive:
        for name, words in (("dist/small.js", b"var small;"), ("LICENSE", b"free"), ("other.js", b"var other;")):
            entry = tarfile.TarInfo(f"package/{name}")
            entry.size = len(words)
            archive.addfile(entry, io.BytesIO(words))
    table = f"""
target = "vendor"
[[package]]
name = "small"
version = "1.0.0"
integrity = "{build.integrity(kept)}"
files = [{{ from = "dist/small.js", to = "small.js" }}, {{ from = "LICENSE", to = "small.LICENSE.txt" }}]
"""
    (tmp_path / "vendor.toml").write_text(table, "utf-8")
    return tmp_path


def test_a_tarball_in_the_cache_needs_no_npm(build: ModuleType, tree: Path) -> None:
    assert build.fetch(tree) == []
    assert (tree / "vendor" / "small.js").read_bytes() == b"var small;"
    assert sorted(p.name for p in (tree / "vendor").iterdir()) == [".small", "small.LICENSE.txt", "small.js"]


def test_another_hash_is_refused_and_put_aside(build: ModuleType, tree: Path) -> None:
    kept = tree / "cache" / "small-1.0.0.tgz"
    kept.write_bytes(kept.read_bytes() + b"\0")
    with pytest.raises(build.WrongHash, match="not sha512-"):
        build.fetch(tree)
    assert not (tree / "vendor").exists() and not kept.exists()


def test_without_npm_and_cache_the_build_goes_on_and_says_what_it_lacks(build: ModuleType, tree: Path) -> None:
    (tree / "cache" / "small-1.0.0.tgz").unlink()
    missing = build.fetch(tree)
    assert missing == ["small 1.0.0"]
    assert "python hatch_build.py" in build.told(missing)


def test_what_is_there_is_fetched_again_only_where_the_table_has_changed(build: ModuleType, tree: Path) -> None:
    build.fetch(tree)
    (tree / "cache" / "small-1.0.0.tgz").unlink()
    assert build.fetch(tree) == []
    (tree / "vendor" / "small.js").unlink()
    assert build.fetch(tree) == ["small 1.0.0"]


def test_the_table_pins_each_package_and_keeps_its_licence(build: ModuleType) -> None:
    table = build.table()
    notice = (ROOT / "NOTICE").read_text("utf-8")
    for package in table["package"]:
        assert re.fullmatch(r"\d+\.\d+\.\d+", package["version"]) and re.fullmatch(r"sha512-[\w+/]{86}==", package["integrity"])
        if not package.get("tests"):
            assert any("LICENSE" in one["to"] for one in package["files"])
            assert package["licence"] in notice
    assert table["target"] + "/" in (ROOT / ".gitignore").read_text("utf-8").splitlines()


def test_no_code_of_others_is_in_the_repository() -> None:
    line = ["git", "ls-files", "src/communique/serve/static/vendor", "tests/serve/vendor"]
    done = subprocess.run(line, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip("not a git checkout")
    assert not done.stdout.strip()


def test_by_hand_it_says_what_it_did() -> None:
    line = [sys.executable, str(ROOT / "hatch_build.py")]
    done = subprocess.run(line, capture_output=True, text=True, timeout=600, check=False)
    assert ("all of vendor.toml" in done.stdout) == (done.returncode == 0), done.stderr
