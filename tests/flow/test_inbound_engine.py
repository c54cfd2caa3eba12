"""Calls that come in, with the whole engine: who rings, what he hears, what becomes of it. A telephone (baresip)
rings through a registrar (kamailio); for what real telephones cannot be told to do, a caller of our own, and sipp
for lines that are full. docs/inbound.md has the table that these tests walk."""
import subprocess

import pytest

from tests.support import sound
from tests.support.baresip import Baresip
from tests.support.caller import Caller
from tests.support.kamailio import Kamailio
from tests.support.osamed import VOICE, VOICE_TWICE, Osamed, payment, payments, person, targets
from tests.support.peer import free_port, remove, temporary_folder, wait_until
from tests.support.sipp import SCENARIOS, Sipp

OURS = "0265784111"
FILE = "015_202096_taisho_1.csv"
GENERAL, CLOSED, NOTHING = "こちらは市役所です。", "ただいまは時間外です。", "ご連絡はありません。"
QUESTION = "ご本人は1を。"  # the first words of the scenario `short`
MANY = 30
KEYS = [(0.6, "1"), (1.2, "0"), (1.5, "5"), (1.8, "2"), (2.1, "1")]  # 本人, and his birthday

ANNOUNCEMENT = """<?xml version="1.0" encoding="UTF-8"?>
<vxml version="2.1" xml:lang="ja-JP" o:kind="notice"
      xmlns="http://www.w3.org/2001/vxml" xmlns:o="urn:osame:scenario:1">
  <form id="a">{}</form>
</vxml>
"""
SAID = "<block><prompt>{}</prompt><exit/></block>"
# Who hears it stays on the line until he hangs up.
WAITS = ('<field name="wish"><property name="timeout" value="90s"/><prompt>{}</prompt>'
         '<option dtmf="2" value="callback"/><filled><o:task kind="折返し希望"/><exit/></filled></field>')


def prepare(engine):
    for name, text, how in (("callback", GENERAL, WAITS), ("callback-closed", CLOSED, SAID),
                            ("callback-nothing", NOTHING, SAID)):
        (engine.specs / "scenarios" / f"{name}.vxml").write_text(ANNOUNCEMENT.format(how.format(text)))
    engine.keys["voice"]["port"] = engine.port = free_port()
    engine.keys["engine"]["callback_ring"] = "15 s"  # a busy machine's prompts take their time


def called(engine, people, waves=(VOICE,)):
    """Everybody of run 1 was called and is known by his number from now on."""
    engine.campaign(waves=waves)
    engine.run()
    engine.drop_in(FILE, targets(people))
    engine.start_run()


def ulaw(b):
    b = ~b & 0xFF
    magnitude = ((((b & 0x0F) << 3) + 132) << (b >> 4 & 7)) - 132
    return -magnitude if b & 0x80 else magnitude


def check_heard(call, text, *others):
    """These words were said to him, and not the others."""
    def heard():
        x = sound.samples([ulaw(b) for b in call.sound()])
        return x.size >= sound.spoken(text).size and sound.fit(x, sound.spoken(text))[0] > 0.9
    wait_until(heard, 20, every=0.3, why=f"{text} is heard")
    x = sound.samples([ulaw(b) for b in call.sound()])
    for other in others:
        assert sound.fit(x, sound.spoken(other))[0] < 0.8, f"{other} was said"


def callbacks(engine, *words):
    return engine.rows("callbacks", "--whole", "--reason", "試験", *words)


def record(engine, number, state="ended", count=1):
    """The newest callback of this number, once it is in this state."""
    def there():
        mine = [r for r in callbacks(engine) if r["from"] == number]
        return len(mine) >= count and mine[-1]["state"] == state and mine[-1]
    return engine.until(there, 20, f"a callback of {number} is {state}", every=0.1)


def ring(engine, number=OURS, **how):
    return Caller(engine.port, OURS, number=number, **how)


@pytest.fixture
def folder():
    path = temporary_folder("osame-flow-")
    yield path
    remove(path)


# ---- a telephone, through a registrar ----

