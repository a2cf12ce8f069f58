"""Prints the README's N-th set-up command: the N-th fenced block that begins with ``python3 -m venv``."""

import re
import sys
from pathlib import Path

blocks = re.findall(r"^```(?:bash|sh|console)\n(.*?)^```", Path(sys.argv[1]).read_text("utf-8"), re.MULTILINE | re.DOTALL)
setup = [b for b in blocks if b.startswith("python3 -m venv")]
if len(setup) != 2:
    raise SystemExit(f"README.md has {len(setup)} set-up commands, not two")
print(setup[int(sys.argv[2]) - 1].strip())
