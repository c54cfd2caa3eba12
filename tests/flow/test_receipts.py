"""Messages and their receipts over crashes of the engine: submitted and not yet told of, told of late,
twice, out of order, before the gateway's answer. Kannel where time does not matter; a gateway of this
test's own where each answer and receipt has its moment."""
import os
import threading
import urllib.error
import urllib.request
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlparse

import pytest

from tests.support.kannel import Kannel
from tests.support.osamed import Osamed, person, targets
from tests.support.peer import free_port, remove, temporary_folder, wait_until

FILE = "015_202096_taisho_1.csv"
WAVE = ('<wave id="sms" channel="sms" from-day="0" to-day="3" attempts="2" text="reminder">'
        '<window days="all" from="0:00" to="24:00"/><retry outcome="other" after="1 h"/></wave>')
DELIVERED, FAILED, BUFFERED, REJECTED = 1, 2, 4, 16


@pytest.fixture
def folder():
    path = temporary_folder("osame-flow-")
    yield path
    remove(path)


class Gateway:
    """Kannel's sendsms: keeps each submission; answers 202 at once, or when `answer` is set."""

    user, password = "osame", "pw"

    def __init__(self, at_once=True):
        self.submitted = []  # (to, receipt URL)
        self.answer = threading.Event()
        if at_once:
            self.answer.set()
        gateway = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                q = parse_qs(urlparse(self.path).query)
                gateway.submitted.append((q["to"][0], q["dlr-url"][0]))
                gateway.answer.wait(20)
                try:
                    self.send_response(202)
                    self.end_headers()
                    self.wfile.write(b"0: Accepted for delivery")
                except OSError:
                    pass  # the engine was killed meanwhile

            def log_message(self, *_):
                pass
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.sendsms_url = f"http://127.0.0.1:{self.server.server_port}/cgi-bin/sendsms"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def receipt(self, status, n=0):
        """The gateway's receipt for the n-th submission; the answer's code."""
        try:
            with urllib.request.urlopen(self.submitted[n][1].replace("%d", str(status)), timeout=5) as r:
                return r.status
        except urllib.error.HTTPError as e:
            return e.code

    def stop(self):
        self.answer.set()
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def gateway():
    made = Gateway()
    yield made
    made.stop()


def started(folder, gateway, people=1):
    engine = Osamed(folder / "osame", sms=gateway)
    engine.campaign(waves=[WAVE])
    engine.keys["sms"]["receipt_port"] = free_port()  # the same after a restart: receipts come there
    engine.run()
    engine.drop_in(FILE, targets([person(n, "", f"0901234567{n}") for n in range(1, people + 1)]))
    engine.start_run()
    return engine


def results(engine):
    return {row["通知書番号"]: int(row["結果"]) for row in engine.out_rows("kekka")}


def corrections(engine):
    return [(row["通知書番号"], int(row["訂正前結果"]), int(row["訂正後結果"])) for row in engine.out_rows("teisei")]


def test_a_submitted_message_outlives_the_engine(folder):
    """By the real clock, through Kannel: killed between 202 and the receipt; the receipt finds the next
    engine, and nothing was sent twice."""
    if os.geteuid() != 0:
        pytest.skip("by the real clock a second person approves: root only")
    today = datetime.now(timezone(timedelta(hours=9))).date()
    with Kannel(folder / "kannel") as kannel, Osamed(folder / "osame", sms=kannel, rehearsal=False) as engine:
        engine.campaign(waves=[WAVE], start=today - timedelta(1), end=today + timedelta(4), demand=today + timedelta(5))
        engine.keys["sms"]["receipt_port"] = free_port()
        engine.keys["user jiro"] = {"uid": 61002, "name": "次郎", "department": "zeimu", "roles": "manager"}
        engine.run()
        centre = next(box for box in kannel.boxes if box.name == "fakesmsc")
        centre.stop()  # nothing is delivered yet
        engine.drop_in(FILE, targets([person(1, "", "09012345671")]))
        engine.wait_run("draft")
        engine.osame("run", "submit", 1)
        engine.osame("run", "approve", 1, uid=61002)
        engine.osame("run", "start", 1)
        engine.until(lambda: [a for a in engine.attempts() if a["state"] == "submitted"], 10, "it is submitted")
        engine.kill9()
        engine.restart()
        attempt, = engine.attempts()
        assert (attempt["state"], attempt["code"]) == ("submitted", 61), "not unknown: the gateway has it"
        assert engine.osame("status").json["sms_waiting"] == 1
        kannel.restart_centre()
        engine.wait_run("closed")
        engine.wait_delivered()
        assert results(engine) == {"N00001": 60} and corrections(engine) == []
        assert len(kannel.received()) == 1


