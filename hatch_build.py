"""Fetches what the desk's pages need from npm (vendor.toml) into the source tree, as the wheel is built and by hand.

``python hatch_build.py`` fetches for a source tree, ``python hatch_build.py --tests`` what only its tests need as well.
Packages come through the npm client, which is set up for the machine's registry, proxy and certificates, and are kept in a
cache folder (COMMUNIQUE_VENDOR_CACHE, else ~/.cache/communique/vendor): a tarball that was put there by hand, as
NAME-VERSION.tgz, needs no client. Where a package cannot be had the rest is built without it and the desk says what it
lacks; a tarball whose hash is not the one in vendor.toml is an error.
"""

from __future__ import annotations

import base64
import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent
CACHE_VARIABLE = "COMMUNIQUE_VENDOR_CACHE"
WAIT = 120
"""Seconds that npm may take for one package; the largest has 12 MB."""


class WrongHash(Exception):
    """A package is not what vendor.toml pins."""


def table(root: Path = ROOT) -> dict[str, Any]:
    """vendor.toml as it stands."""
    return tomllib.loads((root / "vendor.toml").read_text("utf-8"))


def cache() -> Path:
    """Where tarballs are kept."""
    given = os.environ.get(CACHE_VARIABLE)
    home = os.environ.get("XDG_CACHE_HOME")
    return Path(given) if given else (Path(home) if home else Path.home() / ".cache") / "communique" / "vendor"


def integrity(path: Path) -> str:
    """The file's sha512 as npm writes it."""
    return "sha512-" + base64.b64encode(hashlib.sha512(path.read_bytes()).digest()).decode()


def tarball(package: dict[str, Any]) -> Path | None:
    """The package's tarball, from the cache or through npm; None where neither has it.

    Raises `WrongHash` where what was had is not what is pinned.
    """
    name, version = package["name"], package["version"]
    kept = cache() / f"{name}-{version}.tgz"
    if not kept.is_file():
        fetched = _pack(name, version, kept.parent)
        if fetched is None:
            return None
        fetched.replace(kept)
    found = integrity(kept)
    if found != package["integrity"]:
        kept.rename(kept.with_suffix(".refused"))
        raise WrongHash(
            f"{name} {version} has the hash {found}, not {package['integrity']} as vendor.toml pins: "
            f"it was put aside as {kept.with_suffix('.refused')}; fetch it again, or find out who changed it"
        )
    return kept


def _pack(name: str, version: str, folder: Path) -> Path | None:
    """What ``npm pack`` fetches into `folder`; None where there is no npm, or no registry."""
    npm = shutil.which("npm")
    if npm is None:
        return None
    own = folder / f".{os.getpid()}"
    try:
        own.mkdir(parents=True, exist_ok=True)
        # No script of the package is run: packing a published one only downloads it.
        line = [npm, "pack", f"{name}@{version}", "--silent", "--ignore-scripts", "--pack-destination", str(own)]
        done = subprocess.run(line, cwd=own, capture_output=True, timeout=WAIT, check=False)
        found = sorted(own.glob("*.tgz"))
        if done.returncode or len(found) != 1:
            return None
        out = folder / f".{os.getpid()}-{name.replace('/', '-')}.tgz"
        found[0].replace(out)
        return out
    except (OSError, subprocess.TimeoutExpired):
        return None
    finally:
        shutil.rmtree(own, ignore_errors=True)


def unpack(path: Path, files: list[dict[str, str]], target: Path) -> None:
    """Writes the files that the table names, and no other, each whole or not at all."""
    target.mkdir(parents=True, exist_ok=True)
    with tarfile.open(path) as archive:
        for one in files:
            stream = archive.extractfile(f"package/{one['from']}")
            if stream is None:
                raise WrongHash(f"{path.name} has no file {one['from']}: correct vendor.toml")
            beside = target / f".{one['to']}.part"
            beside.write_bytes(stream.read())
            beside.replace(target / one["to"])


def fetch(root: Path = ROOT, *, tests: bool = False) -> list[str]:
    """Brings the folder up to the table and returns the packages that could not be had. What is there already stays.

    Raises `WrongHash`.
    """
    given = table(root)
    target = root / given["target"]
    missing: list[str] = []
    for package in given["package"]:
        if package.get("tests") and not tests:
            continue
        where = root / "tests" / "serve" / "vendor" if package.get("tests") else target
        stamp = where / f".{package['name']}"
        wanted = f"{package['version']} {package['integrity']}\n"
        there = stamp.is_file() and stamp.read_text("utf-8") == wanted
        if there and all((where / one["to"]).is_file() for one in package["files"]):
            continue
        path = tarball(package)
        if path is None:
            missing.append(f"{package['name']} {package['version']}")
            continue
        unpack(path, package["files"], where)
        stamp.write_text(wanted, "utf-8")
    return missing


def told(missing: list[str]) -> str:
    """What to say where packages are missing."""
    return (
        f"built without {', '.join(missing)}: npm, or its registry, cannot be reached. The desk works, but for charts and what "
        f"reloads in place. Later: python hatch_build.py in the source tree, with npm (Node.js) installed, or with the tarballs "
        f"in {cache()}"
    )


try:
    from hatchling.builders.hooks.plugin.interface import BuildHookInterface
except ImportError:  # run by hand, where hatchling is not needed
    pass
else:

    class VendorHook(BuildHookInterface):  # type: ignore[type-arg]
        """Runs before a wheel or an editable install is made. A source archive carries the table alone."""

        def initialize(self, version: str, build_data: dict[str, Any]) -> None:
            if self.target_name != "wheel":
                return
            root = Path(self.root)
            if missing := fetch(root):
                self.app.display_warning(told(missing))
            target = table(root)["target"]
            # git ignores the folder, and so would the wheel.
            build_data["artifacts"].append(f"/{target}/*")


def main() -> int:
    """The command of the source tree."""
    try:
        missing = fetch(tests="--tests" in sys.argv[1:])
    except WrongHash as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(told(missing) if missing else f"all of vendor.toml is in {table()['target']}")
    return 1 if missing else 0


if __name__ == "__main__":
    raise SystemExit(main())
