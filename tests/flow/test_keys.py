"""Keys, as telephones and gateways really send them: RFC 4733 with its losses, tones in the sound, SIP INFO, and
several of them at once. One press is one key."""
import math
import struct
import threading
import time
from pathlib import Path

import pytest

from tests.flow.test_voice import tone, ulaw
from tests.support.peer import remove, temporary_folder, wait_until
from tests.support.sip_driver import Driver
from tests.support.ua import Ua

KEYS = "0123456789*#"
LOW, HIGH = (697, 770, 852, 941), (1209, 1336, 1477)
END = 0x80


@pytest.fixture
def folder():
    path = temporary_folder()
    yield path
    remove(path)


def event(key, duration, end=False):
    return bytes((KEYS.index(key), (END if end else 0) | 10)) + struct.pack("!H", duration)


class Telephone:
    """Sends a stream as a telephone does: 20 ms packets, keys in it. Times are the stream's."""

    def __init__(self, callee):
        self.callee, self.stamp = callee, 1000

    def quiet(self, seconds):
        self.sound(b"\xff" * int(8000 * seconds))

    def sound(self, samples):
        start = time.monotonic()
        for n, at in enumerate(range(0, len(samples), 160)):
            time.sleep(max(0, start + 0.02 * n - time.monotonic()))
            self.callee.send_rtp(samples[at:at + 160], self.stamp)
            self.stamp += 160

    def packets(self, key, count, ends=3, same=False, first=0, skip=(), twice=False, gap=0.005):
        """One press: `count` packets and `ends`; `same`: the ends repeat one sequence number; `skip`: these are
        lost; `twice`: each comes twice."""
        stamp = self.stamp
        for n in range(first, count + ends):
            end = n >= count
            if n in skip:
                self.callee.sequence += 1
                continue
            sequence = self.callee.sequence if same and n > count else None
            payload = event(key, min(160 * (min(n, count) + (first == 0)), 0xFFFF), end)
            for _ in range(2 if twice else 1):
                self.callee.send_rtp(payload, stamp, 101, marker=n == 0, sequence=sequence)
                sequence = self.callee.sequence
            time.sleep(gap)
        self.stamp += 160 * count

    def long(self, key, seconds):
        """Longer than its 16 bits can say: the press goes on under a new timestamp (RFC 4733, 2.5.1.3)."""
        left, first = int(seconds * 8000), True
        while left > 0:
            part = min(left, 0xFFFF)
            for duration in range(160, part + 1, 8000):
                self.callee.send_rtp(event(key, duration), self.stamp, 101, marker=first)
                first = False
                time.sleep(0.002)
            self.callee.send_rtp(event(key, part), self.stamp, 101)
            self.stamp += part
            left -= part
        for _ in range(3):
            self.callee.send_rtp(event(key, part, True), self.stamp - part, 101)

    def tone(self, key, seconds=0.1):
        at = "123456789*0#".index(key)
        pair = LOW[at // 3], HIGH[at % 3]
        self.sound(bytes(ulaw(int(sum(6000 * math.sin(2 * math.pi * f * i / 8000) for f in pair)))
                         for i in range(int(8000 * seconds))))


def talk(folder, wanted, act, events=True, **config):
    """The keys that were counted in a call in which `act` pressed; a last # says that it is over."""
    with Ua(events=events) as callee, Driver(folder / "driver", callee.uri, prompt0=tone(folder / "p.ulaw", 0.2),
                                             prompt1=tone(folder / "q.ulaw", 0.1), **config) as driver:
        driver.call(7, keys=len(wanted), limit=300000)
        wait_until(lambda: len(callee.packets) > 5 and callee.media, 10, why="sound")
        telephone = Telephone(callee)
        act(telephone)
        end = driver.end_of(7, 30)
        return end["keys"]


def test_events(folder):
    """Each line is a press, spoilt in its own way."""
    def act(t):
        t.packets("1", 8)
        t.packets("2", 8, same=True)                         # as in sipp's captures
        t.packets("3", 8, ends=0)                            # no end came
        t.quiet(0.06)
        t.packets("4", 8, first=4)                           # its beginning is lost
        t.packets("5", 1, ends=3)                            # as short as can be
        t.packets("6", 0, ends=1)                            # one packet alone came of it: its end
        t.packets("7", 8, twice=True)                        # the wire doubles
        t.packets("8", 12, skip=(1, 2, 3, 5, 6, 7, 8, 12))   # most are lost
        t.packets("9", 8, ends=10, same=True)                # a gateway that cannot stop
        t.long("*", 20.0)                                    # held for 20 s of the stream's time
        t.quiet(0.2)
        t.packets("0", 6)
        t.packets("0", 6)                                    # the same key again, at once
        t.packets("0", 6, same=True)
        for code in (12, 15, 16, 36, 255):                   # A, D, flash, fax: no keys
            t.callee.send_rtp(bytes((code, END | 10, 0, 160)), t.stamp, 101, marker=True)
            t.stamp += 160
        t.callee.send_rtp(b"\x05", t.stamp, 101)             # too short to be one
        t.packets("#", 6)
    assert talk(folder, "123456789*000#", act) == "123456789*000#"


def test_tones(folder):
    """All keys, found in the sound (no telephone-event was agreed on); silence and a single tone are none."""
    def act(t):
        t.sound(bytes(ulaw(int(6000 * math.sin(2 * math.pi * 941 * i / 8000))) for i in range(1600)))
        t.quiet(0.1)
        for key in "1234567890*#":
            t.tone(key)
            t.quiet(0.1)
        t.tone("5", 0.6)  # a long press is one
        t.quiet(0.2)
        t.tone("#")
        t.quiet(0.3)
    assert talk(folder, "1234567890*#5#", act, events=False) == "1234567890*#5#"


INFO = [("application/dtmf-relay", "Signal=1\r\nDuration=160\r\n"), ("application/dtmf-relay", "Signal= 2\r\nDuration= 90"),
        ("application/dtmf-relay", "signal=3\n"), ("application/dtmf", "4"), ("application/dtmf", "*\r\n"),
        ("application/dtmf-relay", "Duration=160\r\nSignal=0\r\n")]
NO_KEY = [("application/dtmf-relay", "Signal=12"), ("application/dtmf-relay", "Signal="), ("application/dtmf", "A"),
          ("application/dtmf", ""), ("text/plain", "5"), ("application/dtmf-relay", "Duration=160"),
          ("application/dtmf", "5" * 900), ("application/sdp", "Signal=5")]


def test_info(folder):
    """In every form that gateways have; what is no key is answered all the same."""
    def act(t):
        for kind, body in INFO[:3] + NO_KEY + INFO[3:] + [("application/dtmf", "#")]:
            assert t.callee.ask("INFO", body, [f"Content-Type: {kind}"]).startswith("SIP/2.0 200"), (kind, body)
    assert talk(folder, "1234*0#", act) == "1234*0#"


def both(*ways):
    threads = [threading.Thread(target=way) for way in ways]
    for t in threads:
        t.start()
    for t in threads:
        t.join()


@pytest.mark.parametrize("ways", ["events and INFO", "tones and events", "all three"])
def test_one_press_by_several_ways(folder, ways):
    """Counted once; and the same key pressed again is another one."""
    def info(t, key):
        return lambda: t.callee.ask("INFO", f"Signal={key}\r\nDuration=100\r\n", ["Content-Type: application/dtmf-relay"])

    def act(t):
        for key in "1229":
            by_event = (lambda: t.packets(key, 5, gap=0.02))
            by_tone = (lambda: t.tone(key))
            if ways == "events and INFO":
                both(by_event, info(t, key))
            elif ways == "tones and events":
                by_tone()
                by_event()
            else:
                by_tone()
                both(by_event, info(t, key))
            t.quiet(0.3)
        t.packets("#", 5)
    assert talk(folder, "1229#", act, tones=1) == "1229#"


CAPTURES = Path("/usr/share/sip-tester")


def capture(key):
    """[(seconds, RTP packet)] of a capture of one press that sip-tester ships: a real telephone's."""
    data = (CAPTURES / f"dtmf_2833_{ {'*': 'star', '#': 'pound'}.get(key, key)}.pcap").read_bytes()
    order = "<" if data[:4] == b"\xd4\xc3\xb2\xa1" else ">"
    link, at, found, first = struct.unpack(order + "I", data[20:24])[0], 24, [], None
    while at + 16 <= len(data):
        second, micro, size, _ = struct.unpack(order + "IIII", data[at:at + 16])
        frame = data[at + 16:at + 16 + size]
        at += 16 + size
        ip = frame[{1: 14, 113: 16, 101: 0}[link]:]
        if ip[9] != 17:
            continue
        when = second + micro / 1e6
        first = when if first is None else first
        found.append((when - first, ip[(ip[0] & 15) * 4 + 8:]))
    return found


@pytest.mark.skipif(not CAPTURES.exists(), reason="sip-tester is not installed")
def test_captures(folder):
    """Each press as it was on the wire, with its own times, sequence numbers and timestamps; and two a second time."""
    def act(t):
        for key in "1234567890*50#":
            start = time.monotonic()
            for when, packet in capture(key):
                time.sleep(max(0, start + when - time.monotonic()))
                if packet[1] & 0x7F >= 96:
                    packet = packet[:1] + bytes((packet[1] & 0x80 | 101,)) + packet[2:]
                t.callee.rtp.sendto(packet, t.callee.media)
            time.sleep(0.15)
    assert talk(folder, "1234567890*50#", act) == "1234567890*50#"
