"""Staff's leg of a transfer as a call of its own: it is held and taken back, speaks A-law or SRTP, and its session is
refreshed (RFC 4028), whatever their telephone says to that. Its ends: test_transfer.py."""
import contextlib
import math
import threading
import time

import numpy as np
import pytest

from tests.flow.test_renew import WITH_UPDATE, WITHOUT, timer
from tests.flow.test_transfer import ACCOUNTS, RESIDENT, STAFF, connected, frames_of, voice
from tests.flow.test_voice import ulaw
from tests.support.baresip import Baresip
from tests.support.certificates import Authority
from tests.support.coded_speech import LINEAR
from tests.support.kamailio import Kamailio
from tests.support.peer import remove, temporary_folder, wait_until
from tests.support.sip_driver import Driver
from tests.support.ua import Ua, header


@pytest.fixture
def folder():
    path = temporary_folder()
    yield path
    remove(path)


@contextlib.contextmanager
def talking(folder, staff, resident=None, limit=120000, most=600000, **config):
    """A resident and staff who have just been joined; the driver, which has their trunk."""
    with contextlib.ExitStack() as stack:
        resident = resident or stack.enter_context(Ua())
        # with more than one child a 200 may pass the 183 before it
        trunk = stack.enter_context(Kamailio(folder / "trunk", ACCOUNTS, children=1,
                                             routes={RESIDENT: resident.uri, STAFF: staff.uri}))
        trunk.run()
        driver = stack.enter_context(Driver(folder / "driver", trunk.uri, user="osame", password=ACCOUNTS["osame"],
                                            min_se_s=1, **config))
        driver.trunk = trunk
        if config.get("keepalive"):  # down until its first answer
            driver.wait(lambda e: e["event"] == "trunk" and e["up"] == 1)
        driver.call(7, number=RESIDENT, limit=limit, keys=100)
        driver.wait(lambda e: e["event"] == "transfer")
        driver.say(f"transfer 7 1 {STAFF} 0265001111 20000 {most}")
        wait_until(staff.talking.is_set, 10, why="staff took it")
        yield driver


def over(driver):
    return driver.wait(lambda e: e["event"] == "transferred", 30)


class Speaker:
    """A telephone whose owner says one tone all the time."""

    def __init__(self, ua, hertz, kind=0):
        self.ua, self.kind, self.stop = ua, kind, False
        code = ulaw if kind == 0 else alaw
        self.frame = bytes(code(int(8000 * math.sin(2 * math.pi * hertz * i / 8000))) for i in range(160))
        self.thread = threading.Thread(target=self.speak, daemon=True)

    def speak(self):
        stamp = 0
        while not self.stop:
            if self.ua.media:
                self.ua.send_rtp(self.frame, stamp, self.kind)
            stamp += 160
            time.sleep(0.02)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.stop = True
        self.thread.join()


def a_linear(byte):
    """G.711 A-law."""
    byte ^= 0x55
    exponent, mantissa = byte >> 4 & 7, byte & 15
    magnitude = ((mantissa << 4) + 0x108) << exponent - 1 if exponent else (mantissa << 4) + 8
    return magnitude if byte & 0x80 else -magnitude


A_LINEAR = [a_linear(b) for b in range(256)]


def alaw(sample):
    return min(range(256), key=lambda b: abs(A_LINEAR[b] - sample))


def hears(ua, hertz, table=LINEAR, since=0):
    """Frames of that tone, and no other, among the packets that came."""
    return int(frames_of([table[b] for *_, payload in ua.packets[since:] for b in payload], hertz, 8000).sum())


def until_heard(ua, hertz, table=LINEAR, why=""):
    at = len(ua.packets)
    wait_until(lambda: hears(ua, hertz, table, at) >= 25, 20, every=0.2, why=f"{hertz} Hz {why}")


def silent(ua):
    wait_until(lambda: time.monotonic() - ua.packets[-1][0] > 0.5, 10, why="nothing is sent")


# ---- hold ----