def test_a_receipt_that_comes_late_is_a_correction(folder, gateway):
    """61 went out after receipt_wait; the receipt comes after two more starts, and then twice more."""
    with started(folder, gateway) as engine:
        engine.wait_run("closed")  # the rehearsal clock jumped over the 30 minutes
        engine.wait_delivered()
        assert results(engine) == {"N00001": 61}
        engine.kill9()
        engine.restart()
        assert gateway.receipt(BUFFERED) in (200, 202, 204)
        assert gateway.receipt(DELIVERED) in (200, 202, 204)
        engine.wait_out("teisei")
        engine.kill9()
        engine.restart()
        for status in (DELIVERED, DELIVERED, BUFFERED):
            assert gateway.receipt(status) in (200, 202, 204)
        engine.until(lambda: engine.attempts()[0]["code"] == 60, 5, "the receipt is on record")
        engine.wait_delivered()
        assert corrections(engine) == [("N00001", 61, 60)], "one correction, however often it is told"
        assert results(engine) == {"N00001": 61}, "what went out stands"
        assert len(gateway.submitted) == 1


def test_receipts_in_every_order(folder, gateway):
    """buffered, delivered, buffered; twice; a receipt that nobody signed changes nothing."""
    with started(folder, gateway, people=3) as engine:
        wait_until(lambda: len(gateway.submitted) == 3, 15, why="three submissions")
        order = {to: n for n, (to, _) in enumerate(gateway.submitted)}
        one, two, three = (order[f"0901234567{n}"] for n in (1, 2, 3))
        forged = gateway.submitted[three][1].replace("?s=", "x?s=")
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(forged.replace("%d", "1"), timeout=5)
        assert refused.value.code == 403
        for n, status in ((one, BUFFERED), (one, DELIVERED), (one, BUFFERED), (one, DELIVERED), (two, FAILED),
                          (two, FAILED), (three, BUFFERED)):
            assert gateway.receipt(status, n) in (200, 202, 204)
        assert gateway.receipt(REJECTED, three) in (200, 202, 204)
        engine.until(lambda: {a["code"] for a in engine.attempts("--person", 100001)} == {60}, 10, "60")
        engine.until(lambda: 63 in {a["code"] for a in engine.attempts("--person", 100002)}, 10, "63")
        engine.until(lambda: 64 in {a["code"] for a in engine.attempts("--person", 100003)}, 10, "64")
        engine.osame("run", "close", 1)
        engine.until(lambda: len(results(engine)) == 3, 20, "all results")
        engine.wait_delivered()
        got = results(engine)
        assert got["N00001"] == 60 and sum(to == "09012345671" for to, _ in gateway.submitted) == 1
        assert {a["attempt"] for a in engine.attempts()} == {int(c["発信番号"]) for c in engine.out_rows("kosho")}


@pytest.mark.parametrize("receipt", [None, DELIVERED])
def test_killed_before_the_gateway_answered(folder, receipt):
    """It may have been sent: 90, and not sent again in its wave. If the receipt comes, it was."""
    gateway = Gateway(at_once=False)
    try:
        with started(folder, gateway) as engine:
            wait_until(lambda: gateway.submitted, 15, why="the submission")
            engine.kill9()
            gateway.answer.set()
            engine.restart()
            attempt, = engine.attempts()
            assert (attempt["state"], attempt["code"]) == ("unknown", 90)
            engine.wait_run("closed")
            engine.wait_delivered()
            assert results(engine) == {"N00001": 90}
            assert len(gateway.submitted) == 1, "never twice, though the wave allows two"
            if receipt:
                assert gateway.receipt(receipt) in (200, 202, 204)
                engine.wait_out("teisei")
                assert corrections(engine) == [("N00001", 90, 60)]
                assert engine.attempts()[0]["state"] == "unknown", "a receipt never changes the state"
    finally:
        gateway.stop()


def test_a_receipt_before_the_gateways_answer(folder):
    gateway = Gateway(at_once=False)
    try:
        with started(folder, gateway) as engine:
            wait_until(lambda: gateway.submitted, 15, why="the submission")
            assert gateway.receipt(DELIVERED) in (200, 202, 204)
            engine.until(lambda: engine.attempts()[0]["code"] == 60, 5, "the receipt is enough")
            gateway.answer.set()
            engine.wait_run("closed")
            engine.wait_delivered()
            assert results(engine) == {"N00001": 60} and corrections(engine) == []
            assert len(gateway.submitted) == 1
    finally:
        gateway.stop()
