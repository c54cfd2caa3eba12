"""A transfer on a bad wire and under other traffic: staff's sound lost, doubled and in a wrong order; OPTIONS of every kind
meanwhile; a limit that comes while somebody is on hold."""
import numpy as np
import pytest

from tests.flow.test_transfer import ACCOUNTS, RESIDENT, STAFF, frames_of, longest, voice
from tests.flow.test_transfer_leg import Speaker, over, silent, talking, until_heard
from tests.flow.test_wire import BadSound
from tests.support.baresip import Baresip
from tests.support.kamailio import Kamailio
from tests.support.peer import remove, temporary_folder, wait_until
from tests.support.relay import Relay
from tests.support.sip_driver import Driver
from tests.support.ua import Ua


@pytest.fixture
def folder():
    path = temporary_folder()
    yield path
    remove(path)


def marks_of(person, hertz):
    """Of what he heard, from the tone's first frame to its last: which frames have it."""
    marks = frames_of(person.recordings()[0][1], hertz, 8000)
    first, last = np.flatnonzero(marks)[[0, -1]]
    return marks[first:last + 1]


def test_staff_on_a_bad_wire(folder):
    """The resident's call goes by a good trunk, staff's by a bad one: each hears the other but for the packets that were
    lost, and the resident's own call has no hole of ours."""
    to_staff, to_us = BadSound(), BadSound()
    account = {"user": "osame", "password": ACCOUNTS["osame"]}
    with Kamailio(folder / "trunk", ACCOUNTS) as trunk:
        trunk.run()
        with Relay(trunk.port, to_callee=to_staff, to_us=to_us) as wire, \
                Baresip(folder / "resident", RESIDENT, "pw-person", trunk.port, sound=voice(600, 100)) as resident, \
                Baresip(folder / "staff", STAFF, "pw-staff", trunk.port, sound=voice(1000, 100)) as staff:
            resident.run()
            staff.run()
            with Driver(folder / "driver", trunk.uri, **account, trunk_lines=1, priority=1,
                        more=[{"uri": wire.uri, "priority": 2, **account}]) as driver:
                driver.call(7, number=RESIDENT, limit=60000, keys=100)
                driver.wait(lambda e: e["event"] == "transfer")
                driver.say(f"transfer 7 1 {STAFF} 0265001111 20000 60000")
                wait_until(lambda: to_us.lost >= 3 and to_staff.lost >= 3, 20, why="packets of both ways are lost")
                staff.command("hangup")
                told = over(driver)
                end = driver.end_of(7, 30)
                driver.stop()
            wait_until(lambda: resident.count("CALL_CLOSED") and staff.count("CALL_CLOSED"), 10)
        at_resident, at_staff = marks_of(resident, 1000), marks_of(staff, 600)
    assert told["result"] == "far_end_disconnect" and end["code"] == 10
    for marks, wire in ((at_resident, to_us), (at_staff, to_staff)):
        assert len(marks) * 20 >= 2000
        # beside a hole its frame is cut in two; a packet that comes too late is one more
        assert (~marks).sum() <= 8 + 4 * wire.lost, f"{(~marks).sum()} of {len(marks)} frames, {wire.lost} lost"
        assert longest(~marks) * 20 <= 100


def test_options_meanwhile(folder):
    """Within both calls, from their trunk, and ours to it, also where it is answered 503: they go on speaking."""
    with Ua() as staff, Ua() as resident, talking(folder, staff, resident, keepalive=1) as driver, Speaker(resident, 600), \
            Speaker(staff, 1000):
        until_heard(staff, 600)
        for peer in (staff, resident):
            answer = peer.ask("OPTIONS")
            assert answer.startswith("SIP/2.0 200"), answer
        until_heard(staff, 600, why="as before")
        until_heard(resident, 1000, why="as before")
        driver.say("hangup 7")
        assert over(driver)["result"] == "network_disconnect"


def test_a_trunk_that_dies_meanwhile(folder):
    """OPTIONS have no answer any more: nobody is called by that trunk, who speaks goes on, and both lines are free in bounded
    time although nobody answers our BYEs."""
    with Ua() as staff, Ua() as resident, talking(folder, staff, resident, keepalive=1, hangup_wait_ms=500) as driver, \
            Speaker(resident, 600), Speaker(staff, 1000):
        until_heard(staff, 600)
        driver.trunk.stop()
        driver.wait(lambda e: e["event"] == "trunk" and e["up"] == 0, 20)
        until_heard(staff, 600, why="as before")
        until_heard(resident, 1000, why="as before")
        driver.call(8)
        assert "no trunk" in driver.wait(lambda e: e["event"] == "dropped" and e["id"] == 8)["why"]
        driver.say("hangup 7")
        assert over(driver)["result"] == "network_disconnect"
        assert driver.end_of(7, 30)["by_us"] == 1
        driver.stop()
        assert driver.code == 0, driver.tail()


@pytest.mark.parametrize("way", ["INVITE", "UPDATE"])
@pytest.mark.parametrize("direction", ["sendonly", "inactive"])
def test_staff_hold_him_until_the_limit(folder, way, direction):
    """The transfer's own time is over while he is held: staff's leg ends, and he hears the scenario go on, although his
    call's limit is long over by then: it stood still."""
    with Ua() as staff, Ua() as resident, talking(folder, staff, resident, most=4000, limit=3000) as driver, \
            Speaker(resident, 600):
        until_heard(staff, 600)
        assert staff.change(way, direction) == (200, {"sendonly": "recvonly"}.get(direction, direction))
        silent(staff)
        told = over(driver)
        assert staff.over.wait(10)
        end = driver.end_of(7, 30)
    assert told["result"] == "maxtime_disconnect" and told["talk_ms"] >= 3900
    assert (end["code"], end["keys"], end["heard"]) == (10, "maxtime_disconnect", 1)


@pytest.mark.parametrize("way", ["INVITE", "UPDATE"])
def test_he_holds_staff_until_the_limit(folder, way):
    with Ua() as staff, Ua() as resident, talking(folder, staff, resident, most=4000, limit=3000) as driver, \
            Speaker(staff, 1000):
        until_heard(resident, 1000)
        assert resident.change(way, "sendonly") == (200, "recvonly")
        silent(resident)
        assert over(driver)["result"] == "maxtime_disconnect"
        assert staff.over.wait(10)
        # on hold nothing can be said to him; his call's own limit counts again
        end = driver.end_of(7, 30)
    assert end["by_us"] == 1 and resident.over.is_set()
