"""A caller of our own, for what real telephones cannot be told to do: any header, no offer, CANCEL at any
moment, no ACK, another address.

    with Caller(port, "0265001111", From="0265784111") as c:
        c.invite()
        c.final(486)                 # or c.wait(180); c.cancel(); c.final(487); c.ack(); c.bye()
        c.sound()                    # µ-law bytes heard so far
"""
import re
import socket
import time
import uuid

from tests.support.peer import wait_until
from tests.support.ua import SDP, Endpoint, header


class Caller(Endpoint):
    def __init__(self, port, called, number="0265784111", address="127.0.0.1", to=None, display="",
                 headers=(), offer=True, sdp=None, ours=0, acks=False):
        self.peer = ("127.0.0.1", port)
        self.id = uuid.uuid4().hex
        self.called, self.to = called, to or called
        self.number, self.display = number, display
        self.headers, self.offer, self.body = list(headers), offer, sdp
        self.acks = acks         # a 200 at once; else the test says when
        super().__init__(ours, address=address)  # ours: the trunk's own port, where their requests go
        self.address = address
        self.answers = []        # (status, message), in order
        self.byes = 0
        self.reinvites = []      # each once; answered with the same description
        self.heard = bytearray()

    @property
    def contact(self):
        return f"{self.address}:{self.sip.getsockname()[1]}"

    def sdp(self):
        return self.body or SDP.format(
            version=1, port=self.rtp.getsockname()[1], direction="sendrecv", address=self.address, codec=0,
            name="PCMU").replace("127.0.0.1", self.address)

    def send(self, method, cseq=1, body="", extra=(), to=None, branch=None, uri=None):
        lines = [f"{method} {uri or f'sip:{self.called}@127.0.0.1:{self.peer[1]}'} SIP/2.0",
                 f"Via: SIP/2.0/UDP {self.contact};branch=z9hG4bK{self.id}{branch or method}{cseq};rport", "Max-Forwards: 70",
                 f"From: {self.display}<sip:{self.number}@trunk.example>;tag=caller",
                 f"To: {to or f'<sip:{self.to}@ina.example>'}", f"Call-ID: {self.id}",
                 f"CSeq: {cseq} {method}", f"Contact: <sip:caller@{self.contact}>", *extra]
        if body:
            lines.append("Content-Type: application/sdp")
        lines += [f"Content-Length: {len(body)}", "", body]
        self.sip.sendto("\r\n".join(lines).encode(), self.peer)

    def invite(self):
        self.send("INVITE", body=self.sdp() if self.offer else "", extra=self.headers)
        return self

    def cancel(self):
        self.send("CANCEL", branch="INVITE")

    def answered(self):
        return header(next(m for s, m in self.answers if s == 200), "To")

    def ack(self, body=""):
        self.send("ACK", to=self.answered(), body=body)

    def bye(self):
        self.send("BYE", cseq=2, to=self.answered())

    def signal(self):
        while not self.stop:
            try:
                data, source = self.sip.recvfrom(65536)
            except socket.timeout:
                continue
            message = data.decode()
            if message.startswith("SIP/2.0"):
                self.take(int(message.split(" ")[1]), message)
            elif message.startswith("BYE"):
                self.byes += 1
                self.respond(message, source)
            elif message.startswith("INVITE"):
                if not any(header(m, "CSeq") == header(message, "CSeq") for m in self.reinvites):
                    self.reinvites.append(message)
                expires = header(message, "Session-Expires")
                self.respond(message, source, self.sdp(), [f"Session-Expires: {expires}"] if expires else [])

    def respond(self, request, source, body="", headers=()):
        lines = ["SIP/2.0 200 OK"] + [line.rstrip("\r") for line in re.findall(
            r"(?im)^(?:Via|From|To|Call-ID|CSeq)\s*:.*?$", request)]
        lines += [f"Contact: <sip:caller@{self.contact}>", *headers]
        if body:
            lines.append("Content-Type: application/sdp")
        self.sip.sendto("\r\n".join(lines + [f"Content-Length: {len(body)}", "", body]).encode(), source)

    def take(self, status, message):
        if "INVITE" not in header(message, "CSeq"):
            return
        if not any(s == status for s, _ in self.answers):
            self.answers.append((status, message))
        if status == 200:
            self.learn_media(message)
        if status == 200 and self.acks:
            self.ack()
        if status >= 300:  # an error is ACKed within its own transaction
            self.send("ACK", to=header(message, "To"), branch="INVITE")

    def listen(self):
        while not self.stop:
            try:
                p = self.rtp.recv(2048)
            except socket.timeout:
                continue
            if len(p) > 12 and p[1] & 0x7F == 0:
                self.heard += p[12:]

    def wait(self, status, seconds=10):
        wait_until(lambda: any(s == status for s, _ in self.answers), seconds,
                   why=f"{status}; had {[s for s, _ in self.answers]}")
        return next(m for s, m in self.answers if s == status)

    def final(self, status, seconds=10):
        """The final answer is this one."""
        wait_until(lambda: any(s >= 200 for s, _ in self.answers), seconds, why="a final answer")
        assert [s for s, _ in self.answers if s >= 200] == [status]
        return self.wait(status)

    def over(self, seconds=20):
        wait_until(lambda: self.byes, seconds, why="their BYE")

    def sound(self):
        return bytes(self.heard)

    def silent_for(self, seconds):
        n = len(self.heard)
        time.sleep(seconds)
        return len(self.heard) == n
