"""Every message of the tap and the loader is in troubleshooting.md."""

from __future__ import annotations

from tests.docs.pages import DOCS
from tests.docs.phrases import phrases, phrases_in

NO_MESSAGES = {
    "probe/probe.py:announcement": "what --probe prints",
    "probe/probe.py:tell": "what --probe prints",
    "probe/file_facts.py:_read": "what --probe prints",
    "model/metric_names.py:custom_metric": "describes a column",
    "model/record_schema.py:record_schema": "describes a column",
    "tap.py:TapSeiEfficiency.get_singer_command": "the help of an option",
    "run/plan.py:describe": "what --plan prints",
    "run/run.py:Run.describe_state": "what --plan prints",
    "run/trial.py:works": "what --test prints",
    "run/run.py:Run.works": "what --test prints",
    "run/opening.py:understood": "logged when all is well",
    "run/opening.py:named": "logged when all is well",
    "run/heartbeat.py:Standing.text": "logged when all is well",
    "model/periods.py:Days.__post_init__": "would be a fault of the tap's own",
    "run/lifecycle.py:after": "would be a fault of the tap's own",
    "streams/period_stream.py:PeriodStream.get_batches": "would be a fault of the tap's own",
    "__main__.py:main": "the loader's help",
    "load.py:Load._compare": "what the loader says when all is well",
    "streams/period_stream.py:PeriodStream.output": "would be a fault of the tap's own",
}
"""Functions whose text is not a message, with the reason."""
PRINTED = {f"probe/{name}.py" for name in ("access", "checks", "files", "findings", "jobs", "lists", "report", "words")}
"""Modules whose texts are the table and the report of --probe."""


def test_every_message_is_in_the_page() -> None:
    lines = (DOCS / "troubleshooting.md").read_text(encoding="utf-8").splitlines()
    missing = [
        str(phrase)
        for phrase in phrases()
        if phrase.module not in PRINTED
        and f"{phrase.module}:{phrase.owner}" not in NO_MESSAGES
        and not any(map(phrase.is_in, lines))
    ]
    assert missing == [], "\n".join(missing)


def test_excluded_functions_are_still_in_the_code() -> None:
    assert {f"{phrase.module}:{phrase.owner}" for phrase in phrases()} >= NO_MESSAGES.keys()


SOURCE = '''
"""The docstring is no message."""
LOOKUP = "a constant is no message"

def function(value, log):
    """Nor is this docstring."""
    log.info("said when all is well")
    log.warning("a %s is logged, in %.1f pieces", value, 2)
    yield "a message is yielded"
    helper(f"a {value} is handed on", "two words")
    raise Error(
        f"a {value} is raised; "
        "in two literals in a row"
    )

class Stream:
    def method(self):
        return "a message is returned"
'''


def test_every_form_of_a_message_is_found() -> None:
    assert {(phrase.owner, phrase.text) for phrase in phrases_in(SOURCE, "module.py")} == {
        ("function", "a … is logged, in … pieces"),
        ("function", "a message is yielded"),
        ("function", "a … is handed on"),
        ("function", "a … is raised; in two literals in a row"),
        ("Stream.method", "a message is returned"),
    }
