"""Which annotated reports train the weights and which are kept apart."""

from __future__ import annotations

import hashlib


def held_out(report_id: str) -> bool:
    """Whether a report is kept from training: one in twenty, by its id, to set thresholds on and to test with."""
    return int(hashlib.sha256(report_id.encode()).hexdigest(), 16) % 20 == 0
