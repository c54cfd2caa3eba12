"""Calls that change while they last: session timers (RFC 4028), re-INVITE and UPDATE (RFC 3311), hold."""
import time

import pytest

from tests.flow.test_voice import tone
from tests.support.caller import Caller
from tests.support.peer import free_port, remove, temporary_folder, wait_until
from tests.support.sip_driver import Driver
from tests.support.ua import Ua, direction_of, header

WITH_UPDATE = "Allow: INVITE, ACK, BYE, CANCEL, UPDATE"
WITHOUT = "Allow: INVITE, ACK, BYE, CANCEL"


@pytest.fixture
def folder():
    path = temporary_folder()
    yield path
    remove(path)


def timer(seconds, refresher=None):
    return [f"Session-Expires: {seconds}" + (f";refresher={refresher}" if refresher else ""), "Supported: timer",
            "Require: timer"]


def call(folder, callee, seconds=30.0, **config):
    """A driver with a call under way that would last so long."""
    driver = Driver(folder / "driver", callee.uri, prompt0=tone(folder / "p.ulaw", seconds), min_se_s=1, **config)
    driver.call(7, limit=120000)
    return driver


# ---- refreshes ----

@pytest.mark.parametrize("allow, method", [(WITH_UPDATE, "UPDATE"), (WITHOUT, "re-INVITE")])
def test_a_refresh_that_is_ours(folder, allow, method):
    """By UPDATE if they know it, else by the same INVITE again; the sound goes on, and the call is a usual one."""
    with Ua([allow, *timer(2, "uac")]) as callee, call(folder, callee, 4.5) as driver:
        end = driver.end_of(7, 60)
        driver.stop()
        assert driver.code == 0, driver.tail()
        other = {"UPDATE": "re-INVITE", "re-INVITE": "UPDATE"}[method]
        came = callee.came(method)
        assert (end["code"], end["heard"], end["finished"]) == (10, 1, 1), end
    assert len(came) >= 2 and not callee.came(other)
    for message in came:
        assert header(message, "Session-Expires") == "2;refresher=uac"
        assert ("m=audio" in message) == (method == "re-INVITE"), "an unchanged description, or none"
    if method == "re-INVITE":
        assert direction_of(came[0]) == "sendrecv"
        assert len({header(m, "CSeq") for m in callee.came("ACK")}) == 1 + len(came), "each has its ACK"
    sequence = [n for _, n, _, _ in callee.packets]
    assert [(b - a) % 65536 for a, b in zip(sequence, sequence[1:])] == [1] * (len(sequence) - 1)


@pytest.mark.parametrize("answer, method", [("491 Request Pending", "UPDATE"), ("405 Method Not Allowed", "re-INVITE")])
def test_a_refresh_that_is_refused_is_tried_again(folder, answer, method):
    """Once more the same way; or the other way, where they allow UPDATE and do not know it."""
    with Ua([WITH_UPDATE, *timer(2, "uac")], plan={"UPDATE": [answer]}) as callee:
        with call(folder, callee, 5.0) as driver:
            end = driver.end_of(7, 60)
            wanted = 2 if method == "UPDATE" else 1
        assert len(callee.came(method)) >= wanted
        assert (end["code"], end["finished"]) == (10, 1), end


@pytest.mark.parametrize("allow, method", [(WITH_UPDATE, "UPDATE"), (WITHOUT, "re-INVITE")])
def test_a_refresh_for_a_call_that_they_lost(folder, allow, method):
    """481: they know of no such call. It ends, and the line is free."""
    with Ua([allow, *timer(2, "uac")], plan={method: ["481 Call/Transaction Does Not Exist"]}) as callee:
        with call(folder, callee) as driver:
            end = driver.end_of(7, 30)
    assert end["talk_ms"] < 25000 and end["code"] == 16


