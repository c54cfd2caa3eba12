"""One small campaign from file to results on real parts: kamailio as the trunk with a callee of every
kind behind it, Kannel as the SMS gateway, a local folder as the drop. Three days pass in some seconds."""
import os
import re
from collections import Counter

import pytest

from tests.support.kamailio import Kamailio
from tests.support.kannel import Kannel
from tests.support.osamed import SMS, VOICE, VOICE_NEXT_DAY, Osamed, payment, payments, person, targets
from tests.support.peer import remove, temporary_folder
from tests.support.sipp import Sipp

ACCOUNTS = {"osame": "correct-horse"}
# number of person n -> who answers there; nobody: not a number at all
CALLEES = {1: "match_birth", 2: "busy", 3: "no_answer", 5: "hang_up", 6: "listen", 9: "busy"}
FILE = "015_202096_taisho_1.csv"
SMS_TEXT = "伊那市役所です。お伝えしたいことがあります。"


def number(n):
    return f"026578410{n}"


@pytest.fixture(scope="module")
def night():
    """The whole night, once; the tests below look at what it left."""
    if os.geteuid() != 0:
        pytest.skip("sipp plays captures by a raw socket: root only")
    folder = temporary_folder("osame-flow-")
    callees = []
    try:
        for kind in sorted(set(CALLEES.values())):
            callees.append(Sipp(folder / "callees" / kind, kind, raw=kind == "match_birth"))
            callees[-1].folder.parent.chmod(0o755)
            callees[-1].run()
        uri = {callee.scenario: callee.uri for callee in callees}
        routes = {number(n): uri[kind] for n, kind in CALLEES.items()}
        routes["09012345674"] = uri["busy"]  # dialled on the second day, since his home number is dead
        with Kamailio(folder / "trunk", ACCOUNTS, routes) as trunk, Kannel(folder / "kannel") as gateway:
            trunk.run()
            with Osamed(folder / "osame", trunk=trunk.uri, sms=gateway) as engine:
                engine.campaign(waves=[VOICE, VOICE_NEXT_DAY, SMS])
                engine.keys["trunk main"] |= {"user": "osame", "password": ACCOUNTS["osame"], "register": "yes"}
                engine.keys["voice"]["lines"] = 8
                engine.keys["engine"]["calls_per_second"] = 20
                engine.run()
                rows = [person(n, number(n), f"0901234567{n}") for n in range(1, 7)]
                rows += [person(1, number(1), 通知書番号="N00011"),  # a second debt of the same person
                         person(7),                                  # nobody can be reached
                         person(8, number(8), 氏名=""),              # refused
                         person(9, number(9))]                       # no mobile
                engine.drop_in(FILE, targets(rows))
                engine.start_run()
                # What the core system learns on the way: person 9 pays between the two days.
                engine.until(lambda: any(a["person"] == "100009" and a["state"] == "ended"
                                         for a in engine.attempts()), 20, "the first call of person 9")
                engine.drop_in("015_202096_keshikomi_1.csv", payments([payment(9)]))
                engine.wait_run("closed")
                engine.wait_delivered()
                engine.callees, engine.trunk, engine.gateway = callees, trunk, gateway
                yield engine
    finally:
        for callee in callees:
            callee.stop()
        remove(folder)


def test_each_accepted_debt_has_exactly_one_result(night):
    rows = night.out_rows("kekka")
    results = {row["通知書番号"]: int(row["結果"]) for row in rows}
    assert len(rows) == len(results)
    assert results == {"N00001": 10, "N00011": 10, "N00002": 60, "N00003": 60, "N00004": 60, "N00005": 11,
                       "N00006": 60, "N00007": 84, "N00009": 80}
    one = next(row for row in rows if row["通知書番号"] == "N00011")
    assert (one["行番号"], one["整理番号"], one["備考"]) == ("7", "S1", "備考,\"1\""), "carried columns come back"
    assert "heard" in one["回答"]


