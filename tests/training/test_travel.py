"""Weights made small for the way and wide again. It needs torch, which the package does not."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

import travel  # noqa: E402


def weights() -> dict[str, torch.Tensor]:
    torch.manual_seed(4)
    return {
        travel.WORDS: torch.randn(travel.VOCABULARY, 4), "layers.0.up.weight": torch.randn(301, 77) * 0.05,
        "layers.0.up.bias": torch.randn(301), "mark.weight": torch.randn(3, 8), "count": torch.tensor(7),
    }  # fmt: skip


@pytest.mark.parametrize(("bits", "most"), [(8, 1 / 127), (12, 1 / 1000)])
def test_what_comes_back_is_near(bits: int, most: float) -> None:
    sent = weights()
    back = travel.unpack(travel.pack(sent, bits, parts=2))
    assert back.keys() == sent.keys()
    assert int(back["count"]) == 7
    for name in sent:
        if sent[name].ndim == 2:
            off = (back[name] - sent[name]).abs().amax(1) / sent[name].abs().amax(1)
            assert float(off.max()) < most, name
    assert torch.allclose(back["layers.0.up.bias"], sent["layers.0.up.bias"], atol=1e-2)


def test_words_that_the_data_lack_do_not_travel() -> None:
    sent, used = weights(), torch.tensor([0, 5, 30521])
    (piece,) = travel.pack(sent, 8, parts=1, used=used)
    back = travel.unpack([piece])
    assert back[travel.WORDS].shape == sent[travel.WORDS].shape
    assert back[travel.WORDS].any(1).nonzero()[:, 0].tolist() == used.tolist()
    assert len(piece) < len(travel.pack(sent, 8, parts=1)[0]) / 2


def test_later_files_lie_over_earlier_ones() -> None:
    sent = weights()
    other = {"count": torch.tensor(8)}
    assert int(travel.unpack([*travel.pack(sent, 8, parts=1), *travel.pack(other, 8, parts=1)])["count"]) == 8
