"""SMS文面 changed in Debian's chromium, before a real engine: refused, saved, compared, taken back."""
import pytest

from tests.support.browser import browse, seat_of, usable
from tests.support.console import console_keys
from tests.support.kannel import Kannel
from tests.support.osamed import SMS, VOICE, Osamed, person, targets

OLD = "伊那市役所です。{phone}へお電話ください。"
BEGIN, END, NOTE = "伊那市役所です。平日に", "へお電話ください。返信不可", "受付時間を書いた"
NEW = f"{BEGIN}{{phone}}{END}"


@pytest.fixture(scope="module")
def engine(place):
    with Kannel(place / "kannel") as kannel, Osamed(place / "osame", sms=kannel, rehearsal=False) as osamed:
        (osamed.specs / "texts" / "reminder.txt").write_text(f"# 用件は書かない\n{OLD}\n")
        osamed.campaign(waves=(VOICE, SMS))
        osamed.keys["trial hanako"] = {"department": "zeimu", "number": "09012349001", "owner": "高遠花子"}
        osamed.keys["trial other"] = {"department": "kaigo", "number": "09012349002", "owner": "伊那次郎"}
        osamed.keys["department kaigo"] = {"name": "介護課", "phone": "0265784121", "caller": "0265784121"}
        osamed.keys["console"] = console_keys(osamed.folder)
        osamed.run()
        osamed.drop_in("015_202096_taisho_1.csv", targets([person(1, "0265784101", "09012345671")]))
        osamed.wait_run("draft", 1)
        osamed.osame("run", "submit", 1)
        osamed.kannel = kannel
        yield osamed


@pytest.fixture(scope="module")
def seen(place, shots, console):
    people = {role: console.invited(user, role).accept() for user, role in (("tanto", "staff"), ("kansa", "auditor"))}
    return browse("texts.mjs", console, shots, place, begin=BEGIN, end=END, note=NOTE, **{role: seat_of(p) for role, p in people.items()})


def test_what_may_not_be_sent_cannot_be_saved(seen):
    words, disabled = seen["refused"][0]
    assert "知られてはならない言葉" in words and "送信できません" in words and disabled
    assert "ボタンにある値だけ" in seen["unknown"][0]
    assert seen["same"] == [True] and "まだ、ここで変更されていません" in seen["none"][0]


def test_a_text_is_saved_with_its_edition(engine, seen):
    assert "伊那市役所です。平日に0265784111へお電話ください。返信不可" in seen["live"][0] and "1通分" in seen["live"][0]
    assert "第2版として保存しました" in seen["saved"][0] and "1件の配信が下書きに戻りました" in seen["saved"][0]
    newest, found = seen["editions"][0]
    assert "第2版" in newest and NOTE in newest and NEW in newest and "いまの文面" in newest
    assert "第1版" in found and "システムの管理者が置いた文面" in found and OLD in found
    assert "".join(seen["new"][0]) == "追加:平日に追加:返信不可" and seen["gone"] == [[]]
    rows = engine.rows("text", "editions", "reminder")
    assert [(r["edition"], r["user"], r["from"], r["template"]) for r in rows] == [(3, "tanto", 1, OLD), (2, "tanto", 0, NEW), (1, "", 0, OLD)]
    assert seen["back"] == [OLD] and (engine.specs / "texts" / "reminder.txt").read_text() == f"# 用件は書かない\n{OLD}\n"
    assert engine.run_row(1)["state"] == "draft", "its approval was of other words"
    assert {("tanto", "text.save"), ("tanto", "text.restore")} <= {(r["user"], r["method"]) for r in engine.rows("audit")}


def test_a_text_is_sent_to_a_telephone_of_the_staff(engine, seen):
    option, = seen["numbers"][0]
    assert option.startswith("高遠花子") and "001" in option and "09012349001" not in option, "no other department's"
    finished = OLD.replace("{phone}", "0265784111")
    assert finished in seen["trial-asked"][0]
    assert "着信しました" in seen["trial"][0] and "高遠花子" in seen["trial"][0]
    assert [(m.to, m.text) for m in engine.kannel.received()] == [("09012349001", finished)]
    assert "30秒" in seen["trial-again"][0]
    assert [r["user"] for r in engine.rows("audit") if r["method"] == "text.trial"] == ["tanto", "tanto"]


def test_who_may_only_look(seen):
    assert seen["auditor"] == [[0, 0, 0]]


def test_pages_are_for_everybody(seen):
    usable(seen, pages=6)
