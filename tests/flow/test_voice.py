"""Calls by the real voice port: sipp as the callee of every kind, kamailio as the trunk with
digest, baresip as the person who listens and presses keys."""
import math
import os
import socket
import subprocess
import threading
import time

import pytest

from tests.support.baresip import Baresip
from tests.support.caller import Caller
from tests.support.kamailio import Kamailio
from tests.support.peer import PATIENCE, free_port, remove, temporary_folder, wait_until
from tests.support.sip_driver import BUILD, Driver
from tests.support.sipp import Sipp

ACCOUNTS = {"osame": "correct-horse", "0265784111": "pw-person"}


@pytest.fixture
def folder():
    path = temporary_folder()
    yield path
    remove(path)


def ulaw(sample):
    """G.711 µ-law of one 16-bit sample."""
    sign = 0x80 if sample < 0 else 0
    magnitude = min(abs(sample), 32635) + 0x84
    exponent = magnitude.bit_length() - 8
    return ~(sign | exponent << 4 | magnitude >> (exponent + 3) & 0x0F) & 0xFF


def tone(path, seconds, hertz=440.0, level=8000):
    path.write_bytes(bytes(ulaw(int(level * math.sin(2 * math.pi * hertz * i / 8000)))
                           for i in range(int(8000 * seconds))))
    return path


def end_with(folder, scenario, status=None, ring=1500, limit=20000, keys=0, prompts=None, raw=False,
             **config):
    """One call to a sipp callee: (its last event, its events' names, the callee, the driver)."""
    with Sipp(folder / "callee", scenario, status=status, raw=raw) as callee:
        callee.run()
        with Driver(folder / "driver", callee.uri, **(prompts or {}), **config) as driver:
            driver.call(7, ring=ring, limit=limit, keys=keys)
            end = driver.end_of(7)
            time.sleep(0.1)
            words = driver.words(7)
            driver.stop()
            assert driver.code == 0, driver.tail()
        return end, words, callee.messages(), driver


def first_lines(messages, way):
    return [text.split("\r\n")[0].split("\n")[0] for _, direction, text in messages
            if direction == way]


FINALS = [  # scenario, status, outcome, Q.850 cause
    ("busy", 486, 21, 17),
    ("dead_number", 404, 30, 1),
    ("decline", 603, 23, 0),
    ("unavailable", 480, 22, 20),
    ("overload", 503, 41, 34),
    ("redirect", 302, 40, 0),
]


@pytest.mark.parametrize("scenario, status, outcome, cause", FINALS)
def test_final_answers(folder, scenario, status, outcome, cause):
    end, words, messages, _ = end_with(folder, scenario)
    assert (end["code"], end["status"], end["cause"], end["local"]) == (outcome, status, cause, 0)
    assert words == ["placed", "ended"]
    invites = [line for line in first_lines(messages, "in") if line.startswith("INVITE")]
    assert len(invites) == 1, "neither a redirection nor Retry-After is followed"


@pytest.mark.parametrize("status, outcome", [(410, 30), (484, 30), (600, 21), (604, 30), (403, 40),
                                             (500, 40), (480, 20), (488, 40), (699, 40)])
def test_bare_status(folder, status, outcome):
    end, _, _, _ = end_with(folder, "status", status=status)
    assert (end["code"], end["status"], end["local"]) == (outcome, status, 0)


def test_listens_to_the_end(folder):
    end, words, messages, _ = end_with(folder, "listen")
    assert words == ["placed", "answered", "ended"]
    assert end["code"] == 10 and end["by_us"] == 1 and end["heard"] == 1
    invite = next(text for _, way, text in messages if way == "in" and text.startswith("INVITE"))
    assert "Call-ID: 7.1@127.0.0.1" in invite
    assert "From: <sip:0265001111@ina.example>" in invite
    assert "P-Preferred-Identity: <sip:0265001111@ina.example>" in invite
    assert "To: <sip:0265784111@ina.example>" in invite
    assert invite.startswith("INVITE sip:0265784111@ina.example SIP/2.0")
    assert "RTP/AVP 0 8 101" in invite
    assert any(line.startswith("BYE") for line in first_lines(messages, "in"))


