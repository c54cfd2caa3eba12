"""Test messages: the real osamed, osame and Kannel. What comes to the staff's telephone, and what it leaves nowhere."""
import json
import subprocess

import pytest

from tests.support.kannel import Kannel
from tests.support.osamed import PROGRAMS, SMS, VOICE, Osamed, person, targets
from tests.support.peer import PATIENCE, remove, temporary_folder, wait_until

HANAKO, JIRO = "09012349001", "09012349002"
FINISHED = "伊那市役所です。0265784111へお電話ください。"


@pytest.fixture
def folder():
    path = temporary_folder("osame-flow-")
    yield path
    remove(path)


def engine_of(folder, sms=None, **department):
    engine = Osamed(folder / "osame", sms=sms, rehearsal=False)
    (engine.specs / "texts" / "reminder.txt").write_text("伊那市役所です。{phone}へお電話ください。\n")
    engine.campaign(waves=(VOICE, SMS))
    engine.keys["department zeimu"].update(department)
    engine.keys["department kaigo"] = {"name": "介護課", "phone": "0265784121", "caller": "0265784121"}
    engine.keys["trial hanako"] = {"department": "zeimu", "number": HANAKO, "owner": "高遠花子"}
    engine.keys["trial desk"] = {"department": "zeimu", "number": "0265784199", "owner": "税務課の電話"}
    engine.keys["trial other"] = {"department": "kaigo", "number": JIRO, "owner": "伊那次郎"}
    return engine


def trial(engine, to="hanako", check=False):
    return engine.osame("text", "trial", "reminder", "--campaign", "saikoku", "--to", to, check=check)


def test_it_comes_to_the_telephone_and_nowhere_else(folder):
    with Kannel(folder / "kannel") as kannel, engine_of(folder, kannel).run() as engine:
        engine.drop_in("015_202096_taisho_1.csv", targets([person(1, "0265784101", HANAKO)]))
        engine.wait_run("draft", 1)
        numbers = engine.rows("trial", "numbers")
        assert [(n["to"], n["owner"], n["messages"]) for n in numbers] == [
            ("hanako", "高遠花子", True), ("desk", "税務課の電話", False)], "no other department's"
        assert HANAKO not in json.dumps(numbers)
        said = trial(engine, check=True).json
        assert (said["finished"], said["segments"]) == (FINISHED, 1)
        wait_until(lambda: kannel.received(), 20, why="the SMS centre has it")
        engine.until(lambda: engine.rows("trial")[0]["outcome"] == 60, 20, "its receipt came")
        message, = kannel.received()
        assert (message.to, message.text) == (HANAKO, FINISHED)
        row, = engine.rows("trial", "list")
        assert (row["trial"], row["state"], row["owner"], row["text"], row["gateway"]) == (said["trial"], "ended", "高遠花子", "reminder", "kannel")
        assert HANAKO not in json.dumps(row) and HANAKO not in engine.log_text() and FINISHED not in engine.log_text()
        assert engine.attempts() == [] and {f.name.split("_")[2] for f in engine.out_files()} <= {"uketsuke"}, "of the file that came"
        run = engine.run_row(1)
        assert (run["state"], run["messages"], run["calls"]) == ("draft", 0, 0)
        audit, = [r for r in engine.rows("audit") if r["method"] == "text.trial"]
        assert audit["user"] == "hanako" and json.loads(audit["params"])["to"] == "hanako"
        again = trial(engine)
        assert again.code == 1 and "half a minute" in again.err
        engine.kill9()
        engine.restart()
        assert engine.rows("trial", "list") == [row]
        assert len(kannel.received()) == 1


@pytest.mark.parametrize("to, why", [(HANAKO, "no test number"), ("other", "no test number"), ("desk", "no mobile")])
def test_to_nobody_who_is_not_on_the_list(folder, to, why):
    with engine_of(folder).run() as engine:
        refused = trial(engine, to)
        assert refused.code == 1 and why in refused.err, refused
        assert engine.rows("trial") == []


def test_what_is_stopped_is_not_tested(folder):
    with engine_of(folder).run() as engine:
        engine.drop_in("015_202096_taisho_1.csv", targets([person(1, "0265784101", "09012345671")]))
        engine.wait_run("draft", 1)
        engine.osame("stop-all")
        refused = trial(engine)
        assert refused.code == 1 and "run 1 of campaign saikoku was stopped" in refused.err, refused


def test_a_gateway_that_is_not_there(folder):
    """Nobody listens: certainly not sent, and who asked sees it."""
    with engine_of(folder).run() as engine:
        number = trial(engine, check=True).json["trial"]
        engine.until(lambda: engine.rows("trial")[0]["state"] == "dropped", 20, "it was not sent")
        row, = engine.rows("trial")
        assert row["trial"] == number and row["why"] and row["outcome"] == 0


@pytest.mark.parametrize("section, keys, why", [
    ("trial x", {"department": "keiri", "number": "09012349003", "owner": "経理課"}, "no section [department keiri]"),
    ("trial x", {"department": "zeimu", "number": "110", "owner": "警察"}, "must be a telephone number"),
    ("trial x", {"department": "zeimu", "number": "0990123456", "owner": "情報料の番号"}, "may be dialled"),
    ("trial x", {"department": "zeimu", "number": "0265784121", "owner": "介護課の番号"}, "number of a department"),
    ("trial x", {"department": "zeimu", "number": HANAKO, "owner": "高遠花子"}, "stands in [trial hanako] too"),
    ("trial x", {"department": "zeimu", "number": "09012349003"}, "owner"),
])
def test_a_list_that_is_wrong(folder, section, keys, why):
    engine = engine_of(folder)
    engine.keys[section] = keys
    engine.write_config()
    said = subprocess.run([f"{PROGRAMS}/osamed", "--check", str(engine.config)], capture_output=True, text=True, timeout=60 * PATIENCE)
    assert said.returncode != 0 and why in said.stderr, said
