"""SMS texts that staff change: the real osamed and osame. Versions, differences, the file, the runs, the audit log."""
import json
import os

import pytest

from tests.support.osamed import SMS, VOICE, Osamed, person, targets
from tests.support.peer import remove, temporary_folder

OLD = "伊那市役所です。{phone}へお電話ください。"
NEW = "伊那市役所です。平日8時半から{phone}へお電話ください。返信不可"


@pytest.fixture
def engine():
    folder = temporary_folder("osame-flow-")
    with Osamed(folder / "osame", rehearsal=False) as osamed:
        (osamed.specs / "texts" / "reminder.txt").write_text(f"# 用件は書かない\n{OLD}\n")
        osamed.campaign(waves=(VOICE, SMS))
        osamed.run()
        yield osamed
    remove(folder)


def saved(engine, template, **more):
    options = [word for name, value in more.items() for word in (f"--{name}", value)]
    return engine.osame("text", "save", "reminder", "--template", template, *options, check=False)


def on_disk(engine):
    return (engine.specs / "texts" / "reminder.txt").read_text()


def test_a_text_is_changed_compared_and_taken_back(engine):
    shown = engine.osame("text", "show", "reminder").json
    assert shown["template"] == OLD and not shown["shared"]
    assert {v["name"]: v["says"] for v in shown["campaigns"][0]["values"]}["city"] == "伊那市"
    first = saved(engine, NEW, sha256=shown["sha256"], note="受付時間を書く").json
    assert first["edition"] == 2 and first["drafts"] == 0
    assert on_disk(engine) == f"# 用件は書かない\n{NEW}\n", "its comment stays"
    assert saved(engine, OLD, sha256=shown["sha256"]).code == 1, "somebody saved it meanwhile"
    editions = engine.rows("text", "editions", "reminder")
    assert [(v["edition"], v["state"], v["current"], v["template"]) for v in editions] == [(2, "kept", True, NEW), (1, "kept", False, OLD)]
    assert editions[0]["user"] and editions[0]["note"] == "受付時間を書く" and editions[1]["user"] == ""
    assert editions[0]["before"] == editions[1]["sha256"] == shown["sha256"]
    pieces = engine.osame("text", "diff", "reminder", "--edition", 2).json["pieces"]
    assert "".join(p["words"] for p in pieces if p["what"] != "new") == OLD
    assert "".join(p["words"] for p in pieces if p["what"] != "gone") == NEW
    assert engine.osame("text", "restore", "reminder", "--edition", 1).json["edition"] == 3
    assert on_disk(engine) == f"# 用件は書かない\n{OLD}\n"
    assert engine.rows("text", "editions", "reminder")[0]["from"] == 1
    engine.stop()
    engine.restart()
    assert engine.osame("text", "show", "reminder").json["sha256"] == shown["sha256"]
    assert [v["edition"] for v in engine.rows("text", "editions", "reminder") if v["current"]] == [3]
    rows = [r for r in engine.rows("audit") if r["method"] in ("text.save", "text.restore")]
    assert [r["result"].split(":")[0] for r in rows] == ["begun", "refused", "begun"]
    assert json.loads(rows[-1]["params"])["template"] == NEW


@pytest.mark.parametrize("template, why", [
    ("市税の滞納があります。{phone}", "secret word"), ("{amount}円です。", "no value of an SMS"), ("詳しくは http://example.com", "link"),
    ("あ" * 670 + "{phone}", "too long"), ("あ" * 1300, "too long"), ("{words 備考}へ", "general campaigns")])
def test_what_may_not_be_sent_is_not_saved(engine, template, why):
    refused = saved(engine, template)
    assert refused.code == 1 and why in refused.err, refused
    assert on_disk(engine) == f"# 用件は書かない\n{OLD}\n" and engine.rows("text", "editions", "reminder") == []
    campaign = ["text", "check", template, "--campaign", "saikoku"]
    said = engine.osame(*campaign).json
    assert not said["fit"] and why in said["why"], "what is checked while one writes is what is checked when one saves"


def test_an_approval_falls_with_its_text(engine):
    engine.drop_in("015_202096_taisho_1.csv", targets([person(1, "0265784101", "09012345671")]))
    engine.wait_run("draft", 1)
    engine.osame("run", "submit", 1)
    assert saved(engine, NEW).json["drafts"] == 1
    assert engine.run_row(1)["state"] == "draft"
    engine.osame("run", "submit", 1)
    assert engine.run_row(1)["state"] == "submitted"


def test_a_folder_that_is_not_the_engines(engine):
    """Nothing is saved, and nobody's approval falls for it."""
    if not os.geteuid() == 0:
        pytest.skip("the folder becomes another user's: root only")
    engine.drop_in("015_202096_taisho_1.csv", targets([person(1, "0265784101", "09012345671")]))
    engine.wait_run("draft", 1)
    engine.osame("run", "submit", 1)
    folder = engine.specs / "texts"
    owner = folder.stat()
    os.chown(folder, 0, 0)
    folder.chmod(0o755)
    refused = saved(engine, NEW)
    assert refused.code == 1 and "must belong to the engine's user. Nothing was saved" in refused.err, refused
    assert engine.run_row(1)["state"] == "submitted"
    assert [v["state"] for v in engine.rows("text", "editions", "reminder")] == ["lost", "kept"]
    os.chown(folder, owner.st_uid, owner.st_gid)
    assert saved(engine, NEW).json["drafts"] == 1
    assert engine.run_row(1)["state"] == "draft"


def test_a_file_that_somebody_edited(engine):
    """What somebody changed beside the engine is not written over."""
    (engine.specs / "texts" / "reminder.txt").write_text("伊那市です。\n")
    refused = saved(engine, NEW)
    assert refused.code == 1 and "beside the console" in refused.err
    assert on_disk(engine) == "伊那市です。\n"
    assert [v["state"] for v in engine.rows("text", "editions", "reminder")] == ["lost", "kept"]
