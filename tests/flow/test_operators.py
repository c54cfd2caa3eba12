"""The command line as operators see it: tables, --json, exit codes, who may do what. The engine runs
by the real clock here, so nobody approves what he submitted himself, and nobody is called."""
import os

import pytest

from tests.support.osamed import AUDITOR, MANAGER, OTHER, STAFF, Osamed, person, targets
from tests.support.peer import remove, temporary_folder, wait_until

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="commands as several Unix users: root only")

STRANGER, VENDOR = 61005, 61006
COMMANDS = ("submit", "approve", "start", "pause", "resume", "close", "stop")


@pytest.fixture(scope="module")
def engine():
    folder = temporary_folder("osame-flow-")
    with Osamed(folder / "osame", rehearsal=False) as osamed:
        osamed.campaign()
        osamed.campaign("hoken", department="kokuho", layout="targets-014", pattern="014_202096_taisho_*.csv",
                        kind="notice", scenario="notice")
        osamed.two_departments()
        osamed.user("root", 0, "manager staff operator")
        osamed.user("goro", VENDOR, "vendor")
        osamed.keys["money"] = {"call": "8.5", "month": "12000", "limit": "250000"}
        osamed.keys["expect pays"] = {"drop": "core", "pattern": "015_202096_keshikomi_{n}.csv"}
        osamed.run()
        for n in (1, 2):
            osamed.drop_in(f"015_202096_taisho_{n}.csv",
                           targets([person(10 * n + i, f"026578410{i}", "09012345671") for i in range(3)] +
                                   [person(10 * n + 9, 氏名="")]))
            osamed.wait_run("draft", n)
        osamed.wait_out("error", 2)
        yield osamed
    remove(folder)


LISTINGS = {
    ("status",): ["time:", "trunk_up:", "lines:", "drops:", "core"],
    ("spool",): ["FOLDER", "FILES", "taken"],
    ("campaign",): ["CAMPAIGN", "saikoku", "試験の配信業務"],
    ("campaign", "show", "saikoku"): ["saikoku", "denwa"],
    ("run",): ["RUN", "CAMPAIGN", "STATE", "draft"],
    ("run", "show", 1): ["state:", "targets:", "3"],
    ("target", "list", "--run", 1): ["PERSON", "100010", "waiting"],
    ("target", "show", "--run", 1, 100010): ["髙＊＊", "固定資産税", "10010"],
    ("intake",): ["INTAKE", "015_202096_taisho_1.csv", "taken"],
    ("intake", "show", 1): ["E0001", "氏名"],
    ("attempts",): ["none"],
    ("outfiles",): ["receipt", "errors", "delivered"],
    ("alerts",): ["none"],
    ("expect",): ["EXPECT", "pays", "015_202096_keshikomi_{n}.csv"],
}


@pytest.mark.parametrize("words", LISTINGS, ids=[" ".join(map(str, w)) for w in LISTINGS])
def test_a_table_that_people_can_read(engine, words):
    plain = engine.osame(*words, js=False)
    for word in LISTINGS[words]:
        assert word in plain.out, plain.out
    assert plain.err == ""
    assert engine.osame(*words).json is not None, "and the same as JSON"


def test_columns_stand_in_line(engine):
    """Japanese characters are two columns wide."""
    lines = engine.osame("intake", "show", 1, js=False).out.splitlines()
    head = next(n for n, line in enumerate(lines) if line.startswith("ROW"))
    width = lambda text: sum(2 if ord(c) > 0x2E80 else 1 for c in text)  # noqa: E731
    column = lines[head].index("CODE")
    assert width(lines[head + 1].split("E0001")[0]) == column


@pytest.mark.parametrize("words, code, err", [
    (("run", "show", 99), 1, "there is no run 99"),
    (("target", "show", "--run", 1, 999999), 1, "no person"),
    (("intake", "show", 77), 1, "there is no intake 77"),
    (("run", "resume", 1), 1, "not paused"),
    (("run", "approve", 1), 1, "cannot become"),
    (("run", "show"), 2, "needs the run"),
    (("run", "dance", 1), 2, ""),
    (("run", "show", "one"), 2, ""),
    (("run", "list", "--state", "flying"), 2, ""),
    (("target", "list"), 2, "run"),
    (("status", "--bogus"), 2, ""),
])
def test_exit_codes(engine, words, code, err):
    answer = engine.osame(*words, check=False, js=False)
    assert answer.code == code, (answer.out, answer.err)
    assert err in answer.err and answer.err


def test_no_engine_there(engine):
    assert Osamed.osame(engine, "status", check=False).code == 0
    socket = engine.socket
    engine.socket = socket.with_name("nobody-there")
    try:
        answer = engine.osame("status", check=False)
    finally:
        engine.socket = socket
    assert answer.code == 3 and "cannot reach the engine" in answer.err


def test_a_stranger_is_shown_the_door(engine):
    answer = engine.osame("status", uid=STRANGER, check=False)
    assert answer.code == 3 and answer.out.find("run") == -1