@pytest.mark.parametrize("way", ["INVITE", "UPDATE"])
def test_staff_hold_him(folder, way):
    """Every way of it: he is not heard meanwhile, and hears what they let him hear; then they go on."""
    with Ua([WITH_UPDATE]) as staff, Ua() as resident, talking(folder, staff, resident) as driver, \
            Speaker(resident, 600), Speaker(staff, 1000):
        until_heard(staff, 600)
        for direction, address, answer in (("sendonly", "127.0.0.1", "recvonly"), ("inactive", "127.0.0.1", "inactive"),
                                           ("sendrecv", "0.0.0.0", "recvonly")):
            staff.address = address
            assert staff.change(way, direction) == (200, answer)
            silent(staff)
            if direction != "inactive":
                until_heard(resident, 1000, why="while he is held")
            staff.address = "127.0.0.1"
            assert staff.change(way, "sendrecv") == (200, "sendrecv")
            until_heard(staff, 600, why="again")
        driver.say("hangup 7")
        assert over(driver)["result"] == "network_disconnect"


@pytest.mark.parametrize("way", ["INVITE", "UPDATE"])
def test_he_holds_staff(folder, way):
    with Ua() as staff, Ua([WITH_UPDATE]) as resident, talking(folder, staff, resident) as driver, \
            Speaker(resident, 600), Speaker(staff, 1000):
        until_heard(resident, 1000)
        assert resident.change(way, "sendonly") == (200, "recvonly")
        silent(resident)
        until_heard(staff, 600, why="his music")
        assert resident.change(way, "sendrecv") == (200, "sendrecv")
        until_heard(resident, 1000, why="again")
        staff.ask("BYE")
        assert over(driver)["result"] == "far_end_disconnect"
        assert driver.end_of(7)["code"] == 10


def test_a_real_telephone_holds_him(folder):
    """baresip, by its own re-INVITE: nothing is sent to it from then on."""
    with connected(folder, voice(600, 100), voice(1000, 100)) as (resident, staff, driver):
        def heard_by_staff():
            return so_far(staff, 600)
        wait_until(lambda: heard_by_staff() > 40, 20, every=0.2, why="he is heard")
        staff.command("hold")
        wait_until(lambda: steady(heard_by_staff), 20, every=0.2, why="he is not heard")
        staff.command("hangup")
        assert over(driver)["result"] == "far_end_disconnect"