def test_the_caller_is_the_same_on_every_retry(folder):
    with Sipp(folder / "callee", "busy") as callee:
        callee.run()
        with Driver(folder / "driver", callee.uri) as driver:
            for attempt in (1, 2, 3):
                driver.call(attempt)
                driver.end_of(attempt)
        invites = [text for _, way, text in callee.messages()
                   if way == "in" and text.startswith("INVITE")]
    assert len(invites) == 3
    assert all("From: <sip:0265001111@ina.example>;" in text for text in invites)


def test_hang_up_in_the_middle(folder):
    long = {"prompt0": tone(folder / "short.ulaw", 0.4), "prompt1": tone(folder / "p.ulaw", 6)}
    end, words, _, _ = end_with(folder, "hang_up", keys=1, prompts=long)
    assert (end["code"], end["by_us"], end["opened"]) == (11, 0, 1)
    assert words == ["placed", "answered", "ended"]


def test_hang_up_during_the_first_words(folder):
    end, _, _, _ = end_with(folder, "hang_up_at_once",
                            prompts={"prompt0": tone(folder / "p.ulaw", 3)})
    assert (end["code"], end["by_us"], end["opened"]) == (16, 0, 0)


def test_ring_time_out(folder):
    end, words, messages, _ = end_with(folder, "no_answer", ring=700)
    assert (end["code"], end["status"], end["by_us"]) == (20, 487, 1)
    assert words == ["placed", "ended"]
    assert 650 <= end["ring_ms"] < 1400
    assert any(line.startswith("CANCEL") for line in first_lines(messages, "in"))


def test_the_hard_limit_counts_from_the_invite(folder):
    end, _, messages, _ = end_with(folder, "listen", limit=1500,
                                   prompts={"prompt0": tone(folder / "p.ulaw", 30)})
    assert (end["code"], end["by_us"]) == (16, 1)
    assert 1300 <= end["ring_ms"] + end["talk_ms"] < 2200
    assert any(line.startswith("BYE") for line in first_lines(messages, "in"))


def test_the_answer_crosses_our_cancel(folder):
    end, words, messages, _ = end_with(folder, "cancel_crossing", ring=600)
    assert (end["code"], end["by_us"]) == (20, 1)
    assert words == ["placed", "ended"], "nobody heard anything"
    got = first_lines(messages, "in")
    assert any(line.startswith("ACK") for line in got) and any(l.startswith("BYE") for l in got)


def test_both_hang_up_at_once(folder):
    end, words, _, _ = end_with(folder, "bye_crossing")
    assert end["code"] == 10 and words == ["placed", "answered", "ended"]


def test_a_peer_that_never_answers_bye(folder):
    end, words, _, _ = end_with(folder, "never_bye", hangup_wait_ms=600)
    assert end["code"] == 10 and end["talk_ms"] < 2500
    assert words == ["placed", "answered", "ended"]


def test_a_peer_that_never_ends_a_cancelled_call(folder):
    end, _, _, _ = end_with(folder, "never_487", ring=500, hangup_wait_ms=600)
    assert (end["code"], end["status"]) == (20, 0)
    assert end["ring_ms"] < 2000


def test_a_trunk_that_is_silent_is_a_fault_of_the_line(folder):
    end, _, _, _ = end_with(folder, "silent", ring=700, hangup_wait_ms=500)
    assert end["code"] == 40


def test_a_trunk_that_is_not_there(folder):
    with Driver(folder / "driver", f"sip:127.0.0.1:{free_port()};transport=tcp") as driver:
        driver.call(7)
        end = driver.end_of(7)
    assert (end["code"], end["local"]) == (40, 1)


def test_a_second_challenge_ends_the_call(folder):
    end, _, messages, _ = end_with(folder, "always_challenge", user="osame", password="x")
    assert (end["code"], end["status"]) == (40, 407)
    invites = [line for line in first_lines(messages, "in") if line.startswith("INVITE")]
    assert len(invites) == 2, "one answer to a challenge, not more"


REFUSED = [
    ("010441234567", "0265001111", "call", "the number is not in the allow table"),
    ("0990123456", "0265001111", "call", "the number is not in the allow table"),
    ("110", "0265001111", "call", "the number is not in the allow table"),
    ("0265784111@x", "0265001111", "call", "the number is not in the allow table"),
    ("+81265784111", "0265001111", "call", "the number is not in the allow table"),
    ("0265784111", "02650011>1", "call", "the caller number is not digits"),
    ("0265784111", "0265001111", "stale", "the prompts are of an older state of the debts"),
]


