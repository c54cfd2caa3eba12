"""Transfers by the real voice port: the resident's call and staff's leg through one trunk (kamailio), sound
both ways between two real telephones, and every way in which it may end."""
import contextlib
import math
import re
import time

import numpy as np
import pytest

from tests.support.baresip import Baresip
from tests.support.kamailio import Kamailio
from tests.support.peer import remove, temporary_folder, wait_until
from tests.support.sip_driver import Driver
from tests.support.sipp import Sipp
from tests.support.ua import Ua

RESIDENT, STAFF = "0265784111", "0265784199"
ACCOUNTS = {"osame": "correct-horse", RESIDENT: "pw-person", STAFF: "pw-staff"}
RATE = 8000


@pytest.fixture
def folder():
    path = temporary_folder()
    yield path
    remove(path)


def voice(hertz, seconds, level=8000):
    n = np.arange(int(RATE * seconds))
    return (level * np.sin(2 * math.pi * hertz * n / RATE)).astype("<i2").tobytes()


def frames_of(samples, hertz, level):
    """For each 20 ms: does a tone of that pitch sound, at about that level and nothing else?"""
    x = np.asarray(samples, dtype=np.float64)
    x = x[:x.size // 160 * 160].reshape(-1, 160)
    n = np.arange(160)
    amplitude = np.abs(x @ np.exp(-2j * math.pi * hertz * n / RATE)) / 80
    rms = np.sqrt(np.mean(x * x, axis=1))
    return (np.abs(20 * np.log10(np.maximum(amplitude, 1) / level)) < 2) & (rms < level * 0.9)


def longest(marks):
    best = now = 0
    for mark in marks:
        now = now + 1 if mark else 0
        best = max(best, now)
    return best


class Rig:
    """kamailio, the driver, and who is at both numbers."""

    def __init__(self, folder, resident, staff, **config):
        self.folder, self.resident, self.staff, self.config = folder, resident, staff, config
        self.peers = []

    def __enter__(self):
        routes = {number: peer.uri for number, peer in ((RESIDENT, self.resident), (STAFF, self.staff))
                  if isinstance(peer, Sipp) and self.start(peer)}
        self.trunk = self.start(Kamailio(self.folder / "trunk", ACCOUNTS, routes=routes))
        self.driver = Driver(self.folder / "driver", self.trunk.uri, user="osame",
                             password=ACCOUNTS["osame"], register=1, **self.config)
        self.peers.append(self.driver)
        self.driver.wait(lambda e: e["event"] == "trunk" and e["up"] == 1)
        return self

    def start(self, peer):
        self.peers.append(peer)
        peer.run()
        return peer

    def __exit__(self, *_):
        for peer in reversed(self.peers):
            peer.stop()

    def ask(self, keys=100, limit=20000, number=STAFF, ring=20000, most=60000):
        """The resident's call, up to the order of the engine."""
        self.driver.call(7, number=RESIDENT, limit=limit, keys=keys)
        asked = self.driver.wait(lambda e: e["event"] == "transfer")
        assert (asked["id"], asked["n"], asked["to"]) == (7, 1, "window")
        self.driver.say(f"transfer 7 1 {number} 0265001111 {ring} {most}")

    def over(self, seconds=20):
        return self.driver.wait(lambda e: e["event"] == "transferred", seconds)

    def ended(self):
        end = self.driver.end_of(7, 25)
        words = self.driver.words(7)
        assert words in (["placed", "answered", "transfer", "transferred", "ended"],
                         ["placed", "answered", "transfer", "ended"]), words
        return end


def lines(peer, way="in"):
    return [text.split("\r\n")[0].split("\n")[0] for _, direction, text in peer.messages()
            if direction == way]


def sipp(folder, scenario, name):
    return Sipp(folder / name, scenario, name=f"{name}-{scenario}")


# ---- two people ----

@contextlib.contextmanager
def connected(folder, resident_sound=b"", staff_sound=b""):
    """Two telephones behind kamailio, and a call to the resident that staff have just taken: resident, staff, driver."""
    with Kamailio(folder / "trunk", ACCOUNTS) as trunk:
        trunk.run()
        with Baresip(folder / "resident", RESIDENT, "pw-person", trunk.port, sound=resident_sound) as resident, \
                Baresip(folder / "staff", STAFF, "pw-staff", trunk.port, sound=staff_sound) as staff:
            resident.run()
            staff.run()
            with Driver(folder / "driver", trunk.uri, user="osame", password=ACCOUNTS["osame"],
                        register=1) as driver:
                driver.wait(lambda e: e["event"] == "trunk" and e["up"] == 1)
                driver.call(7, number=RESIDENT, limit=30000, keys=100)
                driver.wait(lambda e: e["event"] == "transfer")
                driver.say(f"transfer 7 1 {STAFF} 0265001111 20000 60000")
                wait_until(lambda: staff.count("CALL_ESTABLISHED"), 10)
                yield resident, staff, driver


def test_they_hear_each_other(folder):
    """Levels and gaps of both sides' voices; keys reach staff; the resident is with us again afterwards."""
    with connected(folder, voice(600, 60), voice(1000, 60)) as (resident, staff, driver):
        time.sleep(2.5)  # they talk; how much of it was heard is looked for in the recordings
        resident.press("5")
        wait_until(lambda: "5" in keys_heard(staff), 5, why="staff's telephone has the key")
        staff.command("hangup")
        over = driver.wait(lambda e: e["event"] == "transferred")
        end = driver.end_of(7)
        driver.stop()
        wait_until(lambda: resident.count("CALL_CLOSED") and staff.count("CALL_CLOSED"), 5)
        at_resident = resident.recordings()[0][1]
        at_staff = staff.recordings()[0][1]
    assert over["result"] == "far_end_disconnect" and over["placed"] == 1 and over["talk_ms"] > 2000
    assert (end["code"], end["keys"], end["heard"]) == (10, "far_end_disconnect", 1)
    for heard, hertz in ((at_resident, 1000), (at_staff, 600)):
        marks = frames_of(heard, hertz, 8000)
        assert marks.sum() * 20 >= 2000, f"{hertz} Hz for {marks.sum() * 20} ms"
        first, last = np.flatnonzero(marks)[[0, -1]]
        if hertz == 1000:  # nobody pressed a key there: no gap
            assert longest(~marks[first:last + 1]) * 20 <= 60
    assert frames_of(at_resident, 600, 8000).sum() <= 1, "nobody hears himself"
    assert frames_of(at_staff, 1000, 8000).sum() <= 1


def keys_heard(person):
    return [e["param"] for e in list(person.events) if e.get("type") == "CALL_DTMF_START"]


# ---- its ends ----

@pytest.mark.parametrize("scenario, keys, result, status", [
    ("busy", 100, "busy", 486),
    ("no_answer", 101, "noanswer", 487),
    ("unavailable", 100, "noanswer", 480),
    ("overload", 100, "network_busy", 500),
    ("decline", 100, "unknown", 603),
    ("dead_number", 100, "unknown", 404),
    ("never_487", 101, "noanswer", 0),
    ("cancel_crossing", 101, "noanswer", 200),
    ("hang_up", 100, "far_end_disconnect", 200),
    ("listen", 102, "maxtime_disconnect", 200),
    ("never_bye", 102, "maxtime_disconnect", 200),
])
def test_staff(folder, scenario, keys, result, status):
    """Whatever staff's telephone does, the scenario goes on with its word for it."""
    with Rig(folder, sipp(folder, "listen", "resident"), sipp(folder, scenario, "staff")) as rig:
        rig.ask(keys)
        over, end = rig.over(), rig.ended()
        calls = [m for m in lines(rig.staff) if m.startswith("INVITE")]
    assert (over["result"], over["placed"], over["status"]) == (result, 1, status)
    assert (end["code"], end["keys"], end["heard"], end["by_us"]) == (10, result, 1, 1)
    assert len(calls) == 1
    invite = next(text for _, way, text in rig.staff.messages() if way == "in")
    assert "Call-ID: 7.t1@127.0.0.1" in invite
    assert re.search(r"From: <sip:0265001111@ina\.example>", invite)


@pytest.mark.parametrize("what, number, config", [
    ("refused by the engine", "-", {}),
    ("not in the allow table", "0101234567", {}),
    ("no line", STAFF, {"lines": 1}),
])
def test_not_placed(folder, what, number, config):
    with Rig(folder, sipp(folder, "listen", "resident"), sipp(folder, "listen", "staff"), **config) as rig:
        rig.ask(number=number)
        end = rig.ended()
        assert not lines(rig.staff), what
        told = [e for e in rig.driver.events if e["event"] == "transferred"]
    assert (end["code"], end["keys"]) == (10, "network_busy")
    assert [(e["result"], e["placed"]) for e in told] == ([] if number == "-" else [("network_busy", 0)])


def test_the_resident_hangs_up(folder):
    """Staff's leg ends with him; the call counts as answered."""
    with Rig(folder, sipp(folder, "hang_up", "resident"), sipp(folder, "listen", "staff")) as rig:
        rig.ask()
        over, end = rig.over(), rig.ended()
        wait_until(lambda: any(m.startswith("BYE") for m in lines(rig.staff)), 5)
    assert over["result"] == "near_end_disconnect"
    assert (end["code"], end["by_us"], end["heard"]) == (10, 0, 0)


def test_the_resident_hangs_up_before(folder):
    with Rig(folder, sipp(folder, "hang_up", "resident"), sipp(folder, "no_answer", "staff")) as rig:
        rig.ask()
        over, end = rig.over(), rig.ended()
        assert any(m.startswith("CANCEL") for m in lines(rig.staff))
    assert over["result"] == "given_up" and end["code"] == 11


def test_a_late_order_finds_nobody(folder):
    with Rig(folder, sipp(folder, "hang_up", "resident"), sipp(folder, "listen", "staff")) as rig:
        rig.driver.call(7, number=RESIDENT, keys=100)
        rig.driver.wait(lambda e: e["event"] == "transfer")
        rig.driver.end_of(7)
        rig.driver.say(f"transfer 7 1 {STAFF} 0265001111 20000 60000")
        over = rig.over()
        assert not lines(rig.staff)
    assert (over["result"], over["placed"]) == ("given_up", 0)


@pytest.mark.parametrize("how", ["hangup", "stop"])
def test_we_end_both(folder, how):
    """An order of the engine, and shutting down: both legs in order, staff's first."""
    with Rig(folder, sipp(folder, "listen", "resident"), sipp(folder, "listen", "staff")) as rig:
        rig.ask()
        wait_until(lambda: any(m.startswith("ACK") for m in lines(rig.staff)), 10)
        rig.driver.say("hangup 7") if how == "hangup" else rig.driver.stop()
        over, end = rig.over(), rig.ended()
        for peer in (rig.resident, rig.staff):
            wait_until(lambda: any(m.startswith("BYE") for m in lines(peer)), 5)
    assert over["result"] == "network_disconnect" and end["by_us"] == 1


def test_the_calls_own_limit_stands_still(folder):
    """A call of at most 3 s speaks with staff for 4, and then still says good-bye."""
    with Rig(folder, sipp(folder, "listen", "resident"), sipp(folder, "listen", "staff")) as rig:
        rig.ask(limit=3000, most=4000)
        over, end = rig.over(), rig.ended()
    assert over["result"] == "maxtime_disconnect" and over["talk_ms"] >= 3900
    assert (end["keys"], end["heard"]) == ("maxtime_disconnect", 1)


def test_staff_whose_telephone_knows_no_update(folder):
    """The session with them is refreshed by INVITE, as the resident's is: they are not cut off."""
    with Ua(["Allow: INVITE, ACK, BYE, CANCEL", "Session-Expires: 2;refresher=uac", "Supported: timer",
             "Require: timer"]) as staff:
        resident = sipp(folder, "listen", "resident")
        resident.run()
        with Kamailio(folder / "trunk", ACCOUNTS, routes={RESIDENT: resident.uri, STAFF: staff.uri}) as trunk:
            trunk.run()
            with Driver(folder / "driver", trunk.uri, user="osame", password=ACCOUNTS["osame"], register=1,
                        min_se_s=1) as driver:
                driver.wait(lambda e: e["event"] == "trunk" and e["up"] == 1)
                driver.call(7, number=RESIDENT, limit=60000, keys=100)
                driver.wait(lambda e: e["event"] == "transfer")
                driver.say(f"transfer 7 1 {STAFF} 0265001111 20000 60000")
                wait_until(lambda: len(staff.came("re-INVITE")) >= 2 or staff.came("UPDATE"), 30, why="a refresh")
                assert not staff.came("UPDATE")
                driver.say("hangup 7")
                over = driver.wait(lambda e: e["event"] == "transferred")
        resident.stop()
    assert over["result"] == "network_disconnect", "it lasted until we ended it"


def test_his_key_ends_it(folder):
    with connected(folder) as (resident, _, driver):
        resident.press("*")
        over, end = driver.wait(lambda e: e["event"] == "transferred"), driver.end_of(7)
    assert over["result"] == "near_end_disconnect"
    assert (end["code"], end["keys"], end["heard"]) == (10, "near_end_disconnect", 1)
