"""The report contains nothing private: tests plant secrets in every place that a server or a user can write."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from standin.deviations import deviation
from tap_sei_efficiency.model.dialect import PLAIN
from tap_sei_efficiency.probe.facts import Facts, JobSeen, Seen
from tap_sei_efficiency.probe.file_facts import file_facts
from tap_sei_efficiency.probe.probe import observed
from tests.examples import examples
from tests.probe.conftest import config_for, probed, serving
from tests.unit.builders import settings

PLANTED = "Zq7-Secret@example.com"
WORD = "Zquxel"
NUMBER = 48151623
KEYS = "Granularity,Team,Team_Hierarchy,Start_Date,End_Date"


def planted(value: Any) -> Any:
    """A JSON value with a secret in each text, and a recognisable number for each number."""
    if isinstance(value, dict):
        return {key: planted(item) for key, item in value.items()} | {f"{PLANTED} key": PLANTED}
    if isinstance(value, list):
        return [planted(item) for item in value] or [PLANTED]
    return NUMBER if isinstance(value, int) else PLANTED


ANSWERS = {
    "unknown group": {"status": "ERROR", "code": "X", "message": "m", "correlationId": "c"},
    "create": {"exportId": "e", "status": "QUEUED", "createdAt": "t", "createdBy": {"name": "n", "email": "e"}},
    "create again": {"exportId": "e", "metadata": {"teams": ["a"], "size": 1}},
    "poll": {"exportId": "e", "status": "s", "downloadUrl": "https://h/?q", "download": {"url": "u", "sizeBytes": 7}},
    "download": None,
    "org trees": [{"id": 1, "name": "n", "rootTeamRefId": 2}],
    "teams": {"content": [{"refId": 1, "name": "n", "settings": {"owner": "o"}}]},
    "legacy report": None,
}


def seen(content: Any) -> Seen:
    """An answer with secrets in its body and in the values of its headers."""
    headers = {
        "Content-Type": f"text/{WORD}; charset={PLANTED}",
        "Content-Encoding": WORD,
        "Location": f"https://{PLANTED}/?{PLANTED}",
        "Set-Cookie": PLANTED,
        PLANTED: PLANTED,
    }
    return Seen(200, headers, PLANTED.encode(), planted(content), planted(content), 1, left_host=True, layers=1)


def facts_with_secrets(answers: dict[str, Any]) -> Facts:
    """The facts of a probe with something private in every field."""
    rows = [
        f"{WORD} 2026,{PLANTED},Top/{PLANTED},2026-01-01,2026-01-31,{NUMBER},{PLANTED},Elite",
        f"Jan 2026,Top,Top,2026-01-01,2026-01-31,1.5,{WORD},{PLANTED}",
    ]
    text = "\n".join([f"{KEYS},LTTC,CODING,OVERALL_RATING", *rows]).encode()
    facts = Facts(
        base_path=f"/{WORD}/api/",
        configured_path=f"/{WORD}/",
        auth={"header": "authorization", "scheme": "ApiKey"},
        answers={name: seen(content) for name, content in answers.items()},
        refused_groups={"lttc": PLANTED},
        envelope=PLANTED,
        job_fields={"exportId": f"{PLANTED}Id"},
        statuses={"COMPLETED": PLANTED},
        groups={"lttc": PLANTED},
        granularities={"WEEKLY": PLANTED},
        aggregations={"mean": PLANTED},
        jobs=[JobSeen(("lttc",), "MONTHLY", PLANTED, PLANTED, PLANTED)],
        job_seconds=12.3456,
        problems={"poll": PLANTED},
        trees=NUMBER,
        teams=NUMBER,
    )
    facts.files = [
        file_facts(text, ("lttc", "rating"), "MONTHLY", PLAIN, date(2026, 1, 31)),
        file_facts(f"no header {PLANTED}".encode(), ("cfr",), "WEEKLY", PLAIN),
        file_facts(PLANTED.encode() + b"\xff", ("cfr",), "WEEKLY", PLAIN),
    ]
    # Headers of columns stay, as documented; this file has no other line.
    facts.files[1].names = facts.files[1].unknown = ()
    return facts


PRIVATE: dict[str, Any] = {
    "api_key": "Zq7-key-value",
    "org_identifier": "zquorg",
    "project_identifier": "zquproject",
    "team_ids": ["zquteam"],
    "org_tree_names": ["Zqu Tree"],
    "api_url": f"https://{WORD}.example/{WORD}/",
}


def assert_nothing_private(report: str) -> None:
    """Assert that the report contains no planted text, whole or in part, and no planted number."""
    for secret in ("Zq7", WORD, "example", "zqu", "Zqu", str(NUMBER), "481516", "Elite", "Top"):
        assert secret.lower() not in report.lower(), secret


def test_the_report_contains_nothing_private() -> None:
    report = observed(facts_with_secrets(ANSWERS), settings(**PRIVATE))
    assert_nothing_private(report)
    assert '"createdBy"' in report  # the structure is there
    assert json.loads(report)["answers"]["teams"]["shape"]["content"][0]["refId"] == "whole number"


def test_a_team_whose_name_is_a_key_is_replaced_too() -> None:
    facts = Facts(
        answers={"teams": Seen(200, {}, raw=[{"name": "Payroll", "Payroll": 1}, {"name": "x", "Payroll": 1}])}
    )
    assert "Payroll" not in observed(facts, settings(**PRIVATE))


JSON = st.recursive(
    st.none() | st.booleans() | st.just(NUMBER) | st.just(PLANTED) | st.just(f"{NUMBER}.25") | st.just(WORD),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["name", "status", "id", "x"]), inner),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from(sorted(ANSWERS)), JSON, max_size=4))
@examples(60)
def test_no_answer_gets_a_secret_into_the_report(answers: dict[str, Any]) -> None:
    assert_nothing_private(observed(facts_with_secrets(answers), settings(**PRIVATE)))


@pytest.mark.parametrize("name", ["documented", "envelope", "redirect", "x-api-key"])
def test_the_report_of_a_real_probe_has_no_team_host_key_or_figure(name: str) -> None:
    with serving(deviation(name)) as (sei, clock):
        report = json.dumps(probed(sei, clock).report, ensure_ascii=False)
        config = config_for(sei)
        teams = {word for team in sei.org.teams for word in (team.name, team.path, team.team_id)}
        private = {config["api_key"], config["org_identifier"], "127.0.0.1", str(sei.jobs.all[0].export_id)}
        # Some names are words that the structure uses too.
        for text in (teams - {"Core", "Search", "Data", "Platform"}) | private:
            assert f'"{text}"' not in report
            assert text not in report or len(text) < 6