def test_a_refresh_that_they_owe_and_do_not_send(folder):
    """Shortly before the session's end we hang up; the reason is said."""
    with Ua([WITH_UPDATE, *timer(3, "uas")]) as callee, call(folder, callee) as driver:
        end = driver.end_of(7, 30)
        assert callee.over.wait(10)
        bye = callee.came("BYE")[0]
    assert "cause=408" in header(bye, "Reason") and end["talk_ms"] < 25000
    assert not callee.came("UPDATE") and not callee.came("re-INVITE")


@pytest.mark.parametrize("method", ["UPDATE", "INVITE"])
def test_a_refresh_that_they_owe_and_send(folder, method):
    with Ua([WITH_UPDATE, *timer(4, "uas")]) as callee, call(folder, callee, 6.0) as driver:
        assert callee.talking.wait(30)
        start = time.monotonic()
        while time.monotonic() < start + 5.5 and not callee.over.is_set():
            answer = callee.ask(method, callee.sdp("sendrecv") if method == "INVITE" else "",
                                ["Supported: timer", "Session-Expires: 4;refresher=uac"])
            assert answer.startswith("SIP/2.0 200"), answer
            assert header(answer, "Session-Expires") == "4;refresher=uac"
            callee.over.wait(1)
        end = driver.end_of(7, 60)
    assert (end["code"], end["finished"]) == (10, 1), end


def test_an_interval_that_is_too_short_for_them(folder):
    """422 with Min-SE: asked again with that, once, as the same attempt."""
    with Ua([WITH_UPDATE, *timer(1800, "uac")], plan={"INVITE": [("422 Session Interval Too Small", ["Min-SE: 1800"])]}
            ) as callee, call(folder, callee, 0.5, session_s=90) as driver:
        end = driver.end_of(7, 30)
        words = driver.words(7)
    first, second = callee.came("INVITE")
    assert header(first, "Session-Expires") == "90" and "timer" in header(first, "Supported")
    assert (header(second, "Session-Expires"), header(second, "Min-SE")) == ("1800", "1800")
    assert header(first, "Call-ID") == header(second, "Call-ID")
    assert end["code"] == 10 and words == ["placed", "answered", "ended"]


def test_422_without_end(folder):
    """Each time more: asked a few times, then the attempt is over."""
    answers = [("422 Session Interval Too Small", [f"Min-SE: {n}"]) for n in range(100, 2000, 100)]
    with Ua(plan={"INVITE": answers}) as callee, call(folder, callee, session_s=90) as driver:
        end = driver.end_of(7, 30)
    assert (end["code"], end["status"]) == (40, 422) and len(callee.came("INVITE")) <= 6


@pytest.mark.parametrize("expires, status", [("30", 422), ("90", 200), ("600;refresher=uas", 200),
                                             ("4294967295", 200), ("nonsense", 400)])
def test_the_interval_of_a_caller(folder, expires, status):
    trunk = free_port()
    with Driver(folder / "driver", f"sip:127.0.0.1:{trunk}", inbound=1, session_s=1800) as driver:
        with Caller(driver.events[0]["id"], "0265001111", ours=trunk,
                    headers=["Supported: timer", f"Session-Expires: {expires}"]) as c:
            c.invite()
            if status == 200:
                ring = driver.wait(lambda e: e["event"] == "inbound")
                driver.say(f"answer {ring['id']} 7 20000 0")
            answer = c.final(status)
            if status == 422:
                assert header(answer, "Min-SE") == "90"
            if status == 200:
                assert "refresher=" + ("uas" if "uas" in expires else "uac") in header(answer, "Session-Expires")
                assert int(header(answer, "Session-Expires").split(";")[0]) <= 1800
                c.ack()
                c.over()
                assert driver.end_of(7)["code"] == 10


