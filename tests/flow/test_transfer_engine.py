"""A transfer by the whole engine: a real trunk, real telephones; staff are busy, staff speak, the engine dies; and in a
call that came in."""
import pytest

from tests.support.baresip import Baresip
from tests.support.kamailio import Kamailio
from tests.support.kannel import Kannel
from tests.support.osamed import VOICE, Osamed, person, targets
from tests.support.peer import free_port, remove, temporary_folder, wait_until
from tests.support.sipp import Sipp

FILE = "015_202096_taisho_1.csv"
RESIDENT, STAFF = "0265784112", "0265784199"
SCENARIO = """\
<?xml version="1.0" encoding="UTF-8"?>
<vxml version="2.1" xml:lang="ja-JP" o:kind="reminder"
      xmlns="http://www.w3.org/2001/vxml" xmlns:o="urn:osame:scenario:1">
  <form>
    <block><prompt>おつなぎします。</prompt><o:heard/></block>
    <transfer name="staff" dest="staff:window" bridge="true" connecttimeout="10s" maxtime="60s">
      <filled>
        <if cond="staff == 'busy' || staff == 'noanswer'">
          <prompt>折り返します。</prompt><o:task kind="折返し希望"/>
        </if>
      </filled>
    </transfer>
  </form>
</vxml>
"""

# Who reaches nobody is written to: the office's number.
WRITTEN = SCENARIO.replace('connecttimeout="10s"', 'connecttimeout="1s"').replace(
    '<prompt>折り返します', '<o:sms text="reminder"/><prompt>折り返します')
OURS = "0265784111"


@pytest.fixture
def folder():
    path = temporary_folder("osame-flow-")
    yield path
    remove(path)


class City:
    """The engine, its trunk, the resident who listens, and staff."""

    def __init__(self, folder, staff, resident="listen", scenario=SCENARIO, sms=None, more=None, account="osame"):
        self.folder, self.peers = folder, []
        self.scenario, self.sms, self.more, self.account = scenario, sms, more or {}, account
        self.accounts = {account: "correct-horse", RESIDENT: "pw-person"}
        self.resident = Sipp(folder / "resident", resident, name="resident")
        self.staff = Sipp(folder / "staff", staff, name="staff")

    def __enter__(self):
        routes = {}
        for number, peer in ((RESIDENT, self.resident), (STAFF, self.staff)):
            peer.run()
            self.peers.append(peer)
            routes[number] = peer.uri
        self.trunk = Kamailio(self.folder / "trunk", self.accounts, routes=routes)
        self.peers.append(self.trunk)
        self.trunk.run()
        self.engine = Osamed(self.folder / "osame", trunk=self.trunk.uri, sms=self.sms)
        self.peers.append(self.engine)
        self.engine.keys["trunk main"] |= {
            "user": self.account, "password": self.accounts[self.account], "register": "yes"}
        self.engine.keys["voice"]["port"] = free_port()
        self.engine.keys["transfer window"] = {"number": STAFF}
        (self.engine.specs / "scenarios" / "staff.vxml").write_text(self.scenario)
        self.engine.campaign(waves=[VOICE], scenario="staff")
        self.engine.run()
        self.engine.drop_in(FILE, targets([person(1, RESIDENT, **self.more)]))
        self.engine.start_run()
        return self.engine

    def __exit__(self, *_):
        for peer in reversed(self.peers):
            peer.stop()


def test_staff_are_busy(folder):
    """The scenario goes on: its words, its task; the contact says 話中."""
    with City(folder, "busy") as engine:
        engine.wait_run("closed")
        engine.wait_delivered()
        attempt, = engine.target(1)["attempts"]
        contact, = engine.out_rows("kosho")
    assert (attempt["code"], attempt["transfer"]) == (10, "window=busy(0s)")
    assert "折返し希望" in attempt["tasks"]
    assert "職員へ転送(話中)" in str(contact)


@pytest.mark.parametrize("staff, word", [("busy", "busy"), ("no_answer", "noanswer")])
def test_who_reached_nobody_is_written_to(folder, staff, word):
    """The branch's message goes to his mobile, once, after a transfer that came to nothing."""
    mobile = {"電話番号2": "09012345671", "電話区分2": "2", "SMS可否2": "1"}
    with Kannel(folder / "kannel") as kannel, City(folder, staff, scenario=WRITTEN, sms=kannel, more=mobile) as engine:
        engine.wait_run("closed", seconds=60)
        wait_until(kannel.received, 20, why="the message")
        call, = [a for a in engine.target(1)["attempts"] if a["channel"] == "voice"]
        assert [m.to for m in kannel.received()] == ["09012345671"]
    assert call["code"] == 10 and call["transfer"].startswith(f"window={word}(") and call["tasks"] == "折返し希望"


@pytest.mark.parametrize("staff, word, words", [("hang_up", "far_end_disconnect", "接続"), ("busy", "busy", "話中")])
def test_in_a_call_that_came_in(folder, staff, word, words):
    """He was engaged when we rang, and rings back: the same scenario, the same way to staff, in the same records."""
    city = City(folder, staff, resident="busy", account=OURS)
    with city as engine:
        engine.wait_run("closed", seconds=60)
        with Baresip(folder / "him", RESIDENT, "pw-person", city.trunk.port) as he:
            he.run()
            he.command("dial", f"sip:{OURS}@ina.example")
            row = engine.until(lambda: (r := engine.rows("callbacks", "--whole", "--reason", "試験")) and r[-1]["state"] == "ended" and r[-1], 60,
                               "the callback is over")
        first, = engine.target(1)["attempts"]
        back, = [a for a in engine.attempts() if a["inbound"]]
        engine.wait_delivered()
        contacts = [c["交渉内容"] for c in engine.out_rows("kosho")]
        calls = [text for _, way, text in city.staff.messages() if way == "in" and text.startswith("INVITE")]
        assert engine.osame("status").json["lines_used"] == 0
    assert (first["code"], first.get("transfer", "")) == (21, "")
    assert (back["code"], back["heard"], back["tasks"]) == (10, True, "折返し希望" if word == "busy" else ""), back
    assert back["transfer"].startswith(f"window={word}("), back
    assert f"result={word} " in engine.log_text()
    assert (row["said"], row["person"], row["heard"]) == ("scenario", "100001", True)
    assert len(calls) == 1 and any(f"職員へ転送({words}" in text for text in contacts), contacts


def test_killed_while_they_speak(folder):
    """kill -9: the transfer and the call are unknown, and nobody is called again. (That both lines are held is
    test_turn_transfer.c's: the rehearsal clock jumps over that time here.)"""
    city = City(folder, "listen")
    with city as engine:
        engine.until(lambda: any(text.startswith("ACK ") for _, _, text in city.staff.messages()), 20,
                     "staff speak")
        assert engine.osame("status").json["lines_used"] == 2
        engine.kill9()
        engine.restart()
        attempt, = engine.target(1)["attempts"]
        assert (attempt["code"], attempt["transfer"]) == (90, "window=unknown(70s)")
        invites = [text for _, way, text in city.staff.messages() if way == "in" and text.startswith("INVITE")]
        assert len(invites) == 1
