"""The text port over the real adapters, driven by lines: tests/flow/text_driver."""
import os
import subprocess

from tests.support.peer import wait_until

BUILD = os.environ.get("OSAME_BUILD", "build/release")
ACCEPTED, REFUSED, RETRY, UNKNOWN = range(4)
DELIVERED, FAILED, OUT_OF_AREA, REJECTED, BUFFERED, NONE = range(6)


class Driver:
    """tests/flow/text_driver; `events` are the words of its lines."""

    def __init__(self, folder, gateways, **options):
        """`gateways`: keys of each, in the order in which they are tried; the first is its `gateway` (name)."""
        words = [f"{k}={v}" for g in (options, *gateways) for k, v in g.items()]
        self.log = open(folder / "text_driver.log", "ab")
        self.process = subprocess.Popen(
            [f"{BUILD}/tests/flow/text_driver", *words],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.log)
        os.set_blocking(self.process.stdout.fileno(), False)
        self.rest, self.events = b"", []
        self.port = int(self.wait("port")[0][1])

    def say(self, line):
        self.process.stdin.write(line.encode() + b"\n")
        self.process.stdin.flush()

    def pump(self):
        self.rest += self.process.stdout.read() or b""
        *lines, self.rest = self.rest.split(b"\n")
        self.events += [line.decode().split() for line in lines]

    def wait(self, *words, count=1, seconds=15):
        """Events that begin with these words, once there are `count` of them."""
        words = [str(w) for w in words]

        def found():
            self.pump()
            hits = [e for e in self.events if e[:len(words)] == words]
            return hits if len(hits) >= count else None
        return wait_until(found, seconds, why=f"{count} x {words} in {self.events}")

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self):
        if self.process.poll() is None:
            self.say("quit")
            assert self.process.wait(10) == 0
        self.log.close()
