"""シナリオ in Debian's chromium, before a real engine with the real synthesiser: drawn, walked through, and heard."""
import pytest

from tests.support.browser import browse, seat_of, usable
from tests.support.console import console_keys
from tests.support.osamed import SHORT, Osamed

GREETING = "ご本人は1を。"
GOOD = SHORT.replace(GREETING, "こちらは伊那市です。ご本人は1を。")
LEAKS = SHORT.replace(GREETING, "未納があります。ご本人は1を。")


@pytest.fixture(scope="module")
def engine(place):
    with Osamed(place / "osame", rehearsal=False) as osamed:
        osamed.campaign(scenario="short")
        osamed.campaign(id="zbig", scenario="reminder", pattern="016_202096_taisho_*.csv")
        osamed.keys["department kokuho"] = {"name": "保険課", "phone": "0265784112", "caller": "0265784112"}
        osamed.keys["console"] = console_keys(osamed.folder)
        osamed.run()
        yield osamed


@pytest.fixture(scope="module")
def seen(place, shots, console):
    staff = console.invited("tanto", "staff").accept()
    return browse("scenario.mjs", console, shots, place, staff=seat_of(staff), walk=["1", "0", "4", "0", "1"], leaks=LEAKS, good=GOOD)


def test_the_flow_is_drawn(seen):
    """Boxes with their levels; arrows with the key, the number or the silence that leads along them."""
    nodes = "\n".join(seen["nodes"][0])
    assert "たずねる" in nodes and "終わり" in nodes
    amount = next(node for node in seen["nodes"][0] if "円です。" in node)
    assert "L2" in amount and "L0" not in amount, amount
    assert {"1", "番号"} <= set(seen["ways"][0]) and seen["arrows"][0] >= 4, seen["ways"]
    assert seen["chosen"][0][0] == "b-1" and seen["chosen"][0][1].startswith("b "), seen["chosen"]


def test_a_walk_says_what_a_call_would(seen):
    steps = seen["steps"][0]
    assert "お誕生日を。" in steps[0] and "何も話しません" in steps[1]
    assert "円です。" in steps[4] and "失礼します。" in steps[4] and "L2" in steps[4], steps
    assert "電話が終わりました" in seen["over"][0] and "answer=heard" in seen["over"][0]


def test_what_is_said_and_at_which_level(seen):
    boxes = "\n".join(seen["boxes"][0])
    assert "ご本人は1を。" in boxes and "生年月日の月日" in boxes and "電話を切る" in boxes
    amount = next(box for box in seen["boxes"][0] if "です。" in box and "円" in box)
    assert "L2" in amount and "L0" not in amount


def test_it_is_heard(seen):
    assert seen["heard"] == [["playing", "ended"]] and 0.3 < seen["seconds"][0] < 30
    assert seen["reading"] and all("\u30a0" <= c <= "\u30ff" or c in "、。 ・'/_?!" for c in seen["reading"][0]), seen["reading"]


def test_a_document_is_checked_and_handed_in(seen, engine, console):
    line = str(SHORT[:SHORT.index(GREETING)].count("\n") + 1)
    assert "取り込みませんでした" in seen["refused"][0] and line in seen["refused"][0].split() and "L1" in seen["refused"][0], seen["refused"]
    assert "words-need-level-1" in seen["refused"][0]
    assert "第2版" in seen["taken"][0]
    new, old = seen["versions"][0]
    assert "使用中" in new and "あいさつを直した" in new and "試験 tanto" in new and "ファイルにあったもの" in old, seen["versions"]
    assert [row.split("\t")[0] for row in seen["diff"][0]] == [line, line], seen["diff"]
    assert "こちらは伊那市です" in seen["diff"][0][1] and seen["exported"] == [True]
    assert "こちらは伊那市です" in seen["after"][0] and seen["heard2"] == [["playing", "ended"]]
    assert "使用中" in seen["back"][0][0] and "第1版に戻した" in seen["back"][0][0], seen["back"]
    audit = engine.rows("audit", "--user", "tanto")
    assert [row["method"] for row in audit if row["method"].startswith("scenario.")] in (
        ["scenario.restore", "scenario.import"], ["scenario.import", "scenario.restore"])


def test_everybody_can_use_it(seen):
    usable(seen, pages=8)


def test_from_outside(engine, console):
    """Through /download/: the sound, or a refusal in words; nothing of another department."""
    staff, other = console.person("kiku", "staff"), console.person("yosono", "staff", "kokuho")

    def hear(who, data, csrf=True):
        more = ["-H", f"X-Osame-CSRF: {who.csrf}"] if csrf else []
        return console.curl("/download/scenario.say", "-b", who.cookie, "-H", "Content-Type: application/json", *more, data=data)

    first = hear(staff, b'{"campaign":"saikoku","prompt":0}')
    assert first.status == 200 and first.headers["content-type"] == "application/octet-stream"
    assert first.headers["cache-control"] == "no-store"
    assert first.body[:4] == b"RIFF" and first.body[8:16] == b"WAVEfmt "
    samples = int.from_bytes(first.body[42:46], "little")
    assert len(first.body) == 46 + samples and samples > 2000
    assert hear(staff, b'{"campaign":"saikoku","prompt":9999}').status == 404
    assert hear(staff, b'{"campaign":"saikoku"}').status == 400
    assert hear(staff, b'{"campaign":"saikoku","prompt":0}', csrf=False).status == 403
    assert hear(other, b'{"campaign":"saikoku","prompt":0}').status == 404
    assert staff.call("scenario.say", campaign="saikoku", prompt=0)[0] == 400, "without a file there is nothing to write it to"
    assert other.call("scenario.show", campaign="saikoku")[0] == 404
    assert other.call("scenario.try", campaign="saikoku")[0] == 404
    walked = staff.call("scenario.try", campaign="saikoku", steps="10401")[1]["result"]
    assert [row["words"] for row in walked["rows"]] == ["12,300円です。", "失礼します。"] and walked["waits"] == ""
    assert engine.rows("scenario", "try", "saikoku", "--steps", "10401") == walked["rows"]
    assert staff.call("scenario.try", campaign="saikoku", steps="1C")[0] == 409, "nobody is transferred there"
    assert "%E3" in first.headers["x-osame-result"], "the reading comes beside the sound"
    rows = staff.call("scenario.show", campaign="saikoku")[1]["result"]["rows"]
    assert rows == engine.rows("scenario", "show", "saikoku")
