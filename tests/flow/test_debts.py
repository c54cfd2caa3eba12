"""Debts that change, with real peers: a 賦課更正 during a call, a 速報 that is taken back, a withdrawal
and a 支援措置 while it rings, and payments that are too old."""
import os

import pytest

from tests.flow.test_payments import NUMBER, invites, pay, plain, result, spoken
from tests.flow.test_payments import engine_of, folder  # noqa: F401  (fixtures)
from tests.support.osamed import (VOICE, VOICE_NEXT_DAY, VOICE_TWICE, csv_bytes, payment, person, targets)

KEY = ["市区町村コード", "業務ID", "宛名番号", "科目", "調定年度", "賦課年度", "期別", "通知書番号"]


def rings(engine, callee):
    engine.until(lambda: any(text.startswith("SIP/2.0 180") for _, _, text in callee.messages()), 20, "it rings")


def give(engine, name, columns, rows):
    """A file of ours, taken."""
    engine.drop_in(name, csv_bytes(columns, rows))
    return engine.until(lambda: [i for i in engine.rows("intake") if i["name"] == name and i["state"] == "taken"],
                        15, f"{name} is taken")[0]


def key_of(n):
    return {name: value for name, value in payment(n).items() if name in KEY}


def test_reassessed_while_he_listens(engine_of):  # noqa: F811
    """The old amount is not spoken in that call; the next one has the new amount."""
    if os.geteuid() != 0:
        pytest.skip("sipp plays captures by a raw socket: root only")
    engine, callee = engine_of("match_birth", waves=[VOICE_TWICE, VOICE_NEXT_DAY], raw=True)
    engine.until(lambda: any(text.startswith("ACK ") for _, _, text in callee.messages()), 20, "he answers",
                 every=0.01)
    first = plain(spoken(engine))
    assert "10001円" in first, "the prompts of this call were made with it"
    pay(engine, "1", [payment(1, 消込種別="7", 残額="4321")])
    debt, = engine.target(1)["debts"]
    assert (debt["amount"], debt["amount_first"], debt["settled"]) == (4321, 10001, "")
    result(engine)
    calls = engine.attempts()
    assert calls[0]["heard"] is False, "the amount came too late to be said"
    later = plain(spoken(engine))[len(first):]
    assert "10001" not in later
    row, = engine.out_rows("kekka")
    assert row["未納額"] == "4321"


def test_a_preliminary_payment_is_taken_back(engine_of):  # noqa: F811
    engine, callee = engine_of("busy", start=False)
    pay(engine, "1", [payment(1, 消込種別="3")])
    assert engine.target(1)["debts"][0]["settled"] == "preliminary"
    assert engine.target(1)["state"] == "waiting", "it may be taken back"
    engine.kill9()
    engine.restart()
    pay(engine, "2", [payment(1, 消込種別="4")])
    debt, = engine.target(1)["debts"]
    assert (debt["settled"], debt["amount"]) == ("", 10001)
    engine.start_run()
    assert result(engine) == {"N00001": 21}
    assert len(invites(callee)) == 1


def test_withdrawn_while_it_rings(engine_of):  # noqa: F811
    engine, callee = engine_of("no_answer", waves=[VOICE_TWICE, VOICE_NEXT_DAY])
    rings(engine, callee)
    intake = give(engine, "015_202096_torisage_1.csv", [*KEY, "理由"], [key_of(1)])
    assert intake["matched"] == 1
    assert result(engine) == {"N00001": 81}
    assert len(invites(callee)) == 1, "neither the second try nor the second wave"


def test_protected_while_it_rings(engine_of):  # noqa: F811
    """And after a crash, and in the next run: nobody calls this person."""
    engine, callee = engine_of("no_answer", waves=[VOICE_TWICE, VOICE_NEXT_DAY])
    rings(engine, callee)
    row = {"市区町村コード": "202096", "業務ID": "", "宛名番号": "100001", "処理区分": "1", "除外理由": "04"}
    give(engine, "015_202096_jogai_1.csv", [*KEY, "処理区分", "除外理由", "開始日", "終了日"], [row])
    assert result(engine) == {"N00001": 82}
    sent, = engine.out_rows("kekka")
    assert sent["理由名"] == "支援措置"
    assert len(invites(callee)) == 1
    engine.kill9()
    engine.restart()
    engine.drop_in("015_202096_taisho_2.csv", targets([person(1, NUMBER)]))
    engine.start_run(run=2)
    engine.wait_run("closed", run=2)
    engine.wait_delivered()
    assert [r["結果"] for r in engine.out_rows("kekka")] == ["82", "82"]
    assert len(invites(callee)) == 1


def test_payments_that_are_too_old(engine_of):  # noqa: F811
    """No start without them; the next morning nothing starts until newer ones come, then by itself."""
    def keys(engine):
        engine.keys["department zeimu"]["payments_check"] = "business-day"
    engine, callee = engine_of("no_answer", waves=[VOICE, VOICE_NEXT_DAY], start=False, config=keys)
    for verb in ("submit", "approve"):
        engine.osame("run", verb, 1)
    refused = engine.osame("run", "start", 1, check=False)
    assert refused.code == 1 and "2026-12-04 18:00" in refused.err
    engine.drop_in("015_202096_keshikomi_0.csv", csv_bytes(list(payment(1)), []))
    engine.until(lambda: engine.osame("run", "start", 1, check=False).code == 0, 15, "the run starts")
    engine.until(lambda: [a for a in engine.attempts() if a["state"] == "ended"], 40, "the first day's call")
    alert = engine.until(lambda: [a for a in engine.rows("alerts") if a["alert"] == "payments-core"], 40,
                         "the next morning's alert")[0]
    assert "2026-12-07 18:00" in alert["words"]
    assert result(engine) == {"N00001": 20}, "its windows are over"
    assert len(invites(callee)) == 1, "nobody was called the second day"


def test_payments_come_the_next_morning(engine_of):  # noqa: F811
    def keys(engine):
        engine.keys["department zeimu"]["payments_check"] = "age"
    engine, callee = engine_of("no_answer", waves=[VOICE], start=False, config=keys)
    pay(engine, "1", [payment(2)])
    engine.start_run()
    assert result(engine) == {"N00001": 20}
    state, = engine.rows("payments")
    assert state["drop"] == "core" and state["fresh"] is True and state["taken"]
