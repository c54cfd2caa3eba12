"""Several trunks: which one takes a call, when a call may go by another, limits, rests, keep-alive."""
import socket
import time

import pytest

from tests.support.kamailio import Kamailio
from tests.support.peer import free_port, remove, temporary_folder, wait_until
from tests.support.sip_driver import Driver
from tests.support.sipp import Sipp

ACCOUNTS = {"osame": "correct-horse"}


@pytest.fixture
def folder():
    path = temporary_folder()
    yield path
    remove(path)


def invites(callee):
    return [text for _, way, text in callee.messages() if way == "in" and text.startswith("INVITE")]


def call_ids(callee):
    return [line.split(": ", 1)[1].strip() for text in invites(callee) for line in text.split("\n")
            if line.startswith("Call-ID")]


class Two:
    """Two sipp callees, as two trunks; the first has the lower priority number."""

    def __init__(self, folder, first, second, status=None, **config):
        self.folder, self.config = folder, config
        self.a = Sipp(folder / "a", first, status=status) if first else None
        self.b = Sipp(folder / "b", second)

    def __enter__(self):
        for callee in (self.a, self.b):
            if callee:
                callee.run()
        uri = self.config.pop("uri", None) or self.a.uri
        more = [{"uri": self.b.uri, "priority": 20} | self.config.pop("other", {})]
        self.driver = Driver(self.folder / "driver", uri, more=more, priority=10, **self.config)
        return self

    def __exit__(self, *_):
        for peer in (self.driver, self.b, self.a):
            if peer:
                peer.stop()

    def call(self, attempt=7, **how):
        self.driver.call(attempt, **how)
        return self.driver.end_of(attempt)


# ---- within one attempt ----

def test_a_trunk_without_a_circuit(folder):
    """503 and nothing before it: the same attempt goes by the next trunk, with another Call-ID."""
    with Two(folder, "overload", "listen") as two:
        end = two.call()
        assert (end["code"], end["status"]) == (10, 200)
        assert two.driver.words(7) == ["placed", "answered", "ended"], "one attempt, one outcome"
        assert call_ids(two.a) == ["7.1@127.0.0.1"] and call_ids(two.b) == ["7.2@127.0.0.1"]


def test_both_are_without_a_circuit(folder):
    with Two(folder, "overload", "overload") as two:
        end = two.call()
        assert (end["code"], end["status"], end["cause"]) == (41, 503, 34)
        assert two.driver.words(7) == ["placed", "ended"]
        assert len(invites(two.a)) == len(invites(two.b)) == 1


# "ring_503": it rang before the 503. The others are words about the person, or not certain.
@pytest.mark.parametrize("scenario, status, code", [
    ("ring_503", None, 41), ("busy", None, 21), ("dead_number", None, 30), ("redirect", None, 40),
    ("status", 403, 40), ("status", 500, 40), ("status", 408, 22)])
def test_no_second_try_when_somebody_may_have_been_reached(folder, scenario, status, code):
    with Two(folder, scenario, "listen", status=status) as two:
        end = two.call()
        assert end["code"] == code
        assert not two.b.messages(), "the other trunk saw nothing"


def test_nobody_listens_there(folder):
    """UDP, and the operating system says at once that nobody took the datagram."""
    with Two(folder, None, "listen", uri=f"sip:127.0.0.1:{free_port()}") as two:
        assert two.call()["code"] == 10
        assert call_ids(two.b) == ["7.2@127.0.0.1"]


def test_a_connection_that_fails_is_not_tried_elsewhere_but_avoided(folder):
    """TCP: Sofia does not say whether the INVITE went out before it failed. The next attempt goes elsewhere."""
    with Two(folder, None, "listen", uri=f"sip:127.0.0.1:{free_port()};transport=tcp") as two:
        end = two.call(7)
        assert (end["code"], end["local"]) == (40, 1)
        two.driver.wait(lambda e: e["event"] == "trunk" and e["trunk"] == 1 and e["up"] == 0)
        assert two.call(8)["code"] == 10
        assert call_ids(two.b) == ["8.1@127.0.0.1"]