def test_what_must_not_be_dialled_is_dropped(folder):
    with Sipp(folder / "callee", "busy") as callee:
        callee.run()
        with Driver(folder / "driver", callee.uri, lines=2) as driver:
            for n, (number, caller, word, why) in enumerate(REFUSED, 1):
                driver.call(n, number, caller, word=word)
                event = driver.wait(lambda e, n=n: e.get("id") == n)
                assert event["event"] == "dropped" and event["why"] == f"why={why}" or \
                    event["why"] == why, event
        assert callee.messages() == [], "nothing was sent"


def test_recall(folder):
    """Before the INVITE: dropped, and nothing sent. After: too late, and the scenario is told."""
    with Sipp(folder / "callee", "late_answer") as callee:
        callee.run()
        with Driver(folder / "driver", callee.uri, lines=2) as driver:
            driver.call(1, ring=8000)
            driver.wait(lambda e: e["event"] == "placed")
            driver.say("recall 1")
            driver.wait(lambda e: e["event"] == "too_late" and e["id"] == 1)
            driver.say("recall 99")
            driver.wait(lambda e: e["event"] == "too_late" and e["id"] == 99)
            assert driver.end_of(1)["stale"] == 1


def test_hang_up_by_order(folder):
    with Sipp(folder / "callee", "listen") as callee:
        callee.run()
        with Driver(folder / "driver", callee.uri,
                    prompt0=tone(folder / "p.ulaw", 20)) as driver:
            driver.call(1)
            driver.wait(lambda e: e["event"] == "answered")
            driver.say("hangup 1")
            end = driver.end_of(1, 3)
            assert (end["code"], end["by_us"]) == (16, 1)


def test_more_intents_than_lines(folder):
    with Sipp(folder / "callee", "listen") as callee:
        callee.run()
        with Driver(folder / "driver", callee.uri, lines=2) as driver:
            for n in (1, 2, 3):
                driver.call(n)
            dropped = driver.wait(lambda e: e["event"] == "dropped")
            assert dropped["id"] == 3 and "no line free" in dropped["why"]
            for n in (1, 2):
                assert driver.end_of(n)["code"] == 10


def test_outcomes_wait_while_the_engine_takes_none(folder):
    """A mailbox of one, and an engine that sleeps: every event comes, in order."""
    with Sipp(folder / "callee", "busy") as callee:
        callee.run()
        with Driver(folder / "driver", callee.uri, lines=8, box=1) as driver:
            driver.wait(lambda e: e["event"] == "trunk")
            for n in range(1, 9):
                driver.call(n)
            driver.say("deaf 1500")
            for n in range(1, 9):
                assert driver.end_of(n)["code"] == 21
                assert driver.words(n) == ["placed", "ended"]


def test_stop_ends_calls_in_progress(folder):
    with Sipp(folder / "callee", "listen") as callee:
        callee.run()
        with Driver(folder / "driver", callee.uri,
                    prompt0=tone(folder / "p.ulaw", 20)) as driver:
            driver.call(1)
            driver.wait(lambda e: e["event"] == "answered")
            start = time.monotonic()
            driver.stop()
            assert driver.code == 0 and time.monotonic() - start < 15  # not the 20 s of the prompt
            assert driver.words(1) == ["placed", "answered", "ended"]
        assert any(line.startswith("BYE") for line in first_lines(callee.messages(), "in"))


def can_play_captures():
    return os.geteuid() == 0


@pytest.mark.skipif(not can_play_captures(), reason="sipp plays captures by a raw socket: root only")
@pytest.mark.parametrize("scenario, keys", [("press_all", "123456789*0#"), ("press_twice", "55")])
def test_keys_of_a_real_telephone(folder, scenario, keys):
    end, _, _, _ = end_with(folder, scenario, keys=len(keys), raw=True)
    assert end["keys"] == keys and end["code"] == 10


# ---- the trunk ----

