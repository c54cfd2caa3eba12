"""The whole engine with Karaden's stand-in, two gateways, money: killed in between, limits, sending again."""
import pytest

from tests.support import karaden as karaden_module
from tests.support.karaden import Karaden
from tests.support.osamed import Osamed, person, targets
from tests.support.peer import free_port, remove, temporary_folder, wait_until

FILE = "015_202096_taisho_1.csv"
WAVE = ('<wave id="sms" channel="sms" from-day="0" to-day="3" attempts="1" text="reminder">'
        '<window days="all" from="0:00" to="24:00"/></wave>')


@pytest.fixture
def folder():
    path = temporary_folder("osame-flow-")
    yield path
    remove(path)


@pytest.fixture
def karaden():
    with Karaden() as stand_in:
        yield stand_in


def engine_of(folder, karaden, people, first=None, start=True, campaign_limit=None, department_limit=None,
              **money):
    """An engine whose gateway is Karaden, after `first` (keys of another one), if there is one."""
    engine = Osamed(folder / "osame")
    engine.campaign(waves=[f'<money limit="{campaign_limit}"/>{WAVE}' if campaign_limit else WAVE])
    if department_limit:
        engine.keys["department zeimu"]["month_limit"] = department_limit
    del engine.keys["gateway kannel"]
    if first:
        engine.keys["gateway first"] = first
    engine.keys["gateway karaden"] = karaden.keys(service=karaden_module.SERVICE, timeout="3 s", poll="100 ms",
                                                  poll_rate=1000)
    engine.keys["department zeimu"]["gateways"] = "first karaden" if first else "karaden"
    if money:
        engine.keys["money"] = money
    engine.run()
    engine.drop_in(FILE, targets([person(n, "", f"0901234567{n}") for n in range(1, people + 1)]))
    if start:
        engine.start_run()
    return engine


def results(engine):
    return {row["通知書番号"]: int(row["結果"]) for row in engine.out_rows("kekka")}


def corrections(engine):
    return [(row["通知書番号"], int(row["訂正前結果"]), int(row["訂正後結果"])) for row in engine.out_rows("teisei")]


def test_a_result_that_comes_late_is_found_after_restarts(folder, karaden):
    with engine_of(folder, karaden, 1) as engine:
        engine.wait_run("closed")  # the rehearsal clock jumped over receipt_wait
        engine.wait_delivered()
        assert results(engine) == {"N00001": 61}
        message, = karaden.messages
        attempt, = engine.attempts()
        assert (attempt["gateway"], attempt["gateway_ref"]) == ("karaden", message["id"])
        engine.kill9()
        karaden.result(message, "received")
        engine.restart()
        engine.wait_out("teisei")
        engine.wait_delivered()
        assert corrections(engine) == [("N00001", 61, 60)]
        engine.kill9()
        asked = karaden.questions(message["id"])
        engine.restart()
        assert karaden.questions(message["id"]) == asked, "what is final is not asked for any more"
        assert len(karaden.messages) == 1


@pytest.mark.parametrize("answer, kept", [("silent-kept", True), ("silent", False)])
def test_killed_before_the_answer(folder, karaden, answer, kept):
    """Asked for by our tag: found, or unknown for good. Never sent again either way."""
    karaden.answer = answer
    with engine_of(folder, karaden, 1) as engine:
        engine.until(lambda: karaden.messages if kept else engine.attempts(), 15, "it is under way")
        engine.kill9()
        karaden.answer = "accept"
        for message in karaden.messages:
            karaden.result(message, "received")
        engine.restart()
        attempt, = engine.attempts()
        assert attempt["state"] == "unknown"
        if kept:
            engine.until(lambda: engine.attempts()[0]["code"] == 60, 20, "it was found")
        else:
            engine.until(lambda: karaden.questions("tag=") >= 2, 20, "it is asked for")
            assert engine.attempts()[0]["code"] == 90
        assert len(karaden.messages) == kept


def test_the_first_gateway_is_down(folder, karaden):
    nobody = {"url": f"http://127.0.0.1:{free_port()}/sendsms"}
    with engine_of(folder, karaden, 2, first=nobody) as engine:
        wait_until(lambda: len(karaden.messages) == 2, 20, why="both went by the second gateway")
        engine.until(lambda: "gateway-first" in [a["alert"] for a in engine.rows("alerts")], 10, "the alert")
        engine.until(lambda: {a["gateway"] for a in engine.attempts()} == {"karaden"}, 10, "recorded")
        assert engine.run_row()["dropped"] == 0, "it is one attempt"


