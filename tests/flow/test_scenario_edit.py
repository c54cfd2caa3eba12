"""Scenarios that staff change by the command line: what is checked, whose they are, and the runs whose approval
they belong to."""
import os

import pytest

from tests.support.osamed import AUDITOR, MANAGER, OTHER, SHORT, STAFF, Osamed, person, targets
from tests.support.peer import remove, temporary_folder

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="commands as several Unix users: root only")

GREETING = "ご本人は1を。"


@pytest.fixture(scope="module")
def engine():
    folder = temporary_folder("osame-flow-")
    with Osamed(folder / "osame", rehearsal=False) as osamed:
        osamed.campaign()
        osamed.campaign("hoken", department="kokuho", layout="targets-014", pattern="014_202096_taisho_*.csv",
                        kind="notice", scenario="notice")
        osamed.campaign("onaji", department="kokuho", layout="targets-014", pattern="014_202096_onaji_*.csv",
                        scenario="quick")
        osamed.campaign("oyako", pattern="015_202096_oyako_*.csv", scenario="quick")
        osamed.two_departments()
        osamed.run()
        osamed.drop_in("015_202096_taisho_1.csv", targets([person(11)]))
        osamed.wait_run("draft", 1)
        yield osamed
    remove(folder)


def document(engine, words):
    """A file that everybody may read."""
    path = engine.folder / "handed.vxml"
    path.write_text(words)
    path.chmod(0o644)
    engine.folder.chmod(0o755)
    return path


def hand(engine, words, *more, uid=STAFF, campaign="saikoku", check=True):
    return engine.osame("scenario", "import", campaign, "--file", document(engine, words), *more, uid=uid, check=check)


def wrong(engine, words):
    found = engine.osame("scenario", "verify", "saikoku", "--file", document(engine, words), uid=STAFF, check=False)
    assert found.code == (4 if found.json["errors"] else 0), "a script goes by the status"
    return found.json


def in_force(engine):
    return engine.osame("scenario", "try", "saikoku").json["rows"][0]["words"]


def test_a_document_with_an_error_is_not_stored(engine):
    before = (engine.specs / "scenarios/short.vxml").read_text()
    line = SHORT[:SHORT.index(GREETING)].count("\n") + 1
    bad = SHORT.replace(GREETING, "未納があります。")
    found = wrong(engine, bad)
    assert found["errors"] == 1 and found["rows"][0]["line"] == line and "words-need-level-1" in found["rows"][0]["what"]
    for words, why in ((bad, f"line {line}: "), (SHORT.replace("</vxml>", ""), "line "), ("", "line "), (before, "says that already"),
                       (SHORT.replace('o:kind="reminder"', 'o:kind="general"'), "of kind general"),
                       (SHORT.replace("<exit/>", '<o:sms text="nai"/><exit/>'), "Nothing was saved"), ("x" * 600000, "kB")):
        answer = hand(engine, words, check=False)
        assert answer.code != 0 and why in answer.err, (why, answer)
    assert (engine.specs / "scenarios/short.vxml").read_text() == before
    assert engine.rows("scenario", "editions", "saikoku") == []


def test_a_sentence_that_cannot_be_read_is_found(engine):
    found = wrong(engine, SHORT.replace(GREETING, "ご本人は\U0002000bを。"))
    assert found["errors"] == 1 and "\U0002000b" in found["rows"][0]["what"], found
    found = wrong(engine, SHORT.replace(GREETING, "至急、ご本人は\U0002000bを。"))
    assert [row["kind"] for row in found["rows"]] == ["warning", "error"] and found["errors"] == 1, found
    assert wrong(engine, SHORT.replace(GREETING, "至急、ご本人は1を。"))["errors"] == 0, "a warning is none"


