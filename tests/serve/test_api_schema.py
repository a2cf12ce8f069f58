"""The API against its own OpenAPI document: what it is sent at random, right and wrong, is answered as the document says."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import desks
import pytest

CONFIG = """
[checks.positive_data_acceptance]
# 422: a word that the codebook does not have, a day that no calendar has, no place in an answer.
expected-statuses = ["2xx", "404", "406", "422"]

"""

WITHOUT = "(stream|read)$"
"""What does not end, and what loads the weights: they have tests of their own."""


def test_random_requests_are_answered_as_the_document_says(tmp_path: Path) -> None:
    pytest.importorskip("schemathesis")
    desks.fill(tmp_path / "store.db", 6)
    with desks.running(tmp_path / "store.db") as url:
        known = {kind: desks.get(url, f"/{kind}", params={"limit": 1}).json()["items"][0] for kind in ("incidents", "claims")}
        config = CONFIG + "".join(
            f'[[operations]]\ninclude-path = "/api/v1/{kind}/{{ident}}"\n'
            f'parameters = {{ "path.ident" = {json.dumps(one["id"])} }}\n'
            for kind, one in known.items()
        )
        (tmp_path / "schemathesis.toml").write_text(config)
        command = [
            str(Path(sys.executable).parent / "schemathesis"), "--config-file", str(tmp_path / "schemathesis.toml"), "run",
            f"{url}/api/v1/openapi.json", "--phases=coverage,fuzzing", "--max-examples=4", "--seed=7", "--no-color",
            f"--exclude-path-regex={WITHOUT}", "--generation-database=none",
        ]  # fmt: skip
        done = subprocess.run(command, capture_output=True, text=True, timeout=240, cwd=tmp_path)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    passed = re.search(r"(\d+) generated, (\d+) passed", done.stdout)
    assert passed and passed[1] == passed[2] and int(passed[1]) > 300, done.stdout[-3000:]
