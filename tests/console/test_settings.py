"""設定, SMS文面 and 着信対応 in Debian's chromium, before a real engine: accounts are made, changed, moved and
stopped on the page; texts are tried; what is shown is what the configuration says."""
import pytest

from tests.support.browser import browse, seat_of, usable
from tests.support.console import console_keys
from tests.support.osamed import SMS, VOICE, Osamed, person, targets


@pytest.fixture(scope="module")
def engine(place):
    with Osamed(place / "osame", rehearsal=False) as osamed:
        osamed.campaign(waves=(VOICE, SMS))
        osamed.keys["department kokuho"] = {"name": "保険課", "phone": "0265784112", "caller": "0265784112"}
        osamed.keys["department zeimu"] |= {"callback_hours": "8:30-17:15", "callback_days": "weekdays", "month_limit": "80000"}
        osamed.keys["console"] = console_keys(osamed.folder) | {"session_idle": "45 min"}
        osamed.keys["money"] = {"call": "8.5", "segment": "3.3", "month": "12000", "limit": "250000"}
        osamed.keys["retention"] = {"run_data": "730 d"}
        osamed.run()
        osamed.drop_in("015_202096_taisho_1.csv", targets([person(1, "0265784101", "09012345671")]))
        osamed.wait_run("draft", 1)
        yield osamed


@pytest.fixture(scope="module")
def seen(place, shots, engine, console):
    administrator = console.invited("kanri", "administrator").accept()
    manager = console.invited("kacho", "manager").accept()
    for user in ("tanto", "ido1", "ido2"):
        console.invited(user, "staff").accept()
    given = {who: seat_of(p)
             for who, p in (("administrator", administrator), ("manager", manager))}
    return browse("settings.mjs", console, shots, place, person="100001", **given)


def test_accounts(engine, console, seen):
    link = seen["link"][0]
    assert "#invite=hanako." in link
    users = {u["user"]: u for u in engine.rows("user")}
    assert users["hanako"]["state"] == "invited" and "manager" in users["hanako"]["roles"] and users["hanako"]["name"] == "高遠 花子"
    assert "登録待ち" in seen["made"][0] and "管理者" in seen["made"][0]
    assert "すでに使われています" in seen["taken"][0]
    assert users["tanto"]["state"] == "disabled" and users["tanto"]["roles"] == "auditor"
    assert users["ido1"]["department"] == users["ido2"]["department"] == "kokuho" and "2人を異動しました" in seen["moved"][0]
    assert "シードが正しくありません" in seen["seed"][0] and users["ido1"]["token"] == "phone"
    assert console.post("/api/invite.look", {"token": link.split("#invite=")[1]}).status == 200, "the link that was shown is good"


def test_what_the_configuration_says(seen):
    places = seen["places"][0]
    for words in ("税務課(zeimu)", "保険課(kokuho)", "0265784112", "8.5円", "3.3円", "250,000円", "80,000円", "730日", "期限なし"):
        assert words in places, words
    assert "2027年1月1日" in seen["holidays"][0] and "2020年" not in seen["holidays"][0]
    assert "session_idle" in seen["keys"][0] and "45 min" in seen["keys"][0] and "receipt_wait" not in seen["keys"][0]


def test_texts_and_inbound(seen):
    assert any("reminder" in t and "通分" in t and "送信できます" in t for t in seen["texts"][0])
    assert seen["tried"] == ["伊那市税務課です。0265784111へお電話ください。"]
    assert "知られてはならない言葉" in seen["refused"][0]
    assert "伊那市" in seen["preview"][0] and "送信できます" in seen["preview"][0]
    assert "0265784111" in seen["inbound"][0] and "平日(祝日を除く) 8:30 ～ 17:15" in seen["inbound"][0]


def test_stops(engine, seen):
    assert "利用者" not in seen["tabs"][0] and "停止要望" in seen["tabs"][0]
    assert "0265784199" not in seen["stops"][0] and "窓口での申出" in seen["stops"][0], "masked"
    assert len(seen["not-lifted"]) == 2 and all("登録の番号と違います" in words for words in seen["not-lifted"])
    assert "解除しました" in seen["lifted"][0]
    assert engine.rows("number", "list", "--number", "0265784199") == []
    assert len(engine.rows("number", "list", "--number", "0265784197")) == 1, "typed in full width, and lifted by nobody"
    row, = engine.rows("number", "list", "--number", "0265784199", "--ended")
    assert (row["mark"], row["state"], row["ended_by"], row["ended_reason"]) == ("stop", "ended", "kacho", "本人から撤回の申出")


def test_pages_are_for_everybody(seen):
    usable(seen, pages=15)


def test_on_record(engine, seen):
    rows = {(r["user"], r["method"], r["result"]) for r in engine.rows("audit")}
    for row in (("kanri", "user.add", "done"), ("kanri", "user.disable", "done"), ("kacho", "text.preview", "looked"),
                ("kacho", "number.list", "looked"), ("kacho", "number.add", "done"), ("kacho", "number.end", "done"), ("kanri", "user.token", "done"),
                ("kanri", "user.reset", "done")):
        assert row in rows, row
