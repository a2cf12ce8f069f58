"""Which sentences the model sees before the one that it reads."""

from __future__ import annotations

from collections.abc import Sequence


def context_of(text: str, spans: Sequence[tuple[int, int]], n: int) -> list[int]:
    """Numbers of the context sentences of sentence `n`, in reading order.

    The sentence before; two where it is short, since a short one ("He did not elaborate.") names nobody.
    """
    before: list[int] = []
    length = 0
    for i in range(n - 1, max(-1, n - 3), -1):
        before.insert(0, i)
        length += spans[i][1] - spans[i][0]
        if length > 120:
            break
    return before