def test_contacts_are_the_attempts(night):
    attempts = [a for a in night.attempts() if a["state"] != "dropped"]
    contacts = night.out_rows("kosho")
    assert sorted(int(c["発信番号"]) for c in contacts) == sorted(a["attempt"] for a in attempts)
    codes = {(c["宛名番号"], c["接触方法"]): set() for c in contacts}
    for c in contacts:
        codes[c["宛名番号"], c["接触方法"]].add(int(c["接続結果"]))
    assert codes["100001", "1"] == {10} and codes["100002", "1"] == {21} and codes["100003", "1"] == {20}
    assert codes["100004", "1"] == {30, 21}, "the dead number once, then the mobile"
    first = next(c for c in contacts if c["宛名番号"] == "100001")
    assert (first["到達"], first["要旨聴取"]) == ("照合一致", "1")


def test_no_call_without_an_intent_and_none_twice(night):
    """kamailio's log joined with our attempts by Call-ID: <attempt>.<try>@<host>."""
    calls = Counter()
    for line in night.trunk.lines():
        if line["dir"] == "request" and line["method"] == "INVITE":
            calls[line["callid"], line["to"]] += 1
    attempts = {a["attempt"]: a for a in night.attempts("--run", 1) if a["channel"] == "voice"}
    called = {int(callid.split(".")[0]): to for callid, to in calls}
    assert set(called) == {n for n, a in attempts.items() if a["state"] != "dropped"}
    assert len({callid for callid, _ in calls}) == len(called), "one Call-ID an attempt"
    assert max(calls.values()) <= 2, "the INVITE, and once more with the digest"
    for n, a in attempts.items():
        assert called[n] == number(int(a["person"][-1])) or (a["person"], a["wave"]) == ("100004", 2)
    assert {line["from"] for line in night.trunk.lines() if line["method"] == "INVITE"} == {"0265784111"}


def test_nothing_outside_a_window(night):
    for a in night.attempts():
        day, clock = a["intended"].split()
        assert "09:00:00" <= clock < "20:00:00", a
        assert day == {1: "2026-12-07", 2: "2026-12-08", 3: "2026-12-09"}[a["wave"]], a


def test_messages_reached_the_network_once(night):
    got = night.gateway.received()
    assert sorted(m.to for m in got) == [f"0901234567{n}" for n in (2, 3, 4, 5, 6)]
    assert all(m.text.startswith(SMS_TEXT) and m.sender == "0265784111" for m in got)
    sent = [a for a in night.attempts() if a["channel"] == "sms"]
    assert len(sent) == len(got) and {a["code"] for a in sent} == {60}


def test_receipt_and_errors(night):
    receipt = next(row for row in night.out_rows("uketsuke") if row["ファイル名"] == FILE)
    assert [receipt[c] for c in ("受付結果", "総件数", "受付件数", "エラー件数")] == ["1", "10", "9", "1"]
    error, = night.out_rows("error")
    assert (error["行番号"], error["項目"], error["エラーコード"]) == ("9", "氏名", "E0001")


def test_files_are_where_they_belong(night):
    assert sorted(p.name for p in (night.drop / "in" / "taken").iterdir()) == \
        ["015_202096_keshikomi_1.csv.2", f"{FILE}.1"]
    assert [p for p in (night.drop / "in").iterdir() if p.is_file()] == []
    sent = {f.name: f.data for f in night.out_files()}
    archived = {p.name: p.read_bytes() for p in (night.var / "archive").rglob("exchange-out/*")}
    assert archived == sent and len(sent) >= 6
    numbers = [f.number for f in night.out_files()]
    assert sorted(numbers) == list(range(1, len(numbers) + 1)), "no number is missing, none is used twice"
    kept = {p.name[:10] for p in (night.var / "archive").rglob("exchange-in/*")}
    assert kept == {"0000000001", "0000000002"}


def test_logs_hold_no_resident(night):
    """Neither names, nor texts, nor whole numbers, nor birthdays."""
    log = night.log_text()
    for secret in ("太郎", "タロウ", "市役所", "0521", "お誕生日", ACCOUNTS["osame"], night.gateway.password):
        assert secret not in log
    assert not re.search(r"026578410\d|0901234567\d", log)
