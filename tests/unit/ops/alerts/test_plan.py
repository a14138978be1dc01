"""The file of rules and channels: what ships holds together, and a slip of the pen is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from ops.alerts.plan import SIGNALS, PlanError, Severity, load_plan

TWO = """
[[channel]]
name = "pager"
kind = "webhook"
url = "https://pager.example/hook"
[[channel]]
name = "mail"
kind = "smtp"
host = "mail.example"
sender = "doctrail@example.org"
to = ["oncall@example.org"]
[[ladder.page]]
after = 0
channels = ["pager", "mail"]
[[ladder.ticket]]
after = 0
channels = ["mail"]
[[ladder.note]]
after = 0
channels = ["mail"]
"""
RULE = """
[[rule]]
name = "late"
signal = "agent_minutes"
severity = "page"
owner = "platform"
runbook = "agent-behind.md"
caught = "a night"
says = "{subject} is late"
above = 5
"""


def test_what_ships_names_owner_runbook_and_the_incident_it_would_have_caught() -> None:
    plan = load_plan(None)

    assert len(plan.rule) > 10
    assert all(rule.owner and rule.caught and rule.runbook for rule in plan.rule)
    assert {rule.severity for rule in plan.rule} == set(Severity)
    assert {rule.signal for rule in plan.rule} == {name for names in SIGNALS.values() for name in names}
    assert plan.weaknesses() != []


def test_an_operators_channels_take_the_place_of_the_log_and_the_rules_stay(tmp_path: Path) -> None:
    (tmp_path / "alerts.toml").write_text(TWO)

    plan = load_plan(tmp_path / "alerts.toml")

    assert [channel.name for channel in plan.channel] == ["pager", "mail"]
    assert len(plan.rule) == len(load_plan(None).rule)
    assert plan.weaknesses() == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("x = [", "is no TOML"),
        ('[[channel]]\nname = "a"\nkind = "pigeon"\n', "channels without a ladder"),
        (TWO.replace('url = "https://pager.example/hook"', ""), "needs url"),
        (TWO.replace('channels = ["pager", "mail"]', 'channels = ["nobody"]'), "no channel 'nobody'"),
        (TWO + '\n[[rule]]\nname = "x"\nsignal = "y"\n', "rule.0"),
        (TWO.replace('[[ladder.note]]\nafter = 0\nchannels = ["mail"]\n', ""), "nobody is told of it"),
        (TWO.replace('kind = "webhook"', 'kind = "pigeon"'), "channel.0.kind"),
        (TWO.replace('name = "mail"', 'name = "pager"'), "is named twice"),
        (TWO.replace("https://pager.example/hook", "pager.example/hook"), "none of http:// or https://"),
        (TWO.replace("pager.example/hook", "pager.example/ hook"), "none of http:// or https://"),
        (
            TWO + RULE.replace("agent_minutes", "agent_minute"),
            "nothing measures 'agent_minute'; there are agent_",
        ),
        (TWO + RULE.replace("{subject} is", "{agent} is"), r"rule.0.says: only {subject} and {value}"),
        (TWO + RULE.replace("{subject} is", "{subject is"), r"rule.0.says: only {subject} and {value}"),
        (TWO + RULE.replace("above = 5", "above = nan"), "rule.0.above"),
        (TWO + RULE.replace("above = 5", "above = 5\nlasting = inf"), "rule.0.lasting"),
    ],
)
def test_a_slip_of_the_pen_is_named_in_one_sentence(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "alerts.toml").write_text(text)

    with pytest.raises(PlanError, match=words):
        load_plan(tmp_path / "alerts.toml")


def test_two_channels_that_hang_on_one_server_are_one(tmp_path: Path) -> None:
    again = TWO.replace(
        'name = "mail"\nkind = "smtp"', 'name = "mail"\nkind = "webhook"\nurl = "https://pager.example/hook"'
    )
    (tmp_path / "alerts.toml").write_text(again)

    assert "1 channels besides the log" in load_plan(tmp_path / "alerts.toml").weaknesses()[0]
