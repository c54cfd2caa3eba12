"""The program tests/flow/voice_driver: the voice port behind lines. Its events, as dicts."""
import contextlib
import os
import subprocess
import time
from pathlib import Path

from tests.support.peer import PATIENCE, Peer

BUILD = os.environ.get("OSAME_BUILD", "build/release")


TRUNK = {"user": "user", "password": "password", "domain": "domain", "register": "do_register",
         "register_s": "register_s", "trunk_lines": "lines", "per_second": "per_second",
         "priority": "priority", "keepalive": "keepalive_s", "identity": "identity", "srtp": "srtp",
         "session_s": "session_s"}


class Driver(Peer):
    """Start it with the trunk's URI; `events` holds all that it said so far. Keys of TRUNK are the
    first trunk's; `more` are further trunks: [{"uri": …, "priority": …}]."""

    name = "voice_driver"

    def __init__(self, folder, trunk, more=(), **config):
        super().__init__(folder)
        self.events = []
        self.code = None
        argv = [f"{BUILD}/tests/flow/voice_driver", f"1.uri={trunk}"]
        argv += [f"1.{TRUNK[key]}={value}" if key in TRUNK else f"{key}={value}"
                 for key, value in config.items()]
        argv += [f"{n}.{TRUNK.get(key, key)}={value}" for n, keys in enumerate(more, 2)
                 for key, value in keys.items()]
        if "tls_folder" in config:  # by env(1): os.environ cannot be copied in a thread while pytest writes there
            argv[:0] = ["env", f"LSAN_OPTIONS=suppressions={Path(__file__).parent}/lsan-sip-tls.supp:print_suppressions=0"]
        log = open(self.log, "ab")
        self.process = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=log, start_new_session=True)
        log.close()
        os.set_blocking(self.process.stdout.fileno(), False)
        self.rest = b""
        self.wait(lambda e: e["event"] in ("port", "start"), 10)

    def say(self, line):
        self.process.stdin.write(line.encode() + b"\n")
        self.process.stdin.flush()

    def call(self, attempt, number="0265784111", caller="0265001111", ring=3000, limit=20000,
             keys=0, word="call"):
        self.say(f"{word} {attempt} {number} {caller} {ring} {limit} {keys}")

    def read(self):
        if self.process:
            self.rest += self.process.stdout.read() or b""
        *lines, self.rest = self.rest.split(b"\n")
        for line in lines:
            word, *more = line.decode().split(" ")
            event = {"event": word, "at": time.monotonic()}
            if more and "=" not in more[0]:
                event["id"] = int(more.pop(0))
            if more and more[0].startswith("why="):
                more = [" ".join(more)]
            event.update(part.split("=", 1) for part in more)
            for key in list(event):
                if key not in ("event", "why", "at", "keys", "number", "called", "to", "result") and isinstance(event[key], str):
                    event[key] = int(event[key])
            self.events.append(event)

    def wait(self, what, seconds=10):
        """The first event that `what` is true of."""
        end = time.monotonic() + seconds * PATIENCE
        while True:
            self.read()
            for event in self.events:
                if what(event):
                    return event
            if time.monotonic() > end or (not self.alive() and not self.rest):
                self.read()
                raise AssertionError(f"no such event; had {self.events}\n{self.tail()}")
            time.sleep(0.01)

    def end_of(self, attempt, seconds=15):
        return self.wait(lambda e: e["event"] == "ended" and e["id"] == attempt, seconds)

    def words(self, attempt):
        """The events of one attempt in their order: ['placed', 'answered', 'ended']."""
        self.read()
        return [e["event"] for e in self.events if e.get("id") == attempt and
                e["event"] not in ("port", "start", "trunk")]

    def stop(self, seconds=12.0):
        if self.alive():
            with contextlib.suppress(OSError):  # its pipe is closed before it can be waited for
                self.say("stop")
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(seconds * PATIENCE)
        self.read()
        if self.process:
            self.code = self.process.poll()
        super().stop()
