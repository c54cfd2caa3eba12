"""Both sides change one call at the same moment (RFC 3261, 14; RFC 3311, 5.2): two offers that cross are each refused with
491, asked for again after waits of their own, and the call goes on. On a call that we placed, on one that came in, and on
staff's leg. (How long each waits: test_voice_glare.c.)"""
import contextlib

import pytest

from tests.flow.test_renew import WITH_UPDATE, WITHOUT, call, timer
from tests.flow.test_transfer_leg import over, talking
from tests.flow.test_voice import tone
from tests.support.caller import Caller
from tests.support.peer import free_port, remove, temporary_folder, wait_until
from tests.support.sip_driver import Driver
from tests.support.ua import Ua, header


@pytest.fixture
def folder():
    path = temporary_folder()
    yield path
    remove(path)


class Crossing(Ua):
    """Our refresh lies there unanswered while a request of its own leaves; only when that has its answer is ours answered,
    by `word`. `crossed` is what the other was told."""

    def __init__(self, ours, theirs, offer, word, **more):
        super().__init__([WITH_UPDATE if ours == "UPDATE" else WITHOUT, *timer(2, "uac")], **more)
        self.ours, self.theirs, self.offer, self.word = ours, theirs, offer, word
        self.held = self.crossing = self.crossed = None

    def take_request(self, method, message, source):
        if method == "INVITE" and "tag=" in header(message, "To"):
            method = "re-INVITE"
        if method != self.ours or self.crossed:
            super().take_request(method if method != "re-INVITE" else "INVITE", message, source)
        elif not self.held:
            self.requests.append((0, method, message))
            self.held = (message, source)
            self.version += 1
            self.cseq += 1
            self.crossing = self.cseq
            self.request(self.theirs, self.cseq, self.sdp("sendrecv") if self.offer else "")
        # else a copy of what is held

    def take_answer(self, message):
        super().take_answer(message)
        if self.crossing in self.answers and not self.crossed:
            self.crossed = self.answers[self.crossing].split("\r\n")[0]
            self.respond(*self.held, self.word)


# our refresh, their request, does theirs carry an offer; what they are told, what they tell us
CROSSINGS = {
    "two re-INVITEs": ("re-INVITE", "INVITE", True, 491, "491 Request Pending"),
    "their UPDATE with an offer": ("re-INVITE", "UPDATE", True, 491, "491 Request Pending"),
    "our offer alone stands": ("re-INVITE", "UPDATE", False, 200, "491 Request Pending"),
    "their offer alone stands": ("UPDATE", "INVITE", True, 200, "491 Request Pending"),
    "two UPDATEs without an offer": ("UPDATE", "UPDATE", False, 200, "491 Request Pending"),
}


@pytest.mark.parametrize("what, leg", [(what, "resident") for what in CROSSINGS] + [
    ("two re-INVITEs", "staff"), ("their UPDATE with an offer", "staff")])
def test_crossing(folder, what, leg):
    """Then both ask again, both are heard, and the sound goes on."""
    ours, theirs, offer, told, word = CROSSINGS[what]
    with contextlib.ExitStack() as stack:
        peer = stack.enter_context(Crossing(ours, theirs, offer, word))
        driver = stack.enter_context(call(folder, peer) if leg == "resident" else talking(folder, peer))
        wait_until(lambda: peer.crossed, 20, why="they cross")
        assert int(peer.crossed.split(" ")[1]) == told
        wait_until(lambda: len(peer.came(ours)) >= 2, 20, why="ours again")
        if told == 491:
            assert peer.change(theirs, "sendrecv") == (200, "sendrecv"), "theirs again"
        at = len(peer.packets)
        wait_until(lambda: len(peer.packets) >= at + 20, 10, why="the sound goes on")
        assert not peer.over.is_set()
        driver.say("hangup 7")
        if leg == "staff":
            assert over(driver)["result"] == "network_disconnect"
        assert driver.end_of(7, 30)["local"] == 0
        driver.stop()
        assert driver.code == 0, driver.tail()


def test_who_rang_us_may_go_first(folder):
    """His call: he waits 2.1 s and more, so we ask again before."""
    class Once(Caller):
        """Answers our first re-INVITE by 491."""
        def respond(self, request, source, body="", headers=()):
            if request.startswith("INVITE") and header(request, "CSeq") == header(self.reinvites[0], "CSeq"):
                self.sip.sendto("\r\n".join(
                    ["SIP/2.0 491 Request Pending"] + [line for line in request.split("\r\n") if line.split(":")[0] in (
                        "Via", "From", "To", "Call-ID", "CSeq")] + ["Content-Length: 0", "", ""]).encode(), source)
            else:
                super().respond(request, source, body, headers)

    trunk = free_port()
    with Driver(folder / "driver", f"sip:127.0.0.1:{trunk}", inbound=1, min_se_s=1,
                prompt0=tone(folder / "p.ulaw", 30.0)) as driver:
        with Once(driver.events[0]["id"], "0265001111", ours=trunk,
                  headers=[WITHOUT, "Supported: timer", "Session-Expires: 4;refresher=uas"]) as c:
            c.invite()
            driver.say(f"answer {driver.wait(lambda e: e['event'] == 'inbound')['id']} 7 60000 0")
            c.final(200)
            c.ack()
            wait_until(lambda: len(c.reinvites) >= 2, 20, why="it is asked again")
            assert "m=audio" in c.reinvites[1] and not c.byes
            driver.say("hangup 7")
            assert driver.end_of(7)["local"] == 0
