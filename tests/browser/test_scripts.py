"""The page's scripts build elements and nothing else."""

from __future__ import annotations

from bot.sandbox.web.window import PAGE


def test_no_script_of_the_page_reads_markup() -> None:
    words = ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "DOMParser", "eval(", "srcdoc")
    scripts = sorted((PAGE / "js").glob("*.js"))

    assert len(scripts) > 10
    for script in scripts:
        text = script.read_text(encoding="utf-8")
        assert [word for word in words if word in text] == [], script.name
