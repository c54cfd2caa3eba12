"""配信業務 in Debian's chromium, before a real engine that calls a real telephone: from the upload of a file to its
results, with the approval of a second person. By the machine's own clock: under the rehearsal clock one person may
approve alone."""
import base64
import datetime

import pytest

from tests.support.browser import browse, seat_of, usable
from tests.support.console import console_keys
from tests.support.osamed import Osamed, payments, person, targets
from tests.support.sipp import Sipp

DAY = '<window days="all" from="0:00" to="24:00"/>'
VOICE = f'<wave id="denwa" channel="voice" from-day="0" to-day="4" attempts="1" ring="10 s">{DAY}</wave>'
SMS = f'<wave id="sms" channel="sms" from-day="5" to-day="5" attempts="1" text="reminder">{DAY}</wave>'
LATER = ('<wave id="denwa" channel="voice" from-day="3" to-day="4" attempts="2" ring="10 s">'
         '<window days="weekdays" from="9:00" to="19:30"/><retry outcome="20" after="1 h"/></wave>')


def day(n):
    """n days after today in Tokyo."""
    today = datetime.datetime.now(datetime.timezone(datetime.timedelta(hours=9))).date()
    return (today + datetime.timedelta(days=n)).isoformat()


@pytest.fixture(scope="module")
def callee(place):
    callee = Sipp(place / "callee", "listen")
    callee.run()
    yield callee
    callee.stop()


@pytest.fixture(scope="module")
def engine(place, callee):
    """Two campaigns: one may call at any hour, the other from the day after tomorrow on; a run of the other is approved."""
    with Osamed(place / "osame", rehearsal=False, trunk=callee.uri) as osamed:
        osamed.campaign(waves=(VOICE, SMS), scenario="quick", start=day(0), end=day(6), demand=day(9))
        text = osamed.specs / "campaigns" / "saikoku.xml"
        osamed.campaign(id="tsugi", waves=(LATER,), pattern="015_202096_tsugi_*.csv", scenario="quick", start=day(0), end=day(12),
                        demand=day(14))
        other = osamed.specs / "campaigns" / "tsugi.xml"
        other.write_text(other.read_text().replace("試験の配信業務", "次の催告"))
        assert text.exists()
        osamed.keys["console"] = console_keys(osamed.folder)
        osamed.keys["money"] = {"call": "8.5", "segment": "3.3"}
        osamed.keys["engine"]["results_every"] = "1 s"
        osamed.run()
        osamed.drop_in("015_202096_keshikomi_1.csv", payments([]))
        yield osamed


@pytest.fixture(scope="module")
def files(place):
    good = place / "015_202096_taisho_1.csv"
    people = [person(1, "0265784101"), person(2, "0265784102"), person(3, mobile="09012345673")]
    good.write_bytes(targets([*people, person(4, 氏名="", 未納額="abc")]))
    bad = place / "nanika.csv"
    bad.write_bytes(targets(people))
    for path in (good, bad):
        path.chmod(0o644)
    return good, bad


@pytest.fixture(scope="module")
def seen(place, shots, engine, console, files):
    people = {role: console.invited(user, role).accept() for role, user in
              (("staff", "tanto"), ("manager", "kacho"), ("operator", "unyo"))}
    hurry = console.person("isogi", "staff")
    chief = console.person("bucho", "manager")
    engine.drop_in("015_202096_tsugi_1.csv", targets([person(20 + i, f"026578420{i}") for i in range(3)]))
    engine.wait_run("draft", 1)
    assert hurry.call("run.submit", run=1)[0] == 200
    assert chief.call("run.approve", run=1)[0] == 200
    given = {role: seat_of(p) for role, p in people.items()}
    return browse("campaign.mjs", console, shots, place, file=str(files[0]), bad=str(files[1]), **given)


def test_a_file_is_looked_at(seen):
    assert "このファイルは取り込めませんでした" in seen["refused"][0]
    text = seen["file"][0]
    assert "対象者 3人" in text and "取り込めない 1行" in text and "E0001" in text and "未納額" in text
    assert "髙＊" in text and "髙橋" not in text and "10,001円" in text


def test_one_person_is_unmasked_with_a_reason(engine, seen):
    assert "理由を入れてください" in seen["no-reason"][0]
    assert "髙橋" in seen["unmasked"][0] and "0265784101" in seen["unmasked"][0]
    assert "髙＊" in seen["masked"][0] and "0265784101" not in seen["masked"][0]
    rows = [r for r in engine.rows("audit") if r["method"] == "target.unmask"]
    assert [(r["user"], r["result"], "列の対応の確認" in r["params"]) for r in rows] == [("tanto", "looked", True)]


def test_what_will_be_done_is_shown(seen):
    assert "催告" in seen["purpose"][0] and "督促状抽出日" in seen["purpose"][0]
    assert "quick" in seen["texts"][0] and "0265784111" in seen["texts"][0] and "送る文面の例" in seen["texts"][0]
    assert "0:00～24:00" in seen["days"][0] and "督促状抽出日(連絡しません)" in seen["days"][0]
    assert "3人に連絡できます" in seen["check"][0].replace("\n", "") and "電話のみ 2人" in seen["check"][0]
    assert "問題なし" in seen["check"][0]
    assert "間に合う見込みです" in seen["forecast"][0] and "費用の見込み" in seen["forecast"][0]


def test_the_sheet_names_nobody(seen):
    sheet = seen["sheet"][0]
    assert "庁内周知票" in sheet and "0265784111" in sheet and "口座番号" in sheet
    assert "髙" not in sheet and "100001" not in sheet


def test_a_second_person_approves(engine, seen):
    assert seen["ticked"] == [True, True], "nothing is sent before all is ticked"
    assert "別の管理者の承認を待っています" in seen["submitted"][0] and "承認する" not in seen["submitted"][0].replace("承認する人", "")
    run = engine.run_row(2)
    assert (run["submitter"], run["approver"], run["self_approved"]) == ("tanto", "kacho", False)
    assert seen["hash"] == [run["approval_sha256"]]
    audit = {(r["user"], r["method"]): r for r in engine.rows("audit") if r["result"] == "done"}
    assert run["approval_sha256"] in audit["kacho", "run.approve"]["params"]
    assert "published desks heard people" in audit["tanto", "run.submit"]["params"]
    assert ("tanto", "target.show") in {(r["user"], r["method"]) for r in engine.rows("audit")}


def test_what_came_of_it(seen):
    results = seen["results"][0]
    assert "応答" in results and "要旨を聴いた人" in results
    assert "今日の電話とSMS" in seen["day"][0] and "電話 応答" in seen["day"][0].replace("\n", " ")
    assert "次の時間帯" in seen["day"][0]


def test_a_file_that_went_back_is_taken_out(engine, seen):
    """Through /download/: the very bytes that the core system got."""
    name, = seen["file-name"]
    there = [f for f in engine.out_files("kekka") if f.name == name]
    assert len(there) == 1 and there[0].data == base64.b64decode(seen["file-text"][0])
    audit = {(r["user"], r["method"], r["result"]) for r in engine.rows("audit")}
    assert ("kacho", "outfile.rebuild", "begun") in audit


def test_who_may_do_what(engine, seen):
    assert seen["operator"] == [["一時停止する", "緊急停止"]], "closing is the manager's"
    assert "この配信は終わっています" in seen["closed"][0]
    assert {r["run"]: r["state"] for r in engine.rows("run", "list")} == {1: "closed", 2: "closed"}


def test_everybody_can_use_it(seen):
    usable(seen, pages=18)