def test_registration_and_a_person(folder):
    """Digest at REGISTER and INVITE; the prompt as it was heard, packet by packet; keys."""
    sound = tone(folder / "p.ulaw", 2.0)
    with Kamailio(folder / "trunk", ACCOUNTS) as trunk:
        trunk.run()
        with Baresip(folder / "person", "0265784111", "pw-person", trunk.port,
                     keys=[(2.6, "1"), (2.9, "2"), (3.2, "0"), (3.5, "5")]) as person:
            person.run()
            with Driver(folder / "driver", trunk.uri, user="osame", password=ACCOUNTS["osame"],
                        register=1, prompt0=sound) as driver:
                driver.wait(lambda e: e["event"] == "trunk" and e["up"] == 1)
                driver.call(42, keys=4)
                end = driver.end_of(42)
                driver.stop()
            wait_until(lambda: person.count("CALL_CLOSED"), 3)
        heard = person.recordings()
        lines = trunk.lines()
    assert (end["code"], end["keys"]) == (10, "1205")
    assert any(e["callid"] == "42.1@127.0.0.1" and e["method"] == "INVITE" and e["status"] == 200
               for e in lines)
    assert sum(1 for e in lines if e["method"] == "REGISTER" and e["from"] == "osame") >= 3, \
        "challenge, answer, and the farewell"
    check_heard(heard[0][1], seconds=2.0, level=8000)


