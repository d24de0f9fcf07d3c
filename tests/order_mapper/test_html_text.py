import html
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from order_mapper import plain_text


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("", ""),
        ("<p><br></p>", ""),
        ("<p>Hola</p>", "Hola"),
        (
            "<p>Dejar en conserjería\nTocar timbre &lt;2&gt; &amp; esperar</p>",
            "Dejar en conserjería\nTocar timbre <2> & esperar",
        ),
        ("<p>uno</p><p>dos</p>", "uno\ndos"),
        ("<div>uno</div>dos", "uno\ndos"),
        ("uno<br>dos<br/>tres<BR />cuatro", "uno\ndos\ntres\ncuatro"),
        ("<p>uno</p><p><br></p><p>dos</p>", "uno\n\ndos"),
        ("<p>uno<br></p><p>dos</p>", "uno\ndos"),
        ("<ul>\n  <li>uno</li>\n  <li>dos</li>\n</ul>", "uno\ndos"),
        ("<ul><li>uno<ul><li>dentro</li></ul></li><li>dos</li></ul>", "uno\ndentro\ndos"),
        ("<h1>Título</h1>texto", "Título\ntexto"),
        ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a\tb\nc"),
        ("<p>\n  uno\n</p>\n<p>dos</p>\n", "uno\ndos"),
        ("<b>uno</b> <i>dos</i>", "uno dos"),
        ("<p>un<b>o</b></p>", "uno"),
        ('<a href="https://x.example/?a>b">enlace</a>', "enlace"),
        ("<p title='it&apos;s > all'>texto</p>", "texto"),
        ("<p it's>texto</p>", "texto"),
        ("&eacute;&nbsp;&#8364;&#x20AC;&quot;&unknown;", 'é\xa0€€"&unknown;'),
        ("&amp;lt;", "&lt;"),
        ("5 < 6 y 7 > 6", "5 < 6 y 7 > 6"),
        ("a <3 b", "a <3 b"),
        ("<", "<"),
        ("uno\r\ndos", "uno\ndos"),
        ("uno  \n  dos", "uno\n  dos"),
    ],
)
def test_a_note_reads_like_what_a_person_sees(markup, text):
    assert plain_text(markup) == text


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("a<script>alert('<p>x</p>')</script>b", "ab"),
        ("a<SCRIPT src=x>if (a < b) {}</Script >b", "ab"),
        ("a<script>never closed", "a"),
        ("a<script/>b", "ab"),
        ("a<script>x</scripty>y</script>b", "ab"),
        ("a<style>p { color: red }</style>b", "ab"),
        ("<title>x</title>b", "b"),
        ("a<!-- <p>x</p> -->b", "ab"),
        ("a<!-->b", "ab"),
        ("a<!-- never closed", "a"),
        ("<!DOCTYPE html>a<?php x ?>b</>c", "abc"),
        ("a<img src=x onerror=alert(1)>b", "ab"),
    ],
)
def test_scripts_styles_and_comments_go_whole(markup, text):
    assert plain_text(markup) == text


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("uno <b sin fin", "uno <b sin fin"),
        ('uno <b x="sin fin> dos', "uno  dos"),
        ("<p>uno<p>dos", "uno\ndos"),
        ("</p></p>uno</div>", "uno"),
        ("&#" + "9" * 5000 + ";x", "\ufffdx"),
        ("&#0;&#xD800;", "\ufffd\ufffd"),
    ],
)
def test_broken_markup_loses_no_text(markup, text):
    assert plain_text(markup) == text


@given(st.text())
def test_text_that_was_escaped_comes_back_but_for_white_space(text):
    seen = plain_text(html.escape(text))
    assert "".join(seen.split()) == "".join(text.split())


PIECES = [
    "<p>",
    "</p>",
    "<br>",
    "<",
    ">",
    "&lt;",
    "&",
    "a",
    " ",
    "\n",
    "<!--",
    "-->",
    "<script>",
    "</script>",
    "<td>",
    '"',
    "'",
    "=",
    "/",
    "<a x=",
    "é",
    "\x00",
    "<li>",
]


@given(st.lists(st.sampled_from(PIECES)).map("".join))
def test_any_markup_gives_trimmed_text(markup):
    text = plain_text(markup)
    assert text == text.strip(" \t\r\n\f")
    assert plain_text(markup) == text


@pytest.mark.parametrize(
    "piece",
    [
        "<",
        "<a ",
        "<a x='",
        '<a x="',
        "</a ",
        "<!--",
        "<!",
        "<script>",
        "&",
        "&#",
        "<p>",
        "<br>",
        " \n",
        "=\"'",
    ],
)
def test_hostile_notes_take_linear_time(piece):
    note = piece * (400_000 // len(piece))
    started = time.perf_counter()
    plain_text(note)
    assert time.perf_counter() - started < 5  # a quadratic scan takes minutes
