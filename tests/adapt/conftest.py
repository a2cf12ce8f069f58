"""Lets these tests paint scores by hand with `scripted`, as those of the reader do."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1] / "read"))
