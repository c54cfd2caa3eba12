"""Messages that calls bring: a branch's, and the one after the n-th failed call. Real Kannel, sipp as telephones."""
import pytest

from tests.support.kannel import Kannel
from tests.support.osamed import Osamed, person, targets
from tests.support.peer import remove, temporary_folder, wait_until
from tests.support.sipp import Sipp

FILE = "015_202096_taisho_1.csv"
DAY = '<window days="all" from="0:00" to="24:00"/>'
CALL = f'<wave id="denwa" channel="voice" from-day="0" to-day="0" attempts="1" ring="5 s">{DAY}</wave>'
BRANCH = """\
<?xml version="1.0" encoding="UTF-8"?>
<vxml version="2.1" xml:lang="ja-JP" o:kind="reminder"
      xmlns="http://www.w3.org/2001/vxml" xmlns:o="urn:osame:scenario:1">
  <form id="a"><block><o:sms text="reminder"/><prompt>失礼します。</prompt><o:heard/><exit/></block></form>
</vxml>
"""
HOME = "0265784111"
STOPPED = "09012345670"


def numbers(*list_):
    """Columns of up to three numbers: (digits, SMS may be sent)."""
    row = {}
    for i, (digits, sms) in enumerate(list_, 1):
        row |= {f"電話番号{i}": digits, f"電話区分{i}": "1" if digits == HOME else "2", f"SMS可否{i}": "1" if sms else "0"}
    return row


@pytest.fixture
def folder():
    path = temporary_folder("osame-flow-")
    yield path
    remove(path)


@pytest.fixture
def kannel(folder):
    with Kannel(folder / "kannel") as gateway:
        yield gateway


@pytest.fixture
def engine_of(folder, kannel):
    made = []

    def make(callee, waves, rows, scenario="quick", start=True):
        phone = Sipp(folder / "callee", callee)
        made.append(phone)
        phone.run()
        engine = Osamed(folder / "osame", trunk=phone.uri, sms=kannel)
        made.append(engine)
        (engine.specs / "scenarios" / "branch.vxml").write_text(BRANCH)
        engine.campaign(waves=waves, scenario=scenario)
        engine.run()
        engine.drop_in(FILE, targets(rows))
        engine.wait_run("draft")
        if start:
            engine.start_run()
        return engine
    yield make
    for peer in reversed(made):
        peer.stop()


def calls(engine):
    return [a for a in engine.attempts() if a["channel"] == "voice"]


def messages(engine):
    return [a for a in engine.attempts() if a["channel"] == "sms"]


def test_a_branch_writes_to_the_mobile_that_answered_else_the_registered_one(engine_of, kannel):
    people = [
        person(1) | numbers(("09012345671", True)),
        person(2) | numbers((HOME, False), ("09012345672", True)),
        person(3, 電話番号1="0265784112", 電話区分1="1", SMS可否1="0"),
        person(4) | numbers(("09012345673", False), ("09012345674", True)),
        person(5) | numbers(("09012345675", False)),
    ]
    engine = engine_of("listen", [CALL], people, scenario="branch")
    engine.wait_run("closed", seconds=60)
    wait_until(lambda: len(kannel.received()) >= 3, 20, why="three messages")
    assert sorted(m.to for m in kannel.received()) == ["09012345671", "09012345672", "09012345674"]
    assert {m.text for m in kannel.received()} == {
        "伊那市役所です。お伝えしたいことがあります。平日8時半から17時15分に0265784111へお電話ください。返信はできません。"}
    assert {a["person"]: "送信先なし" in a["replies"] for a in calls(engine)} == {
        "100001": False, "100002": False, "100003": True, "100004": False, "100005": True}
    assert [a["code"] for a in calls(engine)] == [10] * 5
    assert sorted(a["person"] for a in messages(engine)) == ["100001", "100002", "100004"]


def test_a_message_after_the_second_failed_call_and_no_more_calls_in_between(engine_of, kannel):
    waves = [
        f'<wave id="denwa" channel="voice" from-day="0" to-day="0" attempts="3" ring="5 s">{DAY}'
        '<retry outcome="other" after="1 h"/></wave>',
        f'<wave id="fuzai" channel="sms" from-day="0" to-day="1" attempts="1" text="missed-call" after-calls="2">{DAY}'
        '</wave>']
    engine = engine_of("busy", waves, [person(1) | numbers((HOME, False), ("09012345672", True))])
    engine.wait_run("closed", seconds=60)
    wait_until(lambda: kannel.received(), 20, why="the message")
    message, = kannel.received()
    assert message.to == "09012345672"
    done = sorted(engine.attempts(), key=lambda a: a["attempt"])
    assert [a["channel"] for a in done][:3] == ["voice", "voice", "sms"]
    assert [a["code"] for a in done][:2] == [21, 21]
    gap = clock(done[2]["intended"]) - clock(done[1]["ended"])
    assert 0 <= gap < 600, f"{gap} s after the call, not after the interval between calls"


def clock(words):
    """Seconds of the day of "2026-12-07 10:00:00"."""
    h, m, s = words.split(" ")[1][:8].split(":")
    return int(h) * 3600 + int(m) * 60 + int(s)


def test_messages_keep_their_windows_and_stops(engine_of, kannel):
    """One window on the second day; one number was stopped by staff before."""
    wave = ('<wave id="sms" channel="sms" from-day="1" to-day="1" attempts="1" text="reminder">'
            '<window days="all" from="13:30" to="14:00"/></wave>')
    engine = engine_of("busy", [wave], [person(1) | numbers(("09012345671", True)), person(2) | numbers((STOPPED, True))],
                       start=False)
    engine.osame("number", "add", STOPPED, "--mark", "stop", "--channel", "sms", "--reason", "本人から電話")
    engine.start_run()
    engine.wait_run("closed", seconds=60)
    wait_until(lambda: kannel.received(), 20, why="the message")
    sent, = messages(engine)
    assert sent["person"] == "100001" and sent["intended"].startswith("2026-12-08 ")
    assert 13.5 * 3600 <= clock(sent["intended"]) < 14 * 3600
    engine.wait_delivered()
    results = {row["宛名番号"]: int(row["結果"]) for row in engine.out_rows("kekka")}
    assert results["100001"] in (60, 61) and results["100002"] == 84
    assert [m.to for m in kannel.received()] == ["09012345671"]
