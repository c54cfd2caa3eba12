"""What a core system is expected to put into its drop, over a real OpenSSH server and the real command
line: numbers that are missing, files that belong together, one that does not come, yesterday's left-over;
and the numbers set by hand, with a crash between the command and the archive's record."""
import json
import os
import time
from datetime import datetime, timedelta, timezone

import pytest

from tests.support.osamed import Osamed, csv_bytes, payment, payments, person, targets
from tests.support.peer import remove, temporary_folder
from tests.support.sshd import Sshd

PAYS = "015_202096_keshikomi_{}.csv"
JST = timezone(timedelta(hours=9))


@pytest.fixture
def folder():
    path = temporary_folder("osame-flow-")
    os.chmod(path, 0o755)
    yield path
    remove(path)


@pytest.fixture
def engine_of(folder):
    made = []

    def make(sftp=True, start="2026-12-07 08:00", **expect):
        server = Sshd(folder / "sshd") if sftp else None
        if server:
            server.__enter__()
            made.append(server)
        engine = Osamed(folder / "osame", sftp=server, start=start)
        made.append(engine)
        engine.campaign()
        for name, keys in expect.items():
            engine.keys[f"expect {name}"] = {"drop": "core"} | keys
        engine.run()
        return engine
    yield make
    failed = None
    for peer in reversed(made):
        try:
            peer.__exit__(None, None, None)
        except AssertionError as e:
            failed = e
    if failed:
        raise failed


def state(engine, name):
    return next(row for row in engine.rows("expect") if row["expect"] == name)


def alerts(engine, key):
    return [a for a in engine.rows("alerts") if a["alert"] == key and a["state"] == "now"]


def taken(engine, name):
    return engine.until(lambda: [i for i in engine.rows("intake") if i["name"] == name and i["state"] == "taken"],
                        20, f"{name} is taken")[0]


def stays(engine, name, alert):
    """It is in in/ still although the drop was looked at with it: its alert says so."""
    said = engine.until(lambda: alerts(engine, alert), 20, f"the alert {alert}")[0]
    assert (engine.drop / "in" / name).exists()
    return said["words"]


def pay(engine, n, rows=()):
    engine.drop_in(PAYS.format(n), csv_bytes(list(payment(1)), [payment(r) for r in rows] or []))


def test_a_missing_number_holds_the_next_until_it_is_set_by_hand(engine_of, folder):
    engine = engine_of(pays={"pattern": PAYS.format("{n}"), "gap": "wait"})
    pay(engine, 1)  # without a row: a file is a file
    assert taken(engine, PAYS.format(1))["rows"] == 0
    pay(engine, 3, [1])
    assert "number 2 is missing" in stays(engine, PAYS.format(3), "gap-pays")
    row = state(engine, "pays")
    assert (row["last"], row["gap"], row["alerts"], row["reset_by"]) == (1, "wait", "gap", "")
    assert row["came"].startswith("2026-12-07 08:0")
    engine.kill9()
    engine.restart()  # nothing of it is forgotten
    stays(engine, PAYS.format(3), "gap-pays")
    # The core system's people say that there is no number 2.
    engine.osame("expect", "reset", "pays", "--number", 2, "--reason", "2番は欠番と連絡")
    taken(engine, PAYS.format(3))
    row = engine.until(lambda: (r := state(engine, "pays"))["last"] == 3 and r, 10, "number 3 came")
    assert (row["alerts"], row["reset_by"], row["reset_reason"]) == ("", "hanako", "2番は欠番と連絡")
    kept, = (engine.var / "archive").rglob("approvals/expect-pays-*-reset.json")
    record = json.loads(kept.read_text())
    assert (record["before"], record["number"], record["user"], record["reason"]) == (1, 2, "hanako", "2番は欠番と連絡")
    assert "event=command method=expect.reset user=hanako" in engine.log_text()
    # A new year: it begins with 1 again. Before that is said, number 1 is an old number.
    engine.drop_in(PAYS.format(1), payments([payment(2)]))
    assert "its number came already" in stays(engine, PAYS.format(1), "again-pays")
    assert len([i for i in engine.rows("intake") if i["name"] == PAYS.format(1)]) == 1
    engine.osame("expect", "reset", "pays", "--reason", "新年度")
    engine.until(lambda: len([i for i in engine.rows("intake") if i["name"] == PAYS.format(1)]) == 2, 20,
                 "the new number 1 is taken")
    assert state(engine, "pays")["last"] == 1