def test_the_wall_between_departments(engine):
    """Not even that there are runs: the same answer as for a run that is not there."""
    for words in (("run",), ("target", "list", "--run", 1), ("attempts",), ("campaign",)):
        answer = engine.osame(*words, uid=OTHER, check=False, js=False)
        assert "saikoku" not in answer.out and "10001" not in answer.out
    for words in (("run", "show", 1), ("target", "show", "--run", 1, 100010), ("intake", "show", 1),
                  *(("run", verb, 1) for verb in COMMANDS)):
        answer = engine.osame(*words, uid=OTHER, check=False, js=False)
        assert answer.code == 1 and "there is no" in answer.err, (words, answer)
    assert {r["state"] for r in engine.rows("run")} == {"draft"}


@pytest.mark.parametrize("uid, words", [
    (AUDITOR, ("expect", "reset", "pays", "--number", 7, "--reason", "x")),
    (STAFF, ("expect", "reset", "pays", "--number", 7, "--reason", "x")),
    (VENDOR, ("expect", "reset", "pays", "--number", 7, "--reason", "x")),
    (AUDITOR, ("run", "submit", 1)), (AUDITOR, ("run", "stop", 1)), (AUDITOR, ("stop-all",)),
    (STAFF, ("run", "approve", 1)), (STAFF, ("run", "start", 1)), (STAFF, ("run", "close", 1)),
    (MANAGER, ("run", "bogus", 1)), (0, ("run", "approve", 1)),
])
def test_a_role_that_may_not(engine, uid, words):
    before = engine.run_row(1)
    answer = engine.osame(*words, uid=uid, check=False)
    assert answer.code in (1, 2) and answer.err
    assert engine.run_row(1) == before


def test_an_auditor_reads(engine):
    for words in LISTINGS:
        assert engine.osame(*words, uid=AUDITOR).code == 0


def test_the_status_says_what_the_month_costs(engine):
    status = engine.osame("status", uid=STAFF).json
    city, *_ = engine.rows("money")
    assert status["money_city"] == {k: city[k] for k in ("spent_yen", "to_come_yen", "limit_yen", "percent")}
    assert (city["spent_yen"], city["limit_yen"], city["percent"]) == ("12000.00", "250000.00", 4)
    assert float(status["money_department"]["to_come_yen"]) > 0, "the drafts' forecasts"
    other = engine.osame("status", uid=OTHER).json
    assert other["money_department"]["to_come_yen"] == "0.00" and other["money_city"] == status["money_city"]
    assert not [key for key in engine.osame("status", uid=VENDOR).json if "money" in key]
    assert "money_city:" in engine.osame("status", uid=STAFF, js=False).out


def test_two_persons_start_a_run(engine):
    submitted = engine.osame("run", "submit", 2, uid=STAFF).json
    assert (submitted["run"], submitted["state"]) == (2, "submitted")
    assert submitted["forecast_calls"] == 3 and submitted["forecast_yen"] == "17.00", "two answer"
    root = engine.osame("run", "approve", 2, uid=0, check=False)
    assert root.code == 1 and "root" in root.err
    assert engine.osame("run", "approve", 2, uid=MANAGER).json["state"] == "approved"
    shown = engine.run_row(2)
    assert (shown["submitter"], shown["approver"], shown["self_approved"], shown["rehearsal"]) == \
        ("taro", "jiro", False, False)
    for verb, state in (("start", "running"), ("pause", "paused"), ("resume", "running"), ("stop", "stopped")):
        assert engine.osame("run", verb, 2, uid=MANAGER).json["state"] == state
    again = engine.osame("run", "resume", 2, uid=MANAGER, check=False)
    assert again.code == 1 and "stopped" in again.err
    wait_until(lambda: engine.run_row(2)["results"] == 3, 10, why="what was stopped has results")
    assert {a["code"] for a in engine.attempts()} == set(), "nobody was called"


def test_nobody_approves_his_own(engine):
    """高遠花子 has both roles; she still needs a second person."""
    engine.osame("run", "submit", 1)
    answer = engine.osame("run", "approve", 1, check=False)
    assert answer.code == 1 and "another person approves" in answer.err
    assert engine.run_row(1)["state"] == "submitted"


def test_what_changed_after_submission_is_not_approved(engine):
    """The campaign's file is another one at the next start: the run is a draft again."""
    assert engine.run_row(1)["state"] == "submitted"
    engine.stop()
    path = engine.specs / "campaigns" / "saikoku.xml"
    path.write_text(path.read_text().replace("試験の配信業務", "試験の配信業務2"))
    engine.restart()
    answer = engine.osame("run", "approve", 1, uid=MANAGER, check=False)
    assert answer.code == 1 and engine.run_row(1)["state"] == "draft"
    assert any(a["alert"] == "campaign" for a in engine.rows("alerts"))


def test_the_emergency_stop_knows_no_wall(engine):
    """Documented so: whoever sees that something goes wrong stops it. Last, since nothing goes on after it."""
    assert engine.osame("stop-all", uid=OTHER).json == {"stopped": 1}
    engine.until(lambda: {r["state"] for r in engine.rows("run")} == {"stopped"}, 10, "all runs are stopped")
    results = engine.until(lambda: [r for r in engine.out_rows("kekka") if r["配信番号"] == "1"], 10, "its results")
    assert {r["結果"] for r in results} == {"86"} and len(results) == 3