def test_wrong_credentials(folder):
    with Two(folder, "always_challenge", "listen", user="osame", password="x") as two:
        assert two.call()["code"] == 10
        assert len(invites(two.a)) == 2 and len(invites(two.b)) == 1


def test_a_trunk_that_is_not_registered(folder):
    """It takes no calls; the other does, at the first try."""
    with Kamailio(folder / "trunk", ACCOUNTS) as trunk, Sipp(folder / "b", "listen") as callee:
        trunk.run()
        callee.run()
        with Driver(folder / "driver", trunk.uri, user="osame", password="wrong", register=1,
                    more=[{"uri": callee.uri, "priority": 20}]) as driver:
            driver.wait(lambda e: e["event"] == "trunk" and e["trunk"] == 1 and e["status"] == 401)
            driver.call(7)
            assert driver.end_of(7)["code"] == 10
        assert call_ids(callee) == ["7.1@127.0.0.1"]
        assert not [e for e in trunk.lines() if e["method"] == "INVITE"]


# ---- which one ----

def test_equal_trunks_share(folder):
    with Two(folder, "no_answer", "no_answer", lines=4, other={"priority": 10}) as two:
        for n in range(1, 5):
            two.driver.call(n, ring=1500)
        for n in range(1, 5):
            assert two.driver.end_of(n)["code"] == 20
        assert len(invites(two.a)) == len(invites(two.b)) == 2


def test_a_full_trunk(folder):
    """The first trunk has one line: the second call goes by the other."""
    with Two(folder, "no_answer", "no_answer", trunk_lines=1) as two:
        two.driver.call(1, ring=1500)
        two.driver.call(2, ring=1500)
        for n in (1, 2):
            assert two.driver.end_of(n)["code"] == 20
        assert call_ids(two.a) == ["1.1@127.0.0.1"] and call_ids(two.b) == ["2.1@127.0.0.1"]


def test_a_line_that_comes_free_in_time(folder):
    with Sipp(folder / "a", "no_answer") as callee:
        callee.run()
        with Driver(folder / "driver", callee.uri, trunk_lines=1) as driver:
            for n in (1, 2):
                driver.call(n, ring=600)
            for n in (1, 2):
                assert driver.end_of(n)["code"] == 20
            words = [(e["event"], e["id"]) for e in driver.events if e["event"] in ("placed", "ended")]
    assert words == [("placed", 1), ("ended", 1), ("placed", 2), ("ended", 2)], "never two at once"


def test_a_line_that_does_not(folder):
    """Calls that wait for a line go back to the engine; a recall finds them while they wait."""
    with Sipp(folder / "a", "no_answer") as callee:
        callee.run()
        with Driver(folder / "driver", callee.uri, trunk_lines=1) as driver:
            driver.call(1, ring=30000, limit=40000)
            driver.wait(lambda e: e["event"] == "placed")
            driver.call(2)
            driver.call(3)
            driver.say("recall 3")
            recalled = driver.wait(lambda e: e["event"] == "dropped" and e["id"] == 3)
            assert "recalled" in recalled["why"]
            dropped = driver.wait(lambda e: e["event"] == "dropped" and e["id"] == 2)
            assert "full" in dropped["why"]
            driver.say("hangup 1")
            driver.end_of(1)
        assert call_ids(callee) == ["1.1@127.0.0.1"]


def test_a_hush_ends_what_was_not_sent_and_nothing_else(folder):
    """A file that may stop contact came. One call rings by the second trunk and holds its one line;
    the other was refused by the first trunk and looks for that line."""
    with Two(folder, "overload", "no_answer", other={"trunk_lines": 1}) as two:
        two.driver.call(1, ring=30000, limit=40000)
        wait_until(lambda: call_ids(two.b), 10, why="it rings by the second trunk")
        two.driver.call(2, ring=30000, limit=40000)
        wait_until(lambda: any(text.startswith("ACK") and "2.1@127.0.0.1" in text
                               for _, _, text in two.a.messages()), 10, why="we took its 503")
        for n in (1, 2):
            two.driver.say(f"hush {n}")
            two.driver.wait(lambda e: e["event"] == "too_late" and e["id"] == n)
        end = two.driver.end_of(2)
        assert (end["code"], end["status"]) == (41, 503), "it was sent: it is not dropped"
        assert not [e for e in two.driver.events if e["event"] == "ended" and e["id"] == 1]
        two.driver.say("hangup 1")
        assert two.driver.end_of(1)["code"] == 20
        assert call_ids(two.b) == ["1.2@127.0.0.1"]


