import pytest

from poller_core.display import display_safe

HOSTILE = [
    ("\x1b[2J", r"\x1b[2J"),
    ("\x1b]52;c;ZXZpbA==\x07", r"\x1b]52;c;ZXZpbA==\x07"),
    ("\x1b]0;title\x1b\\", r"\x1b]0;title\x1b" + "\\"),
    ("\x1bP+q\x1b\\", r"\x1bP+q\x1b" + "\\"),
    ("\x9b31mred", r"\x9b31mred"),
    ("\x90dcs\x9c", r"\x90dcs\x9c"),
    ("a\rb", r"a\rb"),
    ("a\nb", r"a\nb"),
    ("a\tb", r"a\tb"),
    ("a\x08b", r"a\x08b"),
    ("a\x00b", r"a\x00b"),
    ("a\x7fb", r"a\x7fb"),
    ("a\x85b", r"a\x85b"),
    ("a\u2028b\u2029c", r"a\u2028b\u2029c"),
    ("exe.\u202egpj", r"exe.\u202egpj"),
    ("\u2066a\u2069", r"\u2066a\u2069"),
    ("\u061ca\u200fb", r"\u061ca\u200fb"),
    ("ad\u200bmin", r"ad\u200bmin"),
    ("a\u200d\ufeffb", r"a\u200d\ufeffb"),
    ("a\u00adb", r"a\xadb"),
    ("a\u2060b", r"a\u2060b"),
    ("a\u034fb", r"a\u034fb"),
    ("a\u3164b\uffa0\u115f\u1160", r"a\u3164b\uffa0\u115f\u1160"),
    ("a\u2800b", r"a\u2800b"),
    ("a\ud800b", r"a\ud800b"),
    ("a\ue000b", r"a\ue000b"),
    ("tag\U000e0041", r"tag\U000e0041"),
    ("a\u00a0b\u3000c\u2003d", "a b c d"),
    ("e" + "\u0301" * 50, "e" + "\u0301" * 4),
]
HARMLESS = [
    "",
    "S00042",
    "Región Metropolitana, Ñuñoa",
    "株式会社 \U00020000",
    "📦 caja",
    "[/bold] [@click=app.quit]x",
    "'; DROP TABLE connections; --",
    "= + - @",
    "עברית العربية",
    "Tiếng Việt cafe\u0301",
    r"C:\new",
]


@pytest.mark.parametrize(("text", "shown"), HOSTILE)
def test_what_acts_on_a_terminal_is_shown_instead(text: str, shown: str) -> None:
    assert display_safe(text) == shown
    assert display_safe(text).isprintable()


@pytest.mark.parametrize("text", HARMLESS)
def test_ordinary_text_of_any_language_is_left_alone(text: str) -> None:
    assert display_safe(text) == text


@pytest.mark.parametrize("text", [text for text, _ in HOSTILE] + HARMLESS)
def test_made_safe_twice_is_made_safe_once(text: str) -> None:
    assert display_safe(display_safe(text)) == display_safe(text)


def test_every_control_and_format_character_is_caught() -> None:
    import unicodedata

    acting = [
        chr(code)
        for code in range(0x110000)
        if unicodedata.category(chr(code)) in ("Cc", "Cf", "Zl", "Zp", "Cs")
    ]
    assert len(acting) > 2000
    assert all(display_safe(char).startswith("\\") for char in acting)


@pytest.mark.parametrize(
    ("text", "limit", "shown"),
    [
        ("abcdef", 6, "abcdef"),
        ("abcdefg", 6, "abcde…"),
        ("\n\n\n\n", 6, r"\n\n\…"),
        ("ab\x1b", 6, r"ab\x1b"),
        ("e" + "\u0301" * 50, 6, "e" + "\u0301" * 4 + "…"),
        ("abc", 1, "…"),
        ("abc", 0, ""),
        ("", 0, ""),
    ],
)
def test_a_cut_text_ends_in_an_ellipsis_within_its_limit(text: str, limit: int, shown: str) -> None:
    assert display_safe(text, limit) == shown
    assert len(shown) <= limit