def test_the_guard_stops_at_the_limit_and_a_kill_changes_nothing(folder, karaden):
    """3.30 yen a segment; 8 yen a month are two messages."""
    with engine_of(folder, karaden, 3, segment="3.3", limit="8") as engine:
        engine.until(lambda: engine.run_row()["money_stopped"], 20, "the guard stopped it")
        assert len(karaden.messages) == 2
        rows = {row["scope"]: row for row in engine.rows("money")}
        assert (rows["city"]["spent_yen"], rows["city"]["percent"]) == ("6.60", 82)
        assert rows["campaign"]["segments"] == 2
        assert {"money-city", "money-stop"} <= {a["alert"] for a in engine.rows("alerts")}
        engine.kill9()
        engine.restart()
        assert {r["scope"]: r["spent_yen"] for r in engine.rows("money")}["city"] == "6.60"
        for message in karaden.messages:
            karaden.result(message, "unconnected")
        engine.until(lambda: [a["code"] for a in engine.attempts()].count(62) == 2, 20, "out of area")
        engine.osame("run", "close", 1)
        engine.until(lambda: len(results(engine)) == 3, 20, "all results")
        assert sorted(results(engine).values()) == [62, 62, 87]
        # sending again is held to the limit too
        refused = engine.osame("sms", "resend", 1, "--reason", "届いていないとの電話", check=False)
        assert refused.code != 0 and len(karaden.messages) == 2


@pytest.mark.parametrize("scope, alert", [("department", "money-d-zeimu"), ("campaign", "money-c-saikoku")])
def test_a_department_and_a_campaign_have_limits_of_their_own(folder, karaden, scope, alert):
    with engine_of(folder, karaden, 3, segment="3.3", **{f"{scope}_limit": "8"}) as engine:
        engine.until(lambda: engine.run_row()["money_stopped"], 20, "the guard stopped it")
        engine.until(lambda: len(karaden.messages) == 2, 20, "two messages")
        rows = {row["scope"]: row for row in engine.rows("money")}
        assert {s: (r["spent_yen"], r["limit_yen"], r["percent"]) for s, r in rows.items()} == {
            s: ("6.60", "8.00" if s == scope else "0.00", 82 if s == scope else 0)
            for s in ("city", "department", "campaign")}
        assert {alert, "money-stop"} <= {a["alert"] for a in engine.rows("alerts")}
        shown = engine.osame("status").json
        assert shown["money_city"]["spent_yen"] == shown["money_department"]["spent_yen"] == "6.60"
        engine.osame("run", "close", 1)
        engine.until(lambda: 87 in results(engine).values(), 20, "who was not tried is 87")
        assert len(karaden.messages) == 2


def test_what_is_to_come_becomes_what_was_spent(folder, karaden):
    """By campaign, department and city: 3 people, a segment each at 3.30 yen."""
    def sums(engine):
        return {row["scope"]: (row["to_come_yen"], row["spent_yen"]) for row in engine.rows("money")}
    with engine_of(folder, karaden, 3, segment="3.3", start=False) as engine:
        engine.wait_run("draft")
        assert sums(engine) == dict.fromkeys(("city", "department", "campaign"), ("9.90", "0.00"))
        assert engine.run_row()["forecast_yen"] == "9.90"
        engine.start_run()
        engine.wait_run("closed")
        assert sums(engine) == dict.fromkeys(("city", "department", "campaign"), ("0.00", "9.90"))
        assert {row["spent_yen"] for row in engine.rows("money", "--month", "2027-01")} == {"0.00", "9.90"}, \
            "another month; a campaign's row is all that it ever cost"


def test_staff_send_a_message_again(folder, karaden):
    with engine_of(folder, karaden, 1, segment="3.3") as engine:
        wait_until(lambda: karaden.messages, 20, why="the message")
        karaden.result(karaden.messages[0], "error")
        engine.until(lambda: engine.attempts()[0]["code"] == 63, 20, "it failed")
        engine.wait_run("closed")
        said = engine.osame("sms", "resend", 1, "--reason", "届いていないとの電話").json
        assert said["resend_of"] == 1
        wait_until(lambda: len(karaden.messages) == 2, 20, why="the second")
        karaden.result(karaden.messages[1], "received")
        engine.wait_out("teisei")
        engine.wait_delivered()
        assert corrections(engine) == [("N00001", 63, 60)]
        again = next(a for a in engine.attempts() if a["resend_of"])
        assert again["reason"] == "届いていないとの電話" and again["yen"] == "3.30"
        refused = engine.osame("sms", "resend", again["attempt"], "--reason", "もう一度", check=False)
        assert refused.code != 0 and "it was delivered" in refused.err and len(karaden.messages) == 2
        third = engine.osame("sms", "resend", again["attempt"], "--reason", "消したとの電話", "--anyway").json
        wait_until(lambda: len(karaden.messages) == 3, 20, why="the third, since somebody decided so")
        assert third["resend_of"] == again["attempt"] and karaden.of(third["attempt"])
