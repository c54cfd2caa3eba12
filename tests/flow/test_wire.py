"""A bad wire: packets of sound and keys lost, doubled and in a wrong order, both ways, between the voice
port and a real telephone; and a call that the other side puts on hold."""
import time

import pytest

from tests.flow.test_voice import ACCOUNTS, check_heard, tone
from tests.support.baresip import Baresip
from tests.support.kamailio import Kamailio
from tests.support.peer import remove, temporary_folder, wait_until
from tests.support.relay import Relay
from tests.support.sip_driver import Driver
from tests.support.ua import Ua

EVENT = 0x80  # of the second byte of a telephone event: this is its end


@pytest.fixture
def folder():
    path = temporary_folder()
    yield path
    remove(path)


class BadSound:
    """Of each fifty packets one is lost, one comes twice and two change places."""

    def __init__(self):
        self.n = self.lost = 0
        self.kept = None

    def __call__(self, packet):
        self.n += 1
        turn = self.n % 50
        if turn == 10:
            self.lost += 1
            return []
        if turn == 20:
            return [packet, packet]
        if turn == 30:
            self.kept = packet
            return []
        if turn == 31:
            return [packet, self.kept]
        return [packet]


class BadKeys:
    """What telephones send for a key, spoilt another way for each: all ends lost; the beginning lost; in
    reverse pairs, each twice; all but the very last lost. Silence between passes."""

    def __init__(self):
        self.stamps = []  # of the keys' beginnings, in order
        self.seen = {}    # stamp -> packets so far, of them ends
        self.held = None

    def __call__(self, packet):
        if len(packet) != 16 or packet[1] & 0x7F != 101:
            return [packet]
        stamp, end = packet[4:8], bool(packet[13] & EVENT)
        if stamp not in self.seen:
            self.stamps.append(stamp)
            self.seen[stamp] = [0, 0]
        self.seen[stamp][0] += 1
        self.seen[stamp][1] += end
        packets, ends = self.seen[stamp]
        kind = self.stamps.index(stamp) % 4
        if kind == 0:
            return [] if end else [packet]
        if kind == 1:
            return [packet] if packets > 3 else []
        if kind == 2:
            self.held, last = (None, self.held) if self.held else (packet, None)
            return [packet, packet, last, last] if last else []
        return [packet] if end and ends == 3 else []


def test_a_bad_wire(folder):
    """Each key counts once, and the tone has no hole beyond the packets that were lost."""
    sound = tone(folder / "p.ulaw", 3.0)
    keys, spoilt = BadKeys(), BadSound()
    with Kamailio(folder / "trunk", ACCOUNTS) as trunk:
        trunk.run()
        with Relay(trunk.port, to_callee=spoilt, to_us=keys) as wire, \
                Baresip(folder / "person", "0265784111", "pw-person", trunk.port,
                        keys=[(3.6, "1"), (4.1, "2"), (4.6, "2"), (5.1, "5"), (5.6, "#")]) as person:
            person.run()
            with Driver(folder / "driver", wire.uri, user="osame", password=ACCOUNTS["osame"], register=1,
                        prompt0=sound) as driver:
                driver.wait(lambda e: e["event"] == "trunk" and e["up"] == 1)
                driver.call(42, keys=5)
                end = driver.end_of(42, 30)
                driver.stop()
            wait_until(lambda: person.count("CALL_CLOSED"), 10)
        heard = person.recordings()[0][1]
    assert (end["code"], end["keys"]) == (10, "1225#")
    assert len(keys.stamps) == 5 and 2 <= spoilt.lost < 10
    check_heard(heard, seconds=3.0, level=8000, missing=8 + 2 * spoilt.lost)


def test_hold_and_back(folder):
    """On hold nothing is sent and the prompt waits; taken back it goes on where it stood, to its end: every
    byte arrives once, in order, and the call is one that was heard."""
    # Three seconds, and each byte known by its place.
    sound = folder / "p.ulaw"
    sound.write_bytes(bytes(0x80 + (i // 160 + i % 7) % 100 for i in range(24000)))
    with Ua() as callee, Driver(folder / "driver", callee.uri, prompt0=sound) as driver:
        driver.call(7, limit=60000)
        wait_until(lambda: len(callee.packets) >= 40, 10, why="it speaks")
        for direction, answer in (("sendonly", "recvonly"), ("inactive", "inactive")):
            assert callee.reinvite(direction) == (200, answer)
            # what was sent before our answer may still have to be read
            wait_until(lambda: time.monotonic() - callee.packets[-1][0] > 0.5, 10, why=f"silence ({direction})")
            assert callee.reinvite("sendrecv") == (200, "sendrecv")
            at = len(callee.packets)
            wait_until(lambda: len(callee.packets) >= at + 20, 10, why="it goes on")
        end = driver.end_of(7, 30)
        driver.stop()
        assert driver.code == 0, driver.tail()
        assert callee.over.wait(5)
    assert (end["code"], end["heard"], end["finished"]) == (10, 1, 1), end
    heard, wanted = callee.sound(), sound.read_bytes()
    start = heard.index(wanted[:160])
    assert heard[start:start + len(wanted)] == wanted, "not a byte is missing, none comes twice"
    sequence = [n for _, n, _, _ in callee.packets]
    assert [(b - a) % 65536 for a, b in zip(sequence, sequence[1:])] == [1] * (len(sequence) - 1)