def test_the_record_of_a_reset_outlives_a_crash(engine_of):
    """The archive's copy is gone (as if the crash had come before it): the next start makes it again."""
    engine = engine_of(sftp=False, pays={"pattern": PAYS.format("{n}"), "gap": "wait"})
    engine.osame("expect", "reset", "pays", "--number", 41, "--reason", "移行")
    engine.kill9()
    kept, = (engine.var / "archive").rglob("approvals/expect-pays-*-reset.json")
    text = kept.read_bytes()
    kept.unlink()
    engine.restart()
    engine.until(kept.exists, 10, "the record is there again")
    assert kept.read_bytes() == text
    pay(engine, 42)
    taken(engine, PAYS.format(42))


@pytest.mark.parametrize("words, code, says", [
    (["nothing", "--reason", "x"], 1, "no [expect nothing]"),
    (["together", "--reason", "x"], 1, "has no {n}"),
    (["pays"], 2, "reason"),
    (["pays", "--number", "0", "--reason", "x"], 2, "number"),
    (["pays", "--number", "x", "--reason", "x"], 2, "number"),
])
def test_what_is_not_reset(engine_of, words, code, says):
    engine = engine_of(sftp=False, pays={"pattern": PAYS.format("{n}")}, together={"pattern": "x_{set}.csv"})
    answer = engine.osame("expect", "reset", *words, check=False)
    assert answer.code == code and says in answer.err
    assert [row["last"] for row in engine.rows("expect", "list")] == [0, 0]


def test_a_gap_is_said_and_the_file_taken(engine_of):
    engine = engine_of(sftp=False, pays={"pattern": PAYS.format("{n}"), "contact": "情報政策課 内線123"})
    pay(engine, 10)
    taken(engine, PAYS.format(10))
    pay(engine, 12)
    taken(engine, PAYS.format(12))
    said, = [a for a in engine.rows("alerts") if a["alert"] == "gap-pays"]
    assert "number 11 is missing" in said["words"] and "情報政策課 内線123" in said["words"]


def test_files_that_belong_together(engine_of):
    """Targets are not read before the payments of the same extract, and its parts only together."""
    engine = engine_of(targets={"pattern": "015_202096_taisho_{set}_{part}.csv", "parts": 2, "with": "pays"},
                       pays={"pattern": "015_202096_keshikomi_{set}.csv"})
    name = "015_202096_taisho_A_{}.csv"
    engine.drop_in(name.format(1), targets([person(1, "0265784111")]))
    assert "not all files that belong to it" in stays(engine, name.format(1), "set-targets")
    assert not engine.rows("intake")
    engine.drop_in(name.format(2), targets([person(2, "0265784112")]))
    engine.until(lambda: engine.osame("status").json["drops"][0]["connected"], 10, "connected")
    time.sleep(0.5)  # some listings: they would be taken now, if the payments did not count
    assert not engine.rows("intake")
    engine.drop_in("015_202096_keshikomi_A.csv", payments([]))
    for n in (1, 2):
        taken(engine, name.format(n))
    assert state(engine, "targets")["alerts"] == ""


def test_one_that_does_not_come(engine_of):
    """Said once, minutes after eight; what comes late ends it."""
    engine = engine_of(sftp=False, start="2026-12-07 08:30",
                       pays={"pattern": PAYS.format("*"), "by": "08:30", "contact": "情報政策課"})
    said = engine.until(lambda: alerts(engine, "missing-pays"), 30, "it is missed")[0]
    assert "has come by 08:30" in said["words"] and said["times"] == 1
    assert state(engine, "pays")["alerts"] == "missing"
    pay(engine, "late")
    taken(engine, PAYS.format("late"))
    engine.until(lambda: not alerts(engine, "missing-pays"), 10, "it came")


def test_yesterdays_left_over(engine_of, folder):
    engine = engine_of(pays={"pattern": PAYS.format("*"), "stale": "20 h"})
    today = datetime(2026, 12, 7, 6, 0, tzinfo=JST).timestamp()
    data = payments([payment(1)])
    engine.drop_in(PAYS.format("old"), data, mtime=int(today - 86400))
    assert "too old to be today's" in stays(engine, PAYS.format("old"), "stale-pays")
    engine.drop_in(PAYS.format("new"), payments([]), mtime=int(today))
    taken(engine, PAYS.format("new"))
    # It is right as it is: a person hands it in, and moves the left-over away.
    (folder / PAYS.format("old")).write_bytes(data)
    answer = engine.osame("intake", "put", folder / PAYS.format("old"))
    assert answer.json["intake"]["state"] == "taken" and answer.json["intake"]["rows"] == 1
    (engine.drop / "in" / PAYS.format("old")).unlink()
