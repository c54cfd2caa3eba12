"""Payments at every moment: before a call, while it rings, while the person listens, after the result.
A paid debt is not called about, and an old amount is never spoken.

What is spoken is read from a trace of the synthesiser: a program of this test stands before Open JTalk
and keeps each text that it was asked to read."""
import os
import re
import time

import pytest

from tests.support.osamed import VOICE, VOICE_NEXT_DAY, VOICE_TWICE, Osamed, payment, payments, person, targets
from tests.support.peer import remove, temporary_folder
from tests.support.sipp import Sipp

FILE = "015_202096_taisho_1.csv"
NUMBER = "0265784101"

TRACE = """\
#!/usr/bin/python3
import os, sys
text = sys.stdin.buffer.read()
fd = os.open({log!r}, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
os.write(fd, text.strip() + b"\\n")
r, w = os.pipe()
os.write(w, text)
os.close(w)
os.dup2(r, 0)
os.execv("/usr/bin/open_jtalk", sys.argv)
""".replace("/usr/bin/open_jtalk", os.environ.get("OSAME_OPEN_JTALK", "/usr/bin/open_jtalk"))


@pytest.fixture
def folder():
    path = temporary_folder("osame-flow-")
    yield path
    remove(path)


@pytest.fixture
def engine_of(folder):
    """engine_of(callee's scenario, waves) -> (engine, callee), running."""
    made = []

    def make(callee, waves=(VOICE,), rows=(), raw=False, start=True, specs=None, clock="2026-12-07 08:00",
             scenario="short", config=None):
        callee = Sipp(folder / "callee", callee, raw=raw)
        made.append(callee)
        callee.run()
        engine = Osamed(folder / "osame", trunk=callee.uri, start=clock)
        made.append(engine)
        program = engine.folder / "open_jtalk"
        program.write_text(TRACE.format(log=str(engine.folder / "spoken")))
        program.chmod(0o755)
        engine.keys["speech"] = {"program": program}
        if config:
            config(engine)
        engine.campaign(waves=waves, scenario=scenario)
        if specs:
            specs(engine.specs)
        engine.run()
        engine.drop_in(FILE, targets(list(rows) or [person(1, NUMBER)]))
        engine.wait_run("draft")
        if start:
            engine.start_run()
        return engine, callee
    yield make
    failed = None
    for peer in reversed(made):
        try:
            peer.stop()
        except AssertionError as e:
            failed = e
    if failed:
        raise failed


def spoken(engine):
    path = engine.folder / "spoken"
    return path.read_text() if path.exists() else ""


def plain(text):
    return re.sub(r"[,，]", "", text.translate(str.maketrans("０１２３４５６７８９", "0123456789")))


def pay(engine, name, rows):
    name = f"015_202096_keshikomi_{name}.csv"
    engine.drop_in(name, payments(rows))
    return engine.until(lambda: [i for i in engine.rows("intake") if i["name"] == name and i["state"] == "taken"],
                        15, "the payments are taken")[0]


def invites(callee):
    return {re.search(r"^Call-ID: *(\S+)", text, re.M)[1] for _, way, text in callee.messages()
            if way == "in" and text.startswith("INVITE ")}


def result(engine):
    engine.wait_run("closed")
    engine.wait_delivered()
    return {row["通知書番号"]: int(row["結果"]) for row in engine.out_rows("kekka")}


def test_paid_before_dialling(engine_of):
    engine, callee = engine_of("busy", rows=[person(1, NUMBER), person(2, "0265784102")], start=False)
    intake = pay(engine, "1", [payment(1)])
    assert (intake["taken"], intake["matched"]) == (1, 1)
    engine.start_run()
    assert result(engine) == {"N00001": 80, "N00002": 21}
    assert len(invites(callee)) == 1, "only the other one"
    assert engine.attempts()[0]["person"] == "100002"