def test_whose_it_is_and_who_may(engine):
    new = SHORT.replace(GREETING, "別の言葉です。")
    assert "scenario" in hand(engine, new, uid=OTHER, check=False).err
    assert hand(engine, new, uid=AUDITOR, check=False).code != 0
    shared = engine.osame("scenario", "export", "oyako", "--out", engine.folder / "quick.vxml").json
    assert shared["scenario"] == "quick"
    answer = hand(engine, (engine.folder / "quick.vxml").read_text().replace("失礼", "失礼いた"), campaign="oyako", check=False)
    assert "another department's" in answer.err, answer
    assert "is not what you looked at" in hand(engine, new, "--sha256", "0" * 64, check=False).err
    assert engine.rows("scenario", "editions", "saikoku") == []


def test_a_version_goes_into_force_and_approved_runs_are_drafts(engine):
    engine.osame("run", "submit", 1, uid=STAFF)
    engine.osame("run", "approve", 1, uid=MANAGER)
    new = SHORT.replace(GREETING, "こちらは伊那市です。")
    saved = hand(engine, new, "--note", "あいさつ").json
    assert saved["edition"] == 2 and saved["drafts"] == 1 and saved["scenario"] == "short"
    assert (engine.specs / "scenarios/short.vxml").read_text() == new
    assert in_force(engine) == "こちらは伊那市です。"
    assert engine.run_row()["state"] == "draft"
    newest, oldest = engine.rows("scenario", "editions", "saikoku")
    assert (newest["user"], newest["note"], newest["current"], newest["sha256"]) == ("taro", "あいさつ", True, saved["sha256"])
    assert (oldest["edition"], oldest["user"], oldest["current"]) == (1, "", False)
    rows = engine.rows("scenario", "diff", "saikoku", "--edition", 2)
    assert [(row["what"], row["old"], row["new"]) for row in rows] == [("gone", 8, 0), ("new", 0, 8)]
    assert "こちらは伊那市です。" in rows[1]["line"] and GREETING in rows[0]["line"]
    for version, words in ((1, SHORT), (2, new)):
        out = engine.folder / f"out-{version}.vxml"
        engine.osame("scenario", "export", "saikoku", "--edition", version, "--out", out)
        assert out.read_text() == words


def test_it_is_still_there_after_a_crash(engine):
    engine.kill9()
    engine.restart()
    assert in_force(engine) == "こちらは伊那市です。"
    assert [row["edition"] for row in engine.rows("scenario", "editions", "saikoku")] == [2, 1]


def test_an_older_version_is_taken_back_as_a_new_one(engine):
    back = engine.osame("scenario", "restore", "saikoku", "--edition", 1, uid=STAFF).json
    assert back["edition"] == 3 and in_force(engine) == GREETING
    assert engine.rows("scenario", "editions", "saikoku")[0]["from"] == 1
    assert "no edition 9" in engine.osame("scenario", "restore", "saikoku", "--edition", 9, check=False).err
    assert engine.osame("scenario", "restore", "saikoku", "--edition", 2, uid=AUDITOR, check=False).code != 0


def test_what_runs_is_not_changed(engine):
    engine.osame("run", "submit", 1, uid=STAFF)
    engine.osame("run", "approve", 1, uid=MANAGER)
    engine.osame("run", "start", 1, uid=MANAGER)
    answer = hand(engine, SHORT.replace(GREETING, "別の言葉です。"), check=False)
    assert "run 1 of campaign saikoku is running with it" in answer.err
    assert in_force(engine) == GREETING and engine.run_row()["state"] == "running"
    engine.osame("run", "close", 1, uid=MANAGER)


def test_a_file_that_somebody_edited_beside_it_is_left_alone(engine):
    path = engine.specs / "scenarios/short.vxml"
    path.write_text(SHORT + "<!-- by hand -->\n")
    answer = hand(engine, SHORT.replace(GREETING, "別の言葉です。"), check=False)
    assert "changed beside the console" in answer.err
    assert path.read_text().endswith("by hand -->\n")
    assert engine.rows("scenario", "editions", "saikoku")[0]["state"] == "lost"


def test_each_change_is_in_the_audit_log(engine):
    done = [row for row in engine.rows("audit") if row["method"] in ("scenario.import", "scenario.restore")]
    assert {row["user"] for row in done} >= {"taro"} and any(row["result"].startswith("refused") for row in done)
