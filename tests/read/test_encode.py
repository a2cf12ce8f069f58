"""A report's sentences as the model's input."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scripted import encoder
from tokenizers import Tokenizer
from tokenizers.models import WordLevel

from communique.errors import DataError
from communique.read.encode import CASES, MAX_CONTEXT, MAX_PIECES, Encoded, SentenceEncoder, pad, quote_spans


def one(text: str) -> Encoded:
    return encoder().encode(text, [(0, len(text))], [[]])[0]


def column(encoded: Encoded, text: str, n: int) -> dict[str, int]:
    """Feature `n` of the first piece of each word of `text`."""
    return {
        text[s:e]: int(encoded.features[i, n])
        for i, (s, e) in enumerate(zip(encoded.starts, encoded.ends, strict=True))
        if encoded.first[i]
    }


def test_pieces_stand_between_marks_and_point_into_the_text() -> None:
    text = "Oslo warned Minsk."
    e = one(text)
    assert (e.starts[0], e.starts[-1], e.ends[0], e.ends[-1]) == (-1, -1, -1, -1)
    assert "".join(text[s:t] for s, t in zip(e.starts, e.ends, strict=True) if s >= 0) == text.replace(" ", "")
    assert not e.first[0]
    assert not e.inside[0]
    assert not e.inside[-1]
    assert not e.cut


def test_case_is_given_back() -> None:
    text = "ISIS fired 12 rockets at Oslo and McDonald iPhone"
    cases = {word: CASES[n] for word, n in column(one(text), text, 0).items()}
    assert {"fired": "lower", "12": "number", "Oslo": "title"}.items() <= cases.items()
    whole = one("ZELENSKYY")
    assert len(whole) > 3
    assert {CASES[n] for n in whole.features[1:-1, 0]} == {"upper"}, "all pieces of a word have its case"
    assert CASES[one("iphonE").features[1, 0]] == "other"
    assert CASES[one("A").features[1, 0]] == "title", "one capital is a sentence's first word, not an acronym"


def test_quoted_words_are_marked_with_their_marks() -> None:
    text = "He said “we act” today"
    quoted = column(one(text), text, 2)
    assert {w for w, q in quoted.items() if q} == {"“", "we", "act", "”"}


QUOTATIONS = {
    "typographic": ("He said “a b” and “c”.", ["“a b”", "“c”"]),
    "straight": ('He said "a b" and "c".', ['"a b"', '"c"']),
    "guillemets": ("Il dit «a b».", ["«a b»"]),
    "open at the paragraph's end": ("“a b\n“c d” e", ["“a b", "“c d”"]),
    "a straight one left open": ('"a b\nc d "e" f', ['"a b', '"e"']),
    "inches": ('A 12" gun and "a b".', ['"a b"']),
    "after a digit inside": ('"He left in 2015" he said', ['"He left in 2015"']),
    "a close without an open": ("a b” c “d”", ["“d”"]),
    "apostrophes": ("It’s the ‘so-called’ state’s", []),
    "nothing": ("", []),
}


@pytest.mark.parametrize("name", QUOTATIONS)
def test_quotations(name: str) -> None:
    text, expected = QUOTATIONS[name]
    assert [text[a:b] for a, b in quote_spans(text)] == expected


@given(st.text(alphabet='ab “”"«»\n5', max_size=60))
@settings(max_examples=200, deadline=None)
def test_quotations_are_ordered_apart_and_within_a_paragraph(text: str) -> None:
    spans = quote_spans(text)
    assert all(a < b for a, b in spans)
    assert all(x[1] <= y[0] for x, y in pairwise(spans))
    assert all("\n" not in text[a:b] for a, b in spans)


def test_context_stands_before_and_is_not_inside() -> None:
    text = "Rain fell. He left."
    e = encoder().encode(text, [(0, 10), (11, 19)], [[], [0]])[1]
    inside = [text[s:t] for s, t, i in zip(e.starts, e.ends, e.inside, strict=True) if i]
    before = [text[s:t] for s, t, i in zip(e.starts, e.ends, e.inside, strict=True) if not i and s >= 0]
    assert inside == ["He", "left", "."]
    assert before == ["Rain", "fell", "."]
    parts = e.features[:, 1]
    assert parts[0] == 0
    assert set(parts[e.inside]) == {1}
    assert set(parts[(e.starts >= 0) & ~e.inside]) == {0}
    assert len(e) == 1 + 3 + 1 + 3 + 1


def test_several_context_sentences_keep_reading_order() -> None:
    text = "Aa bb. Cc dd. Ee ff."
    e = encoder().encode(text, [(0, 6), (7, 13), (14, 20)], [[], [0], [0, 1]])[2]
    starts = e.starts[e.starts >= 0]
    assert (np.diff(starts) > 0).all()
    assert starts[0] == 0


def test_a_long_context_keeps_its_end() -> None:
    before = "war " * 100
    text = before + "He left."
    e = encoder().encode(text, [(0, len(before) - 1), (len(before), len(text))], [[], [0]])[1]
    context = e.starts[(e.starts >= 0) & ~e.inside]
    assert len(context) == MAX_CONTEXT
    assert context[-1] == len(before) - 4


def test_a_long_sentence_is_cut_and_says_so() -> None:
    text = "war " * 300
    e = one(text.strip())
    assert e.cut
    assert len(e) == MAX_PIECES
    assert not one("war " * 10).cut


def test_no_input_is_longer_than_the_model_takes() -> None:
    text = "war " * 150 + "\n" + "peace " * 150
    spans = [(0, 599), (601, len(text) - 1)]
    assert [len(e) <= MAX_PIECES for e in encoder().encode(text, spans, [[], [0]])] == [True, True]


def test_participants_are_marked_and_the_original_is_not() -> None:
    text = "Oslo warned Paris"
    e = one(text)
    marked = e.marked((0, 4), (12, 17))
    assert column(marked, text, 3) == {"Oslo": 1, "warned": 0, "Paris": 2}
    assert not e.features[:, 3].any()


def test_padding_makes_rectangles() -> None:
    short, long = one("Go"), one("Oslo warned Minsk")
    ids, mask, features = pad([short, long])
    assert ids.shape == mask.shape == (2, len(long))
    assert features.shape == (2, len(long), 4)
    assert mask.sum(1).tolist() == [len(short), len(long)]
    assert not ids[0, len(short) :].any()


@given(st.text(max_size=80))
@settings(max_examples=150, deadline=None)
def test_any_text_can_be_encoded(text: str) -> None:
    e = one(text)
    known = e.starts >= 0
    assert ((e.starts[known] <= e.ends[known]) & (e.ends[known] <= len(text))).all()
    assert len(e) == len(e.features) == len(e.first) == len(e.inside)


def test_a_vocabulary_without_marks_is_refused() -> None:
    with pytest.raises(DataError, match=r"\[CLS\] and \[SEP\].*reinstall"):
        SentenceEncoder(Tokenizer(WordLevel({"a": 0}, "a")))


def test_half_a_character_is_read_as_one() -> None:
    e = one("Oslo \ud800 warned")
    assert int(e.ends.max()) == len("Oslo \ud800 warned")