def test_a_part_changes_what_is_spoken(engine_of):
    """Prompts were made with the old amount already; they are made again."""
    if os.geteuid() != 0:
        pytest.skip("sipp plays captures by a raw socket: root only")
    engine, callee = engine_of("match_birth", waves=[VOICE], raw=True, rows=[person(1, NUMBER)], start=False)
    pay(engine, "1", [payment(1, rest=4321)])
    debt, = engine.target(1)["debts"]
    assert (debt["amount"], debt["amount_first"]) == (4321, 10001)
    engine.start_run()
    assert result(engine) == {"N00001": 10}
    assert len(invites(callee)) == 1
    texts = plain(spoken(engine))
    assert "4321円" in texts and "10001" not in texts, "nobody ever read the old amount aloud"
    row, = engine.out_rows("kekka")
    assert row["未納額"] == "4321" and "heard" in row["回答"]


def test_a_part_between_two_calls(engine_of):
    """The prompts of the first call hold the old amount; those of the second are made anew. The payments
    come while the first call still rings, so that the rehearsal clock cannot be faster."""
    engine, callee = engine_of("no_answer", waves=[VOICE_TWICE])
    engine.until(lambda: any(text.startswith("SIP/2.0 180") for _, _, text in callee.messages()), 20, "it rings")
    first = plain(spoken(engine))
    assert "10001円" in first
    pay(engine, "1", [payment(1, rest=4321)])
    assert result(engine) == {"N00001": 20}
    later = plain(spoken(engine))[len(first):]
    assert "4321円" in later and "10001" not in later
    assert len(invites(callee)) == 2


def test_paid_while_it_rings(engine_of):
    """The recall comes too late: the call goes on, nothing more follows it, and the result says 80."""
    engine, callee = engine_of("no_answer", waves=[VOICE_TWICE, VOICE_NEXT_DAY])
    engine.until(lambda: any(text.startswith("SIP/2.0 180") for _, _, text in callee.messages()), 20, "it rings")
    pay(engine, "1", [payment(1)])
    assert engine.target(1)["debts"][0]["settled"] == "paid"
    assert result(engine) == {"N00001": 80}
    assert len(invites(callee)) == 1, "neither the second try nor the second wave"
    attempt, = engine.attempts()
    assert attempt["code"] == 20


def test_paid_while_he_listens(engine_of):
    """He matches his birthday, but the payment was faster: the amount must not be spoken any more."""
    if os.geteuid() != 0:
        pytest.skip("sipp plays captures by a raw socket: root only")
    engine, callee = engine_of("match_birth", waves=[VOICE_TWICE, VOICE_NEXT_DAY], raw=True)
    engine.until(lambda: any(text.startswith("ACK ") for _, _, text in callee.messages()), 20, "he answers",
                 every=0.01)
    pay(engine, "1", [payment(1)])
    assert not [a for a in engine.attempts() if a["state"] == "ended"], "paid during the call"
    # 途中切断 comes before 納付済み in the order of results; he is not called again.
    assert result(engine) == {"N00001": 11}
    attempt, = engine.attempts()
    assert (attempt["heard"], attempt["reached"]) == (False, "照合一致"), attempt
    assert len(invites(callee)) == 1


def test_payments_being_read_hold_back_new_calls(engine_of):
    """A big payments file in an open window: while it is read nobody new is called, and its last rows
    count. Prompts are ready long before."""
    many = 400000
    engine, callee = engine_of("busy", rows=[person(n, f"02657841{n:02d}") for n in range(1, 5)], start=False,
                               clock="2026-12-07 10:00", scenario="quick")
    for verb in ("submit", "approve"):
        engine.osame("run", verb, 1)
    head, *last = payments([payment(n) for n in range(1, 4)]).splitlines(keepends=True)
    strangers = [b'"202096","015","9%06d","002","2026","2026","3","N%05d","1","0"\r\n' % (n, n) for n in range(many)]
    engine.drop_in("015_202096_keshikomi_1.csv", b"".join([head, *strangers, *last]))

    def reading():
        return [i for i in engine.rows("intake") if "keshikomi" in i["name"] and i["state"] in ("received", "checked")]
    engine.until(reading, 15, "the payments are being read", every=0.001)
    engine.osame("run", "start", 1)
    assert reading(), "the run was started in time; if not, the file is too small for this machine"
    assert result(engine) == {"N00001": 80, "N00002": 80, "N00003": 80, "N00004": 21}
    assert len(invites(callee)) == 1
    attempt, = engine.attempts()
    assert attempt["person"] == "100004"