def test_a_refresh_of_a_call_that_came_in(folder):
    """Ours, as the caller wished; he knows no UPDATE: so by an INVITE that has a description."""
    trunk = free_port()
    with Driver(folder / "driver", f"sip:127.0.0.1:{trunk}", inbound=1, min_se_s=1,
                prompt0=tone(folder / "p.ulaw", 4.0)) as driver:
        with Caller(driver.events[0]["id"], "0265001111", ours=trunk,
                    headers=[WITHOUT, "Supported: timer", "Session-Expires: 4;refresher=uas"]) as c:
            c.invite()
            driver.say(f"answer {driver.wait(lambda e: e['event'] == 'inbound')['id']} 7 20000 0")
            assert header(c.final(200), "Session-Expires") == "4;refresher=uas"
            c.ack()
            c.over()
            end = driver.end_of(7)
            first = c.reinvites[0]
        assert header(first, "Session-Expires") == "4;refresher=uac" and direction_of(first) == "sendrecv"
        assert "RTP/AVP 0 101" in first and (end["code"], end["finished"]) == (10, 1), end


# ---- hold, another place, another codec ----

def silent(callee, why):
    # what was sent before our answer may still have to be read
    wait_until(lambda: time.monotonic() - callee.packets[-1][0] > 0.5, 10, why=f"silence ({why})")


def goes_on(callee, why="it goes on"):
    at = len(callee.packets)
    wait_until(lambda: len(callee.packets) >= at + 20, 10, why=why)


@pytest.mark.parametrize("way", ["INVITE", "UPDATE"])
def test_hold(folder, way):
    """Every way of it: nothing is sent, the prompt waits, and goes on to its end."""
    with Ua([WITH_UPDATE]) as callee, call(folder, callee, 3.0) as driver:
        goes_on(callee, "it speaks")
        for direction, address, answer in (("sendonly", "127.0.0.1", "recvonly"), ("inactive", "127.0.0.1", "inactive"),
                                           ("sendrecv", "0.0.0.0", "recvonly")):
            callee.address = address
            assert callee.change(way, direction) == (200, answer)
            silent(callee, direction)
            callee.address = "127.0.0.1"
            assert callee.change(way, "sendrecv") == (200, "sendrecv")
            goes_on(callee)
        end = driver.end_of(7, 60)
    assert (end["code"], end["heard"], end["finished"]) == (10, 1, 1), end
    sequence = [n for _, n, _, _ in callee.packets]
    assert [(b - a) % 65536 for a, b in zip(sequence, sequence[1:])] == [1] * (len(sequence) - 1)


@pytest.mark.parametrize("way", ["INVITE", "UPDATE"])
def test_another_place_and_codec(folder, way):
    with Ua([WITH_UPDATE]) as callee, call(folder, callee, 4.0) as driver:
        goes_on(callee, "it speaks")
        callee.move()
        assert callee.change(way, "sendrecv") == (200, "sendrecv")
        goes_on(callee, "at the new port")
        callee.codec = 8
        assert callee.change(way, "sendrecv") == (200, "sendrecv")
        silence = bytes((0xD5,)) * 160  # of A-law; µ-law's is 0xFF
        wait_until(lambda: silence in [p for *_, p in callee.packets], 20, why="A-law")
        assert driver.end_of(7, 60)["code"] == 10


def test_what_cannot_be_changed(folder):
    """Refused, and the call goes on as it was."""
    with Ua([WITH_UPDATE]) as callee, call(folder, callee, 3.0) as driver:
        goes_on(callee, "it speaks")
        for method in ("INVITE", "UPDATE"):
            for body in (callee.sdp("sendrecv").replace("RTP/AVP 0 101", "RTP/AVP 9"), "v=0\r\nnonsense\r\n",
                         callee.sdp("sendrecv").replace("IP4 127.0.0.1\r\nt=", "IP4 255.255.255.255\r\nt=")):
                assert callee.ask(method, body).startswith("SIP/2.0 488"), body
        assert callee.ask("UPDATE").startswith("SIP/2.0 200"), "nothing is asked for, and nothing changes"
        assert callee.ask("REFER", headers=["Refer-To: <sip:0900000000@192.0.2.1>"]).split(" ")[1] in ("405", "603")
        goes_on(callee)
        end = driver.end_of(7, 60)
    assert (end["code"], end["finished"]) == (10, 1), end