def test_who_heard_it_is_not_called_again(folder):
    """He was called and was engaged; he rings back while another person's telephone rings, so his own next try is
    an hour away and the clock waits. He says who he is, hears the amount, and nothing more is dialled."""
    accounts = {OURS: "correct-horse", "0265784101": "pw-one", "0265784102": "pw-two"}
    busy = Sipp(folder / "busy", "busy")
    busy.run()
    with busy, Kamailio(folder / "trunk", accounts, routes={"0265784101": busy.uri}) as trunk:
        trunk.run()
        with Baresip(folder / "one", "0265784101", "pw-one", trunk.port, keys=KEYS) as one, \
                Baresip(folder / "two", "0265784102", "pw-two", trunk.port) as two, \
                Osamed(folder / "osame", trunk=trunk.uri) as engine:
            one.run()
            two.run(answer=False)
            prepare(engine)
            engine.keys["trunk main"] |= {"user": OURS, "password": accounts[OURS], "register": "yes"}
            called(engine, [person(1, "0265784101"), person(2, "0265784102")],
                   waves=[VOICE_TWICE.replace('ring="5 s"', 'ring="60 s"')])
            engine.until(lambda: [a["code"] for a in engine.attempts("--run", 1)].count(21) == 1, 40, "he was engaged")
            wait_until(lambda: two.count("CALL_INCOMING"), 40, why="the other telephone rings")
            one.command("dial", f"sip:{OURS}@ina.example")
            back = record(engine, "0265784101")
            assert (back["said"], back["why"], back["run"], back["person"]) == ("scenario", "", 1, "100001")
            assert (back["heard"], back["reached_words"], back["note"]) == (True, "照合一致", "")
            assert not callbacks(engine, "--open")
            assert engine.target(1)["state"] == "done"
            for n in range(1, 3):
                wait_until(lambda: two.count("CALL_INCOMING") >= n, 60, why=f"call {n} of the other one")
                two.command("hangup")
            engine.wait_run("closed", seconds=90)
            engine.wait_delivered()
            results = {r["通知書番号"]: r for r in engine.out_rows("kekka")}
            assert [results[n]["結果"] for n in ("N00001", "N00002")] == ["10", "21"]
            assert [c["交渉内容"] for c in engine.out_rows("kosho") if c["宛名番号"] == "100001" and "折返し" in c["交渉内容"]]
            dialled = [x["to"] for x in trunk.lines() if x["dir"] == "relay"]
            assert dialled.count("0265784101") == 1, "the call that was pending is cancelled"
            wait_until(lambda: one.recordings() and one.count("CALL_CLOSED"), 10, why="the recording")
        heard = sound.samples(one.recordings()[-1][1])
        fit, less = (sound.fit(heard, sound.spoken(text))[0] for text in ("10,001円です。", "10,002円です。"))
        assert fit > 0.9 and less < fit - 0.1, (fit, less)


# ---- each row of the table: everybody's run is over ----

PEOPLE = {"known": 1, "quiet": 2, "paid": 5, "held": 6, "stopped": 7, "cut": 8}


def number(n):
    return f"02657842{n:02d}"


@pytest.fixture(scope="module")
def engine():
    path = temporary_folder("osame-flow-")
    busy = Sipp(path / "busy", "busy")
    busy.run()
    try:
        with busy, Osamed(path / "osame", trunk=busy.uri) as engine:
            prepare(engine)
            people = [person(n, number(n)) for n in PEOPLE.values()]
            people += [person(3, number(3)), person(4, number(3), 氏名="伊那　花子", フリガナ="イナ　ハナコ")]
            called(engine, people)
            engine.wait_run("closed", seconds=90)
            engine.wait_delivered()
            yield engine
    finally:
        remove(path)


def answered(engine, who, text, said, why, *others):
    """Rings, hears this, hangs up: his callback."""
    with ring(engine, who) as c:
        c.invite()
        c.final(200, 20)
        c.ack()
        check_heard(c, text, *others)
        if not c.byes:
            c.bye()
        row = record(engine, who)
    assert (row["said"], row["why"]) == (said, why)
    assert row["note"] == "open"
    return row