def test_a_payment_that_matches_several_holds_them(engine_of):
    """A core system whose payments have no 通知書番号: nobody can say which of two debts was paid."""
    def loose(specs):
        text = (specs / "layouts" / "payments.xml").read_text()
        for old, new in (('id="payments"', 'id="payments-loose"'), ("_keshikomi_", "_loose_"),
                         ('id="00020080" type="X" length="20" required="yes"', 'id="00020080" type="X" length="20"')):
            assert old in text
            text = text.replace(old, new)
        (specs / "layouts" / "payments-loose.xml").write_text(text)
    engine, callee = engine_of("busy", start=False, specs=loose, rows=[
        person(1, NUMBER), person(1, NUMBER, 通知書番号="N00011"), person(2, "0265784102")])
    name = "015_202096_loose_1.csv"
    engine.drop_in(name, payments([payment(1, 通知書番号=""), payment(2, 通知書番号="")]))
    errors = engine.until(lambda: engine.out_rows("error"), 10, "the errors file")
    assert [(e["行番号"], e["エラーコード"], e["ファイル名"]) for e in errors] == [("1", "E0004", name)]
    assert "保留" in errors[0]["内容"]
    assert [d["settled"] for d in engine.target(1)["debts"]] == ["held", "held"]
    assert [d["settled"] for d in engine.target(2)["debts"]] == ["paid"], "one match is one match"
    assert result(engine) == {"N00001": 88, "N00011": 88, "N00002": 80}, "nobody is left to be called"
    assert not invites(callee)


def test_paid_after_the_result_went_out(engine_of):
    engine, _ = engine_of("busy")
    assert result(engine) == {"N00001": 21}
    for n in (1, 2):  # twice: the second file brings nothing new
        pay(engine, str(n), [payment(1)])
    engine.wait_out("teisei")
    time.sleep(0.3)
    engine.wait_delivered()
    row, = engine.out_rows("teisei")
    assert (row["通知書番号"], row["訂正前結果"], row["訂正後結果"], row["整理番号"]) == ("N00001", "21", "80", "S1")
    assert len(engine.out_rows("kekka")) == 1, "what went out stands"


def test_a_row_that_cannot_be_read_stops_the_call(engine_of):
    """Whom it names is clear, what was paid is not: he is not called on the old amount. The row sent again corrects
    what was reported."""
    engine, _ = engine_of("busy", rows=[person(1, NUMBER), person(2, "0265784102")], start=False)
    engine.drop_in("015_202096_keshikomi_1.csv", payments([payment(1, "五千円")]))
    engine.wait_taken("015_202096_keshikomi_1.csv")
    engine.start_run()
    engine.wait_run("closed", seconds=60)
    assert {a["person"] for a in engine.attempts()} == {"100002"}
    engine.wait_delivered()
    assert {r["通知書番号"]: r["結果"] for r in engine.out_rows("kekka")} == {"N00001": "88", "N00002": "21"}
    wrong, = engine.out_rows("error")
    assert "残額" in wrong.values() and "E0002" in wrong.values(), wrong
    engine.drop_in("015_202096_keshikomi_2.csv", payments([payment(1, "5000")]))
    row, = engine.wait_out("teisei", seconds=60)[-1].rows
    said = row["通知書番号"], row["訂正前結果"], row["訂正後結果"], row["未納額"]
    assert said == ("N00001", "88", "88", "5000"), row
