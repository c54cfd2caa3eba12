"""Campaigns that staff change by the command line: what is checked, what stays, and the runs whose approval they
belong to."""
import os

import pytest

from tests.support.osamed import AUDITOR, MANAGER, OTHER, QUICK, STAFF, Osamed, person, targets
from tests.support.peer import remove, temporary_folder

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="commands as several Unix users: root only")


@pytest.fixture(scope="module")
def engine():
    folder = temporary_folder("osame-flow-")
    with Osamed(folder / "osame", rehearsal=False) as osamed:
        osamed.campaign()
        osamed.campaign("hoken", department="kokuho", layout="targets-014", pattern="014_202096_taisho_*.csv",
                        kind="notice", scenario="notice")
        (osamed.specs / "scenarios/spare.vxml").write_text(QUICK.replace("失礼します。", "こちらは伊那市です。"))
        osamed.two_departments()
        osamed.run()
        osamed.drop_in("015_202096_taisho_1.csv", targets([person(11)]))
        osamed.wait_run("draft", 1)
        yield osamed
    remove(folder)


@pytest.fixture(scope="module")
def before(engine):
    return path(engine).read_text()


def path(engine):
    return engine.specs / "campaigns/saikoku.xml"


def document(engine, words):
    """A file that everybody may read."""
    handed = engine.folder / "handed.xml"
    handed.write_text(words)
    handed.chmod(0o644)
    engine.folder.chmod(0o755)
    return handed


def hand(engine, words, *more, uid=STAFF, check=True):
    return engine.osame("campaign", "import", "saikoku", "--file", document(engine, words), *more, uid=uid, check=check)


def swapped(text, was, now):
    assert was in text, (was, text)
    return text.replace(was, now)


def test_what_does_not_fit_is_not_stored(engine, before):
    line = before[:before.index("<wave")].count("\n") + 1
    bad = swapped(before, 'ring="5 s"', 'ring="5 h"')
    for words, why in (
            (swapped(before, "<dates ", '<dates on="x" '), "on"),
            (swapped(before, 'channel="voice"', 'channel="smoke"'), "smoke"),
            (swapped(before, "</campaign>", ""), "line "), ("", "line "), (before, "says that already"), ("x" * 600000, "kB"),
            (swapped(before, 'pattern="', 'pattern="*'), "who keeps the machine changes it"),
            (swapped(before, 'department="zeimu"', 'department="kokuho"'), "department is"),
            (swapped(before, 'caller="0265784111"', 'caller="0265784112"'), "no number of department zeimu"),
            (swapped(before, 'scenario="short"', 'scenario="notice"'), "scenario notice is not in specs/scenarios"),
            (swapped(before, 'scenario="short"', 'scenario="nai"'), "scenario nai is not in specs/scenarios")):
        found = engine.osame("campaign", "verify", "saikoku", "--file", document(engine, words), uid=STAFF, check=False)
        assert (found.code == 0) == (words == before), (why, found)
        answer = hand(engine, words, check=False)
        assert answer.code != 0 and why in answer.err, (why, answer)
    found = engine.osame("campaign", "verify", "saikoku", "--file", document(engine, bad), uid=STAFF, check=False).json
    assert found["errors"] >= 1 and found["rows"][0]["line"] == line, found
    assert path(engine).read_text() == before and engine.rows("campaign", "editions", "saikoku") == []


def test_whose_it_is_and_who_may(engine, before):
    new = swapped(before, "試験の配信業務", "別の題")
    assert "no campaign saikoku" in hand(engine, new, uid=OTHER, check=False).err
    assert hand(engine, new, uid=AUDITOR, check=False).code != 0
    assert "is not what you looked at" in hand(engine, new, "--sha256", "0" * 64, check=False).err
    parts = engine.rows("campaign", "parts", "saikoku")
    scenarios = {row["id"] for row in parts if row["kind"] == "scenario"}
    assert {"short", "spare"} <= scenarios and "notice" not in scenarios
    assert any(row["kind"] == "voice-outcome" and row["id"] == "20" for row in parts)
    assert engine.rows("campaign", "editions", "saikoku") == []


def test_a_version_goes_into_force_and_approved_runs_are_drafts(engine, before):
    engine.osame("run", "submit", 1, uid=STAFF)
    engine.osame("run", "approve", 1, uid=MANAGER)
    new = swapped(swapped(before, 'scenario="short"', 'scenario="spare"'), 'attempts="1"', 'attempts="2"')
    seen = engine.osame("campaign", "show", "saikoku").json["sha256"]
    saved = hand(engine, new, "--note", "2回かける", "--sha256", seen).json
    assert saved["edition"] == 2 and saved["drafts"] == 1 and saved["campaign"] == "saikoku"
    assert path(engine).read_text() == new
    shown = engine.osame("campaign", "show", "saikoku").json
    assert shown["sha256"] == saved["sha256"] and shown["waves"][0]["attempts"] == 2 and shown["scenario"] == "spare"
    assert engine.osame("scenario", "try", "saikoku").json["rows"][0]["words"] == "こちらは伊那市です。"
    assert engine.run_row()["state"] == "draft"
    newest, oldest = engine.rows("campaign", "editions", "saikoku")
    assert (newest["user"], newest["note"], newest["current"]) == ("taro", "2回かける", True)
    assert (oldest["edition"], oldest["user"], oldest["current"]) == (1, "", False)
    rows = engine.rows("campaign", "diff", "saikoku", "--edition", 2)
    assert [row["what"] for row in rows].count("new") == 2 and any("spare" in row["line"] for row in rows)
    out = engine.folder / "out.xml"
    engine.osame("campaign", "export", "saikoku", "--edition", 1, "--out", out)
    assert out.read_text() == before
    assert any(row["method"] == "campaign.import" and row["user"] == "taro" for row in engine.rows("audit"))


def test_it_is_still_there_after_a_crash(engine):
    engine.kill9()
    engine.restart()
    assert engine.osame("campaign", "show", "saikoku").json["scenario"] == "spare"
    assert [row["edition"] for row in engine.rows("campaign", "editions", "saikoku")] == [2, 1]


def test_an_older_version_is_taken_back_and_what_runs_is_not_changed(engine, before):
    back = engine.osame("campaign", "restore", "saikoku", "--edition", 1, uid=STAFF).json
    assert back["edition"] == 3 and path(engine).read_text() == before
    assert engine.osame("campaign", "show", "saikoku").json["scenario"] == "short"
    assert "no edition 9" in engine.osame("campaign", "restore", "saikoku", "--edition", 9, check=False).err
    engine.osame("run", "submit", 1, uid=STAFF)
    engine.osame("run", "approve", 1, uid=MANAGER)
    engine.osame("run", "start", 1, uid=MANAGER)
    answer = engine.osame("campaign", "restore", "saikoku", "--edition", 2, uid=STAFF, check=False)
    assert "run 1 of campaign saikoku is running with it" in answer.err
    assert path(engine).read_text() == before and engine.run_row()["state"] == "running"
    engine.osame("run", "close", 1, uid=MANAGER)


def test_a_file_that_somebody_edited_beside_it_is_left_alone(engine, before):
    path(engine).write_text(before + "<!-- by hand -->\n")
    answer = hand(engine, swapped(before, "試験の配信業務", "別の題"), check=False)
    assert "changed beside the console" in answer.err
    assert path(engine).read_text().endswith("by hand -->\n")
    assert engine.rows("campaign", "editions", "saikoku")[0]["state"] == "lost"
