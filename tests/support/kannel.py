"""Kannel as the SMS gateway: bearerbox, smsbox and the fake SMS centre, on free ports.

    with Kannel(folder) as gateway:
        gateway.sendsms_url, gateway.user, gateway.password    # for osamed's [sms …] section
        gateway.received()     # what the fake SMS centre was given, oldest first

Three processes run unprivileged (nobody, when we are root), each with a log of its own in the folder.
Ports are picked free and bound a moment later by Kannel, so another program may be faster: then the
whole gateway is started again on other ports.

The fake SMS centre's own log is the proof of what "reached the network".
"""
import os
import re
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote_to_bytes

from tests.support.peer import Peer, free_port, tcp_open, unprivileged, wait_until

CONF = """\
group = core
admin-port = {admin}
admin-password = {admin_password}
admin-deny-ip = "*.*.*.*"
admin-allow-ip = "127.0.0.1"
smsbox-port = {box}
smsbox-interface = 127.0.0.1
box-deny-ip = "*.*.*.*"
box-allow-ip = "127.0.0.1"
# Receipts that are owed, and messages, are on disk: they outlive a crash of the gateway.
store-type = spool
store-location = {folder}/store
dlr-storage = spool
dlr-spool = {folder}/dlr
access-log = {folder}/access-bearerbox.log
# No text (%b) and no numbers (%p, %P): the gateway's log is no register of residents.
access-log-format = "%l smsc=%i user=%n foreign=%F"
sms-resend-freq = 2
sms-resend-retry = 5

group = smsc
smsc = fake
smsc-id = fake
port = {smsc}
# The fake SMS centre's port listens on all addresses; only this one may connect.
connect-allow-ip = 127.0.0.1

group = smsbox
bearerbox-host = 127.0.0.1
sendsms-port = {sendsms}
sendsms-interface = 127.0.0.1
# No access log: smsbox would write texts and numbers into it, and has no format to forbid that.
# Receipts that our listener answers with 503 come again.
http-request-retry = 30
http-queue-delay = 1

group = sendsms-user
username = {user}
password = {password}
user-deny-ip = "*.*.*.*"
user-allow-ip = "127.0.0.1"
concatenation = true
max-messages = 10
"""


@dataclass
class Received:
    """One message (one part of a long one) that the fake SMS centre was given."""
    sender: str
    to: str
    text: str


class Box(Peer):
    """One of the three processes."""

    def __init__(self, folder, name):
        self.name = name
        super().__init__(folder)


class Kannel:
    """The gateway. stop() ends all three; start() may be called again (same folder, same spool)."""

    user = "osame"
    password = "k&nnel %+pass"  # needs escaping in a URL, on purpose

    def __init__(self, folder, tries=4, trace=False):
        self.folder = Path(folder)
        self.tries = tries
        self.trace = trace  # bearerbox also logs what handed_over() reads: texts and numbers too
        self.boxes = []
        self.ports = {}

    # ---- life ----

    def start(self, ports=None):
        for name in ("", "store", "dlr"):
            path = self.folder / name
            path.mkdir(parents=True, exist_ok=True)
            if unprivileged():
                os.chown(path, *unprivileged())
            path.chmod(0o755)
        for left in reversed(range(self.tries)):
            self.ports = ports or {name: free_port() for name in ("admin", "box", "smsc", "sendsms")}
            try:
                self._start_boxes()
                return self
            except AssertionError:
                self.stop()
                if left == 0 or ports:
                    raise
        return self

    def _start_boxes(self):
        conf = self.folder / "kannel.conf"
        conf.write_text(CONF.format(folder=self.folder, user=self.user, password=self.password,
                                    admin_password=os.urandom(12).hex(), **self.ports))
        if unprivileged():  # it holds passwords
            os.chown(conf, *unprivileged())
        conf.chmod(0o600)
        bearer = self._box("bearerbox")
        # Readiness is read from its log: a connection made to try a port would count as a client.
        bearer.start(["/usr/sbin/bearerbox", "-v", "0" if self.trace else "1", conf], drop_root=True, cwd=self.folder,
                     ready=lambda: "Start-up done" in bearer.text())
        self.restart_centre()
        # -v 2: at "info" smsbox writes every text and number into its log.
        smsbox = self._box("smsbox")
        smsbox.start(["/usr/sbin/smsbox", "-v", "2", conf], drop_root=True, cwd=self.folder,
                      ready=lambda: tcp_open(self.ports["sendsms"]))
        # Connected boxes: until then sendsms answers 503.
        wait_until(lambda: "Client connected from" in bearer.text(), 10, why="smsbox reached bearerbox")

    def restart_centre(self):
        """The fake SMS centre, at the start or after its stop() by a test; received() keeps its past."""
        bearer = self.boxes[0]
        seen = bearer.text().count("Fakesmsc client connected")
        centre = next((box for box in self.boxes if box.name == "fakesmsc"), None) or self._box("fakesmsc")
        # -m 0: it sends nothing by itself, and still wants a message to send.
        centre.start(["/usr/lib/kannel/test/fakesmsc", "-H", "127.0.0.1", "-r", self.ports["smsc"], "-m", "0",
                      "1 2 text nothing"], drop_root=True, cwd=self.folder,
                     ready=lambda: bearer.text().count("Fakesmsc client connected") > seen)

    def _box(self, name):
        box = Box(self.folder, name)
        start = box.log.stat().st_size if box.log.exists() else 0
        box.text = lambda: box.log.read_bytes()[start:].decode(errors="replace") if box.log.exists() else ""
        self.boxes.append(box)
        return box

    def stop(self):
        for box in reversed(self.boxes):
            box.stop()
        self.boxes = []

    def alive(self):
        return bool(self.boxes) and all(box.alive() for box in self.boxes)

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()

    # ---- what it offers ----

    @property
    def sendsms_url(self):
        return f"http://127.0.0.1:{self.ports['sendsms']}/cgi-bin/sendsms"

    def received(self):
        """What the fake SMS centre was given since start(), oldest first; parts of a long text one by one."""
        log = next(box for box in self.boxes if box.name == "fakesmsc").text()
        return [_parse(line) for line in re.findall(r"Got message \d+: <(.*)>$", log, re.M)]

    def handed_over(self):
        """With trace: (epoch, number, receipt URL) of each part that the SMS centre took, oldest first."""
        text = next(box for box in self.boxes if box.name == "bearerbox").text()
        found, threads = [], {}
        for when, thread, words in re.findall(
                r"^(\S+ \S+) \[\d+\] \[(\d+)\] DEBUG: (SMSC\[fake\]: DLR = .*|DLR\[spool\]: Looking for .*)$", text, re.M):
            if words.startswith("SMSC"):
                threads[thread] = words.split(" = ", 1)[1]
            elif thread in threads:
                to = re.search(r"dst=(\d+)", words)
                epoch = time.mktime(time.strptime(when, "%Y-%m-%d %H:%M:%S"))
                found.append((epoch, to[1] if to else "", threads.pop(thread)))
        return found


def _parse(line):
    """sender receiver "text" data | "ucs-2" data | "udh" header "data" data, escaped as in URLs. A part of
    a long text ("udh") does not show its coding: ours are all UCS-2."""
    sender, to, kind, *rest = line.split(" ")
    data = unquote_to_bytes(rest[-1].replace("+", " ")) if rest else b""
    return Received(sender, to, data.decode("utf-8" if kind == "text" else "utf-16-be", errors="replace"))
