"""What many calls leave behind: memory in use, resident memory, descriptors. For a flow test and a benchmark.

    with Many(folder) as many:
        before = many.figures()
        many.calls(1000)
        many.linger(); many.figures()     # {"kb": in use, "rss_kb": …, "fds": …}

Half of the calls are answered and hear a prompt, half are busy; two trunks share them. Sofia keeps what belongs to a
finished call for 32 s more: only behind that a figure says something.
"""
import os
import re
import time
from pathlib import Path

from tests.support.peer import PATIENCE
from tests.support.sip_driver import Driver
from tests.support.sipp import Sipp

LINGER_S = 45  # Sofia remembers a call for 32; unused memory goes back to the system after 40


class Many:
    def __init__(self, folder, lines=40):
        self.folder, self.lines = folder, lines
        self.next, self.seen = 1, 0
        self.busy = Sipp(folder / "busy", "busy")
        self.listen = Sipp(folder / "listen", "listen")
        (folder / "p.ulaw").write_bytes(b"\x40" * 800)

    def __enter__(self):
        self.busy.run()
        self.listen.run()
        self.driver = Driver(self.folder / "driver", self.busy.uri, more=[{"uri": self.listen.uri}], lines=self.lines,
                             prompt0=self.folder / "p.ulaw", box=4096)
        return self

    def __exit__(self, *_):
        for peer in (self.driver, self.listen, self.busy):
            peer.stop()

    def ended(self):
        """Events since the last look: {code: calls that ended so}."""
        self.driver.read()
        new, self.seen = self.driver.events[self.seen:], len(self.driver.events)
        found = {}
        for event in new:
            if event["event"] in ("dropped", "refused"):
                raise AssertionError(event)
            if event["event"] == "ended":
                found[event["code"]] = found.get(event["code"], 0) + 1
        return found

    def calls(self, count, seconds=600):
        """Makes so many, all lines busy; {code: calls}."""
        codes, under_way, left, until = {}, 0, count, time.monotonic() + seconds * PATIENCE
        while under_way or left:
            assert time.monotonic() < until and self.driver.alive(), self.driver.tail()
            while left and under_way < self.lines:
                self.driver.call(self.next)
                self.next, left, under_way = self.next + 1, left - 1, under_way + 1
            for code, n in self.ended().items():
                codes[code] = codes.get(code, 0) + n
                under_way -= n
            time.sleep(0.005)
        return codes

    def figures(self):
        self.driver.say("stat")
        at = len(self.driver.events)
        self.driver.wait(lambda e: e["event"] == "stat" and e in self.driver.events[at:])
        status = Path(f"/proc/{self.driver.process.pid}/status").read_text()
        return {"kb": self.driver.events[-1]["kb"], "rss_kb": int(re.search(r"VmRSS:\s+(\d+)", status)[1]),
                "threads": int(re.search(r"Threads:\s+(\d+)", status)[1]),
                "fds": len(os.listdir(f"/proc/{self.driver.process.pid}/fd"))}

    def quiet(self):
        """The figures once the last call's descriptors are closed, which is a little behind its end."""
        now, before = self.figures(), None
        until = time.monotonic() + 10 * PATIENCE
        while before is None or now["fds"] != before["fds"]:
            assert time.monotonic() < until, (before, now)
            time.sleep(0.3)
            before, now = now, self.figures()
        return now

    def linger(self):
        time.sleep(LINGER_S)
