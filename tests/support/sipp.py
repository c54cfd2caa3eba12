"""Telephones by sipp: each is one process that plays one scenario of tests/support/sipp/.

Scenarios say what a callee does (busy, dead_number, listen …). sipp answers any number of
calls, in order of arrival, each in its own run of the scenario. It keeps a message log:
`messages()` gives each SIP message that it saw with its time, to be joined by Call-ID.
"""
import re
import socket
from pathlib import Path

from tests.support.peer import Peer, free_port, unprivileged

RAW = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups",
       "--inh-caps=-all,+net_raw", "--ambient-caps=+net_raw", "--bounding-set=-all,+net_raw"]
SCENARIOS = Path(__file__).parent / "sipp"


class Sipp(Peer):
    """One callee. `uri` is where to send calls to, `port` its SIP port."""

    def __init__(self, folder, scenario, name=None, transport="u1", status=None, raw=False,
                 extra=(), words=None):
        self.name = name or f"sipp-{scenario}"
        super().__init__(folder)
        self.scenario = scenario
        self.transport = transport
        self.status = status  # of the scenario "status"
        self.words = dict(words or {})  # further words of the scenario, and what stands for them
        # Playing captures needs a raw socket: as nobody, with that one capability (we are root).
        self.raw = RAW if raw and unprivileged() else []
        self.extra = list(extra)
        self.port = None

    @property
    def uri(self):
        return f"sip:127.0.0.1:{self.port}"

    def bound(self):
        """sipp has bound its UDP port when we cannot."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            try:
                s.bind(("127.0.0.1", self.port))
            except OSError:
                return True
        return False

    def write_scenario(self):
        """sipp takes no variable as a status: a copy of the scenario has it written in."""
        text = (SCENARIOS / f"{self.scenario}.xml").read_text()
        path = self.folder / f"{self.scenario}.xml"
        for word, value in {"[status]": str(self.status or 486), **self.words}.items():
            text = text.replace(word, value)
        path.write_text(text)
        path.chmod(0o644)
        return path

    def run(self):
        """Again with other ports when it ends at once: one was taken between our look and its."""
        for last in (False, False, True):
            try:
                return self.run_once()
            except AssertionError:
                if last or self.alive():
                    raise

    def run_once(self):
        self.port = free_port()
        self.folder.chmod(0o777)
        argv = ["sipp", "-sf", self.write_scenario(), "-i", "127.0.0.1", "-mi",
                "127.0.0.1", "-p", self.port, "-mp", media_port(), "-t", self.transport,
                "-nostdin", "-trace_msg", "-message_file", self.folder / f"{self.name}.messages",
                "-trace_err", "-error_file", self.folder / f"{self.name}.errors",
                "-buff_size", "4000000", "-default_behaviors", "all,-bye"]
        return self.start(self.raw + argv + self.extra, ready=self.bound, drop_root=not self.raw)

    def messages(self):
        """[(time, 'in' | 'out', text)] of all that passed."""
        try:
            text = (self.folder / f"{self.name}.messages").read_text(errors="replace")
        except OSError:
            return []
        found = []
        parts = re.split(r"^-{20,} (.*)$", text, flags=re.M)
        for when, body in zip(parts[1::2], parts[2::2]):
            head = re.match(r"\s*\w+ message (sent|received) .*?\n\n", body, re.S)
            if head:
                found.append((when, "out" if head[1] == "sent" else "in", body[head.end():]))
        return found

    def errors(self):
        try:
            return (self.folder / f"{self.name}.errors").read_text(errors="replace")
        except OSError:
            return ""


def media_port():
    """sipp takes up to four, from an even one on."""
    return free_port(4)