def test_the_campaigns_scenario_begins_where_anybody_may_hear_it(engine):
    row = answered(engine, number(1), QUESTION, "scenario", "", GENERAL)
    assert (row["run"], row["person"], row["heard"]) == (1, "100001", False)
    result = engine.target(1)["debts"][0]["result"]
    assert result == 21, "he said nothing, so what was reported stands"


def test_nobody_is_named_who_shares_his_number(engine):
    row = answered(engine, number(3), GENERAL, "general", "several people have the number", QUESTION)
    assert (row["run"], row["person"]) == (0, "")


def test_who_paid_hears_that_nothing_is_open(engine):
    engine.drop_in("015_202096_keshikomi_1.csv", payments([payment(5)]))
    engine.wait_taken("015_202096_keshikomi_1.csv")
    answered(engine, number(5), NOTHING, "nothing-open", "nothing is asked for", QUESTION)


def test_who_is_held_hears_no_demand(engine):
    engine.osame("hold", "add", "100006", "--kind", "staff", "--reason", "相談中")
    answered(engine, number(6), GENERAL, "general", "a hold lasts", QUESTION)


def test_whose_number_is_stopped_hears_no_demand(engine):
    engine.osame("number", "add", number(7), "--person", "100007", "--mark", "stop", "--reason", "本人の希望")
    answered(engine, number(7), GENERAL, "general", "the number book stops calls to the number", QUESTION)


def test_an_unknown_caller_finds_a_way_to_staff(engine):
    row = answered(engine, "0399998888", GENERAL, "general", "nobody's number", QUESTION)
    assert row["run"] == 0
    assert [r["callback"] for r in callbacks(engine, "--open") if r["from"] == "0399998888"] == [row["callback"]]
    assert engine.osame("callback", "done", row["callback"], check=False).code != 0, "a reason is wanted"
    engine.osame("callback", "done", row["callback"], "--reason", "折返し済")
    assert row["callback"] not in [r["callback"] for r in callbacks(engine, "--open")]
    row, = [r for r in callbacks(engine) if r["callback"] == row["callback"]]
    assert (row["note"], row["done_reason"]) == ("done", "折返し済")
    again = engine.osame("callback", "done", row["callback"], "--reason", "x", check=False)
    assert again.code != 0 and "done already" in again.err + again.out
    assert "0399998888" not in engine.osame("callbacks").out, "numbers are shortened unless asked for"


def gone(call):
    """He hung up: before the answer, or it crossed his CANCEL."""
    wait_until(lambda: any(s >= 200 for s, _ in call.answers), 10, why="a final answer")
    if any(s == 200 for s, _ in call.answers):
        call.ack()
        call.bye()
    else:
        call.final(487)


def test_many_withheld_calls_are_one_note(engine):
    for n in range(MANY):
        with ring(engine, "anonymous") as c:
            c.invite()
            c.cancel()
            gone(c)
    mine = engine.until(lambda: len(r := [r for r in callbacks(engine) if r["from"] == "withheld"]) == MANY
                        and all(x["state"] in ("missed", "ended") for x in r) and r, 20, "all are on record", every=0.2)
    notes = [r for r in callbacks(engine, "--open") if r["from"] == "withheld"]
    assert [(r["callback"], r["times"]) for r in notes] == [(mine[0]["callback"], MANY)]
    assert {r["joined"] for r in mine[1:]} == {mine[0]["callback"]}
    wrong = engine.osame("callback", "done", mine[7]["callback"], "--reason", "x", check=False)
    assert wrong.code != 0 and str(mine[0]["callback"]) in wrong.err + wrong.out
    engine.osame("callback", "done", mine[0]["callback"], "--reason", "番号なし")
    assert not [r for r in callbacks(engine, "--open") if r["from"] == "withheld"]


def test_a_withheld_caller_is_answered(engine):
    before = len(callbacks(engine))
    with ring(engine, headers=["Privacy: id"]) as c:
        c.invite()
        c.final(200, 20)
        c.ack()
        check_heard(c, GENERAL, QUESTION)
        c.bye()
    row = engine.until(lambda: len(r := callbacks(engine)) == before + 1 and r[-1]["state"] == "ended" and r[-1], 10,
                       "on record", every=0.1)
    assert (row["from"], row["said"], row["why"]) == ("withheld", "general", "number withheld")


