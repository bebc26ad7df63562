"""Every message of the tap and of the loader is found in troubleshooting.md."""

from __future__ import annotations

import pytest

from tests.docs.pages import DOCS
from tests.docs.phrases import Phrase, phrases

LINES = (DOCS / "troubleshooting.md").read_text(encoding="utf-8").splitlines()

NO_MESSAGES = {
    "Asked for by name; not in the tap's table of metrics.": "describes a column",
    "Columns of the file that have none of their own here, by name; numbers as numbers.": "describes a column",
    "Print the exports that a run would ask for; create nothing.": "the help of --plan",
    " of … and …: … requests at least.": "what --plan prints",
    "A range of days cannot start on … and end on ": "would be a fault of the tap's own",
    "A request that is … cannot have … happen to it": "would be a fault of the tap's own",
    " is … and has no file": "would be a fault of the tap's own",
    "JSON file with the settings": "the help of the loader's --config",
    "Load Singer messages from stdin into a DuckDB file.": "the loader's help",
    "Stream …: … rows loaded into ….": "what the loader says when all is well",
}


def _text(phrase: Phrase) -> str:
    return "…".join(phrase.parts)


@pytest.mark.parametrize("phrase", [phrase for phrase in phrases() if _text(phrase) not in NO_MESSAGES], ids=str)
def test_message_is_found(phrase: Phrase) -> None:
    assert any(phrase.is_in(line) for line in LINES)


def test_what_is_left_out_is_still_in_the_code() -> None:
    assert {_text(phrase) for phrase in phrases()} >= NO_MESSAGES.keys()


@pytest.mark.parametrize(
    "known",
    [
        "SEI refused the API key …; check `api_key` and `api_url`.",  # returned
        "Setting `…` is required and not set.",  # yielded
        "Try a smaller `window_periods` or a longer `export_timeout_seconds`.",  # one of several literals in a row
        "has the status …, which nobody has documented; taken as still running.",  # logged
        "is not UTF-8 text",  # handed to the function that raises
    ],
)
def test_messages_are_seen_however_they_are_made(known: str) -> None:
    assert any(known in _text(phrase) for phrase in phrases())
