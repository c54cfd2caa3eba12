"""A transfer by the whole engine: a real trunk, real telephones; staff are busy, staff speak, the engine dies."""
import pytest

from tests.support.kamailio import Kamailio
from tests.support.osamed import VOICE, Osamed, person, targets
from tests.support.peer import remove, temporary_folder
from tests.support.sipp import Sipp

FILE = "015_202096_taisho_1.csv"
RESIDENT, STAFF = "0265784112", "0265784199"
ACCOUNTS = {"osame": "correct-horse"}
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


@pytest.fixture
def folder():
    path = temporary_folder("osame-flow-")
    yield path
    remove(path)


class City:
    """The engine, its trunk, the resident who listens, and staff."""

    def __init__(self, folder, staff):
        self.folder, self.peers = folder, []
        self.resident = Sipp(folder / "resident", "listen", name="resident")
        self.staff = Sipp(folder / "staff", staff, name="staff")

    def __enter__(self):
        routes = {}
        for number, peer in ((RESIDENT, self.resident), (STAFF, self.staff)):
            peer.run()
            self.peers.append(peer)
            routes[number] = peer.uri
        self.trunk = Kamailio(self.folder / "trunk", ACCOUNTS, routes=routes)
        self.peers.append(self.trunk)
        self.trunk.run()
        self.engine = Osamed(self.folder / "osame", trunk=self.trunk.uri)
        self.peers.append(self.engine)
        self.engine.keys["trunk main"] |= {"user": "osame", "password": ACCOUNTS["osame"]}
        self.engine.keys["transfer window"] = {"number": STAFF}
        (self.engine.specs / "scenarios" / "staff.vxml").write_text(SCENARIO)
        self.engine.campaign(waves=[VOICE], scenario="staff")
        self.engine.run()
        self.engine.drop_in(FILE, targets([person(1, RESIDENT)]))
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