def check_heard(samples, seconds, level, missing=8):
    """Length, level and gaps of a 440 Hz tone in what was recorded; `missing`: so many frames of 10 ms at most."""
    frames = [samples[i:i + 80] for i in range(0, len(samples) - 80, 80)]  # 10 ms
    loud = [max(abs(s) for s in frame) > level // 2 for frame in frames]
    first = loud.index(True)
    count = int(seconds * 100)
    body = loud[first:first + count]
    assert len(body) == count and sum(body) >= count - missing, f"{sum(body)} of {count} frames"
    gap = longest = 0
    for value in body:
        gap = 0 if value else gap + 1
        longest = max(longest, gap)
    assert longest * 10 <= 40, f"a gap of {longest * 10} ms"
    middle = samples[(first + 10) * 80:(first + count - 20) * 80]
    rms = math.sqrt(sum(s * s for s in middle) / len(middle))
    assert abs(20 * math.log10(rms / (level / math.sqrt(2)))) < 1.0, f"rms {rms}"


def test_a_wrong_password_leaves_the_trunk_down(folder):
    with Kamailio(folder / "trunk", ACCOUNTS) as trunk:
        trunk.run()
        with Driver(folder / "driver", trunk.uri, user="osame", password="wrong",
                    register=1) as driver:
            driver.wait(lambda e: e["event"] == "trunk" and e["up"] == 0 and e["status"] == 401)
            driver.call(1)
            event = driver.wait(lambda e: e["event"] == "dropped")
            assert "not registered" in event["why"]
            time.sleep(1.5)
        registers = [e for e in trunk.lines() if e["method"] == "REGISTER"]
        assert 2 <= len(registers) <= 6, "one answer a try, and growing waits between tries"
        assert not [e for e in trunk.lines() if e["method"] == "INVITE"]
        assert "wrong" not in driver.tail(100), "no password in the log"


def test_registration_is_refreshed_and_comes_back(folder):
    """The trunk dies and comes back; a short registration is refreshed meanwhile."""
    trunk = Kamailio(folder / "trunk", ACCOUNTS, min_expires=1)
    with trunk:
        trunk.run()
        with Driver(folder / "driver", trunk.uri + ";transport=tcp", user="osame",
                    password=ACCOUNTS["osame"], register=1, register_s=4) as driver:
            driver.wait(lambda e: e["event"] == "trunk" and e["up"] == 1)
            seen = len(trunk.lines())
            wait_until(lambda: len(trunk.lines()) > seen, 6, why="a refresh")
            trunk.stop()
            driver.wait(lambda e: e["event"] == "trunk" and e["up"] == 0 and e["status"] > 400, 10)
            trunk.run(port=trunk.port)
            down = len([e for e in driver.events if e["event"] == "trunk"])
            wait_until(lambda: driver.read() or
                       [e for e in driver.events if e["event"] == "trunk"][down:], 12)
            assert [e for e in driver.events if e["event"] == "trunk"][-1]["up"] == 1


def test_the_contract_on_the_real_port(folder):
    """The same contract as the fake's, through the trunk."""
    with Sipp(folder / "a", "listen") as listens, Sipp(folder / "b", "busy") as busy, \
            Sipp(folder / "c", "no_answer") as never, \
            Kamailio(folder / "trunk", {"osame": "pw"}) as trunk:
        for callee in (listens, busy, never):
            callee.run()
        trunk.routes = {"0265784111": listens.uri, "0265784112": busy.uri,
                        "0265784113": never.uri}
        trunk.run()
        driver = subprocess.Popen(
            [f"{BUILD}/tests/flow/voice_contract_driver", trunk.uri, "osame", "pw", "0265784111",
             "0265784112", "0265784113"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        said = ring_as_asked(driver)
    assert driver.returncode == 0, said


def ring_as_asked(driver):
    """Does what the driver's lines ask for, until it ends; the other lines."""
    callers, others = [], []
    watch = threading.Timer(120 * PATIENCE, driver.kill)
    watch.start()
    try:
        for line in driver.stdout:
            what, _, port = line.strip().partition(" ")
            if what == "ring":
                c = Caller(int(port), "0265001111", number="0265784199", acks=True).__enter__()
                callers.append(c)
                c.invite()
                wait_until(lambda: any(s > 100 for s, _ in c.answers), 10, why="180, or a refusal")
            elif what == "gives-up":
                callers[-1].cancel()
            else:
                others.append(line)
                continue
            driver.stdin.write("done\n")
            driver.stdin.flush()
        driver.wait()
    finally:
        watch.cancel()
        driver.kill()
        for c in callers:
            c.__exit__()
    return "".join(others)


# ---- what comes in ----

def raw_request(port, method, extra="", body=""):
    """One SIP request by hand; the final answer's first line."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.bind(("127.0.0.1", 0))
        s.settimeout(3)
        ours = s.getsockname()[1]
        s.sendto((f"{method} sip:osame@127.0.0.1:{port} SIP/2.0\r\n"
                  f"Via: SIP/2.0/UDP 127.0.0.1:{ours};branch=z9hG4bK{ours}{method}\r\n"
                  f"From: <sip:x@127.0.0.1:{ours}>;tag=1\r\nTo: <sip:osame@127.0.0.1:{port}>\r\n"
                  f"Call-ID: in-{ours}\r\nCSeq: 1 {method}\r\nMax-Forwards: 70\r\n"
                  f"Contact: <sip:x@127.0.0.1:{ours}>\r\n{extra}"
                  f"Content-Length: {len(body)}\r\n\r\n{body}").encode(), ("127.0.0.1", port))
        while True:
            line = s.recv(8192).decode(errors="replace").split("\r\n")[0]
            if not line.startswith("SIP/2.0 1"):
                return line


def test_what_comes_in_is_refused(folder):
    with Driver(folder / "driver", f"sip:127.0.0.1:{free_port()}") as driver:
        port = driver.events[0]["id"]
        assert raw_request(port, "INVITE").startswith("SIP/2.0 486")
        assert raw_request(port, "INVITE", "Replaces: a;to-tag=b;from-tag=c\r\n"
                           "Require: replaces\r\n").startswith("SIP/2.0 4")
        assert raw_request(port, "REFER", "Refer-To: <sip:0900000000@192.0.2.1>\r\n").startswith(
            "SIP/2.0 405")
        assert raw_request(port, "MESSAGE").startswith("SIP/2.0 405")
        assert raw_request(port, "OPTIONS").startswith("SIP/2.0 200")
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            for junk in (b"\0" * 200, b"INVITE\r\n\r\n", os.urandom(1400)):
                s.sendto(junk, ("127.0.0.1", port))
        assert raw_request(port, "OPTIONS").startswith("SIP/2.0 200"), "still there"
        driver.stop()
        assert driver.code == 0


@pytest.mark.parametrize("config", [
    {"bind": "nowhere"}, {"trunk": "tel:1"}, {"domain": "a b"}, {"domain": 'x">'}, {"lines": 0},
    {"hangup_wait_ms": 0}, {"register": 1, "user": ""}, {"user": "a:b"},
    {"media_from": 20001, "media_to": 20100}, {"media_from": 20000, "media_to": 20002}])
def test_a_wrong_set_up_does_not_start(folder, config):
    values = {"trunk": "sip:127.0.0.1:5060", **config}
    driver = Driver(folder / "driver", values.pop("trunk"), **values)
    assert driver.events[0]["event"] == "start", config
    driver.stop()
