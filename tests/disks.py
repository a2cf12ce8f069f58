"""A disk of its own for a test, small enough to be full."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

needs_disk = pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="mounting needs root")


class Disk:
    """A real file system at `path`, in memory."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def resize(self, size: str) -> None:
        subprocess.run(["mount", "-o", f"remount,size={size}", str(self.path)], check=True)

    @contextmanager
    def filled(self, left: int) -> Iterator[None]:
        """Full, but for `left` bytes."""
        filler = self.path / "filler"
        found = os.statvfs(self.path)
        filler.write_bytes(b"\0" * max(0, found.f_bavail * found.f_frsize - left))
        try:
            yield
        finally:
            filler.unlink()


@contextmanager
def disk(path: Path, size: str) -> Iterator[Disk]:
    """A disk of `size` (as "100k") at `path`, which is made. The test is skipped where the system mounts none."""
    path.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(path)], capture_output=True).returncode:
        pytest.skip("this system does not let tests mount")
    try:
        yield Disk(path)
    finally:
        # Lazily: what a failed test still holds open must not hide why it failed.
        subprocess.run(["umount", "-l", str(path)], check=True)