def samples_of(path):
    data = path.read_bytes()[44:]
    return np.frombuffer(data[:len(data) // 2 * 2], dtype="<i2")


def so_far(person, hertz):
    """Frames of that tone in the recording of a call under way: the file grows behind its head of 44 bytes."""
    return sum(int(frames_of(samples_of(path), hertz, 8000).sum())
               for path in person.heard.glob("dump-*-dec.wav"))


def steady(count, seconds=1.0):
    before = count()
    time.sleep(seconds)
    return count() == before


def test_what_staff_cannot_change(folder):
    """A codec that we do not have, nonsense, and a key where there was none: refused, and they go on speaking."""
    crypto = "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:" + "A" * 40 + "\r\n"
    with Ua([WITH_UPDATE]) as staff, Ua() as resident, talking(folder, staff, resident) as driver, Speaker(resident, 600):
        for method in ("INVITE", "UPDATE"):
            good = staff.sdp("sendrecv")
            for body in (good.replace("RTP/AVP 0 101", "RTP/AVP 9"), "v=0\r\nnonsense\r\n",
                         good.replace("RTP/AVP", "RTP/SAVP") + crypto):
                assert staff.ask(method, body).startswith("SIP/2.0 488"), body
        assert staff.ask("UPDATE").startswith("SIP/2.0 200")
        assert staff.ask("INVITE").startswith("SIP/2.0 200"), "without a description: ours is offered"
        assert staff.ask("REFER", headers=["Refer-To: <sip:0900000000@192.0.2.1>"]).split(" ")[1] in ("405", "603")
        until_heard(staff, 600, why="as before")
        driver.say("hangup 7")
        assert over(driver)["result"] == "network_disconnect"


# ---- A-law, SRTP ----

@pytest.mark.parametrize("alaw_is", ["staff", "resident"])
def test_one_speaks_a_law(folder, alaw_is):
    """What one side cannot do is turned into what it can: both hear the other's tone as it was said."""
    with Ua() as staff, Ua() as resident:
        (staff if alaw_is == "staff" else resident).codec = 8
        with talking(folder, staff, resident) as driver, Speaker(resident, 600, resident.codec), \
                Speaker(staff, 1000, staff.codec):
            until_heard(staff, 600, A_LINEAR if alaw_is == "staff" else LINEAR)
            until_heard(resident, 1000, A_LINEAR if alaw_is == "resident" else LINEAR)
            # and by a change in the middle
            staff.codec = 8 - staff.codec
            staff.change("INVITE", "sendrecv")
            until_heard(staff, 600, A_LINEAR if staff.codec else LINEAR, "after the change")
            driver.say("hangup 7")
            over(driver)


@pytest.mark.parametrize("staff_can", [True, False])
def test_staff_behind_a_trunk_that_wants_srtp(folder, staff_can):
    """The resident in the clear by one trunk, staff by another with SRTP; a telephone that cannot is not spoken to."""
    ca = Authority(folder / "ca")
    with Kamailio(folder / "trunk", ACCOUNTS, tls=(*ca.issue("trunk", ip="127.0.0.1"), None)) as trunk:
        trunk.run()
        with Baresip(folder / "resident", RESIDENT, "pw-person", trunk.port, sound=voice(600, 100)) as resident, \
                Baresip(folder / "staff", STAFF, "pw-staff", trunk.port, sound=voice(1000, 100), srtp=staff_can) as staff:
            resident.run()
            staff.run()
            account = {"user": "osame", "password": ACCOUNTS["osame"]}
            with Driver(folder / "driver", trunk.uri, **account, trunk_lines=1, priority=1,
                        tls_folder=ca.folder_for(folder / "tls", *ca.issue("us", ip="127.0.0.1")),
                        more=[{"uri": trunk.tls_uri, "priority": 2, "srtp": 1, **account}]) as driver:
                driver.call(7, number=RESIDENT, limit=60000, keys=100)
                driver.wait(lambda e: e["event"] == "transfer")
                driver.say(f"transfer 7 1 {STAFF} 0265001111 20000 60000")
                if staff_can:
                    for person, hertz in ((staff, 600), (resident, 1000)):
                        wait_until(lambda: so_far(person, hertz) > 40, 20, every=0.2, why=f"{hertz} Hz")
                    staff.command("hangup")
                told = over(driver)
                driver.end_of(7, 30)
    assert told["result"] == ("far_end_disconnect" if staff_can else "network_busy")
    assert staff_can or (told["status"], len(staff.recordings())) == (488, 0)


def test_the_answer_stood_in_the_183(folder):
    """Early media of both: the description comes before the answer, and the 200 has none. They hear each other."""
    with Ua(early=["183 Session Progress"], early_sdp=True) as staff, \
            Ua(early=["183 Session Progress"], early_sdp=True) as resident, talking(folder, staff, resident) as driver, \
            Speaker(resident, 600), Speaker(staff, 1000):
        until_heard(staff, 600)
        until_heard(resident, 1000)
        driver.say("hangup 7")
        assert over(driver)["result"] == "network_disconnect"


# ---- the session ----

@pytest.mark.parametrize("plan, methods", [
    ({}, ["UPDATE", "UPDATE"]),
    ({"UPDATE": ["491 Request Pending"]}, ["UPDATE", "UPDATE"]),
    ({"UPDATE": ["488 Not Acceptable Here"]}, ["UPDATE", "UPDATE"]),
    ({"UPDATE": ["405 Method Not Allowed"]}, ["UPDATE", "re-INVITE"]),
    ({"UPDATE": [("407 Proxy Authentication Required", ['Proxy-Authenticate: Digest realm="pbx", nonce="n1"'])]},
     ["UPDATE", "UPDATE"]),
], ids=["confirmed", "491", "488", "405", "407"])
def test_a_refresh_that_is_ours(folder, plan, methods):
    """Refused ones are tried again, and they go on speaking beyond the session's first end."""
    with Ua([WITH_UPDATE, *timer(4, "uac")], plan=plan) as staff, talking(folder, staff) as driver:
        came = lambda: [m for _, m, _ in list(staff.requests) if m in ("UPDATE", "re-INVITE")]  # noqa: E731
        wait_until(lambda: len(came()) >= 3, 30, why="it is tried again, and goes on")
        start = time.monotonic()
        wait_until(lambda: time.monotonic() - start > 4.5 or staff.over.is_set(), 10)
        assert not staff.over.is_set() and came()[:2] == methods
        if "407" in str(plan):
            assert 'username="osame"' in header(staff.came("UPDATE")[1], "Proxy-Authorization")
        driver.say("hangup 7")
        assert over(driver)["result"] == "network_disconnect"


def test_a_refresh_that_is_refused_for_good(folder):
    """Three times at most; then it is theirs, or the transfer's limit, to end it."""
    with Ua([WITH_UPDATE, *timer(6, "uac")], plan={"UPDATE": ["491 Request Pending"] * 9}) as staff, \
            talking(folder, staff) as driver:
        wait_until(lambda: len(staff.came("UPDATE")) >= 3 or staff.over.is_set(), 40, why="three")
        assert "again=1" in driver.tail(200)
        driver.say("hangup 7")
        over(driver)
        assert len(staff.came("UPDATE")) == 3


@pytest.mark.parametrize("allow, method", [(WITH_UPDATE, "UPDATE"), (WITHOUT, "re-INVITE")])
@pytest.mark.parametrize("answer", ["408 Request Timeout", "481 Call/Transaction Does Not Exist", "500 Server Internal Error"])
def test_a_refresh_for_a_leg_that_they_lost(folder, allow, method, answer):
    """It is over, and the resident is with us again."""
    with Ua([allow, *timer(2, "uac")], plan={method: [answer] * 4}) as staff, talking(folder, staff) as driver:
        assert over(driver)["result"] == "network_disconnect"
        end = driver.end_of(7, 30)
    assert (end["code"], end["heard"], end["keys"]) == (10, 1, "network_disconnect")


def test_a_refresh_names_another_place(folder):
    """Their answer to it says where they want the sound from now on."""
    with Ua([WITHOUT, *timer(2, "uac")]) as staff, Ua() as resident, talking(folder, staff, resident) as driver, \
            Speaker(resident, 600):
        until_heard(staff, 600)
        staff.move()
        until_heard(staff, 600, why="at the new port")
        driver.say("hangup 7")
        over(driver)


def test_an_interval_that_is_too_short_for_staff(folder):
    """422: asked again with theirs, as the same transfer."""
    with Ua([WITH_UPDATE, *timer(1800, "uac")], plan={"INVITE": [("422 Session Interval Too Small", ["Min-SE: 1800"])]}) \
            as staff, talking(folder, staff, session_s=90) as driver:
        first, second = staff.came("INVITE")
        assert (header(first, "Session-Expires"), header(second, "Session-Expires")) == ("90", "1800")
        assert header(first, "Call-ID") == header(second, "Call-ID") == "7.t1@127.0.0.1"
        staff.ask("BYE")
        told = over(driver)
    assert (told["result"], told["placed"]) == ("far_end_disconnect", 1)


def test_a_refresh_that_staff_owe_and_do_not_send(folder):
    """Shortly before the session's end we hang up on them, and the resident hears the scenario go on."""
    with Ua([WITH_UPDATE, *timer(3, "uas")]) as staff, talking(folder, staff) as driver:
        assert over(driver)["result"] == "network_disconnect"
        assert staff.over.wait(10) and "cause=408" in header(staff.came("BYE")[0], "Reason")
        assert driver.end_of(7, 30)["heard"] == 1