def test_calls_in_a_second(folder):
    with Sipp(folder / "a", "busy") as callee:
        callee.run()
        with Driver(folder / "driver", callee.uri, per_second=5, lines=10) as driver:
            for n in range(1, 11):
                driver.call(n)
            for n in range(1, 11):
                assert driver.end_of(n)["code"] == 21
            placed = [e["at"] for e in driver.events if e["event"] == "placed"]
    assert placed[-1] - placed[0] > 1.5, "ten calls, five in a second"


# ---- rests and keep-alive ----

def test_retry_after_is_respected(folder):
    """The trunk rests for as long as it asked; a call meanwhile is not sent; then it is up again."""
    with Sipp(folder / "a", "overload_4") as callee:
        callee.run()
        with Driver(folder / "driver", callee.uri) as driver:
            driver.call(1)
            assert driver.end_of(1)["code"] == 41
            down = driver.wait(lambda e: e["event"] == "trunk" and e["up"] == 0)
            assert down["status"] == 503
            driver.call(2)
            assert "resting" in driver.wait(lambda e: e["event"] == "dropped" and e["id"] == 2)["why"]
            up = driver.wait(lambda e: e["event"] == "trunk" and e["up"] == 1 and e["at"] > down["at"], 15)
            assert up["at"] - down["at"] > 3
        assert len(invites(callee)) == 1


def test_options_find_out_that_a_trunk_is_gone(folder):
    trunk = Kamailio(folder / "trunk", ACCOUNTS)
    with trunk:
        trunk.run()
        with Driver(folder / "driver", trunk.uri + ";transport=tcp", keepalive=1) as driver:
            driver.wait(lambda e: e["event"] == "trunk" and e["up"] == 1)
            wait_until(lambda: len([e for e in trunk.lines() if e["method"] == "OPTIONS"]) >= 2, 10)
            trunk.stop()
            down = driver.wait(lambda e: e["event"] == "trunk" and e["up"] == 0 and e["status"] > 400)
            driver.call(1)
            assert "no trunk" in driver.wait(lambda e: e["event"] == "dropped")["why"]
            trunk.run(port=trunk.port)
            driver.wait(lambda e: e["event"] == "trunk" and e["up"] == 1 and e["at"] > down["at"], 15)


def test_a_trunk_that_never_answers_options(folder):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        uri = f"sip:127.0.0.1:{silent.getsockname()[1]}"
        with Driver(folder / "driver", uri, keepalive=1) as driver:
            down = driver.wait(lambda e: e["event"] == "trunk" and e["status"] == 408, 12)
            assert down["up"] == 0
            assert not [e for e in driver.events if e["event"] == "trunk" and e["up"] == 1]


def test_a_503_to_options_means_no_calls(folder):
    with Sipp(folder / "a", "options_503") as trunk:
        trunk.run()
        with Driver(folder / "driver", trunk.uri, keepalive=5) as driver:
            driver.wait(lambda e: e["event"] == "trunk" and e["up"] == 0 and e["status"] == 503)


# ---- who calls ----

@pytest.mark.parametrize("identity, header", [(0, "P-Preferred-Identity"), (1, "P-Asserted-Identity"),
                                              (2, None)])
def test_the_identity_header(folder, identity, header):
    with Sipp(folder / "a", "busy") as callee:
        callee.run()
        with Driver(folder / "driver", callee.uri, identity=identity) as driver:
            driver.call(1)
            driver.end_of(1)
        invite = invites(callee)[0]
    found = [line.strip() for line in invite.split("\n") if "-Identity:" in line]
    assert found == ([f"{header}: <sip:0265001111@ina.example>"] if header else [])