def test_full_lines_are_busy(engine, folder):
    lines = [ring(engine, f"039999700{n}").__enter__() for n in range(engine.keys["voice"]["lines"])]
    try:
        for c in lines:
            c.invite()
            c.final(200, 20)
            c.ack()
        fifth = ["sipp", "-sf", SCENARIOS / "ring_back.xml", "-i", "127.0.0.1", "-p", free_port(), "-m", "1", "-nostdin",
                 "-key", "called", OURS, "-key", "number", "0399997009", f"127.0.0.1:{engine.port}"]
        done = subprocess.run([str(x) for x in fifth], cwd=folder, capture_output=True, timeout=300)
        assert done.returncode == 0, f"486 was expected\n{done.stdout.decode(errors='replace')[-2000:]}"
        lines[0].bye()
        record(engine, "0399997000")
        with ring(engine, "0399997009") as c:
            c.invite()
            c.final(200, 20)
            c.ack()
            c.bye()
            record(engine, "0399997009")
    finally:
        for n, c in enumerate(lines):
            if c.answers and n:
                gone(c)
            c.__exit__()
    for n in range(len(lines)):
        record(engine, f"039999700{n}")


def test_only_the_trunk_may_ring(engine):
    """A stranger is not even heard: whoever rings after him, from the trunk, is answered, and he is not."""
    before = len(callbacks(engine))
    with ring(engine, number(1), address="127.0.0.2") as stranger:
        stranger.invite()
        with ring(engine, "0399998801") as c:
            c.invite()
            c.final(200, 20)
            c.ack()
            c.bye()
            record(engine, "0399998801")
        assert not stranger.answers
    assert len(callbacks(engine)) == before + 1


@pytest.mark.parametrize("keys, text, said, why", [
    ({"callback": "announcement"}, GENERAL, "general", "the department's choice"),
    ({"callback_hours": "3:00-3:01"}, CLOSED, "closed", "outside the hours")])
def test_as_the_department_chose(engine, keys, text, said, why):
    ours = engine.keys["department zeimu"]
    engine.stop()
    engine.keys["department zeimu"] = ours | keys
    engine.run()
    try:
        row = answered(engine, number(2), text, said, why, QUESTION)
        assert row["person"] == "100002", "staff see who it was"
        engine.osame("callback", "done", row["callback"], "--reason", "x")
    finally:
        engine.stop()
        engine.keys["department zeimu"] = ours
        engine.run()


def test_a_crash_in_the_middle(engine):
    """What he was told is not known: it is on record as that, his number is locked and his line is counted."""
    mine = number(8)
    with ring(engine, mine) as c, ring(engine, "0399996666") as other:
        c.invite()
        c.final(200, 20)
        c.ack()
        check_heard(c, QUESTION)
        other.invite()
        other.final(200, 20)
        other.ack()
        record(engine, mine, "answered")
        record(engine, "0399996666", "answered")
        engine.kill9()
    # Nothing is in progress now, so the clock would jump to where the lines are free: not without a trunk.
    engine.keys["trunk main"] |= {"uri": f"sip:127.0.0.1:{free_port()}", "register": "yes", "user": "x", "password": "y"}
    engine.run()
    for who in (mine, "0399996666"):
        row = record(engine, who, "unknown")
        assert (row["outcome"], row["note"], row["heard"]) == (90, "open", False)
    attempt, = [a for a in engine.attempts("--run", 1) if a["code"] == 90]
    assert attempt["state"] == "unknown"
    assert engine.target(8)["debts"][0]["result"] == 21
    with ring(engine, mine) as c:
        c.invite()
        c.final(486)
    assert record(engine, mine, "missed", 2)["why"] == "the number is in a call"
    assert engine.osame("status").json["lines_used"] == 2
    answered(engine, "0399995555", GENERAL, "general", "nobody's number")
