"""A telephone of our own for what real ones cannot be told to do: answers one call, notes every RTP packet
with its time, puts the call on hold and takes it back by re-INVITE.

    with Ua() as callee:
        Driver(folder, callee.uri, …).call(1)
        callee.talking.wait(10); callee.reinvite("sendonly"); callee.reinvite("sendrecv")
        callee.sound(); callee.packets        # [(when, sequence, stamp, payload)]
"""
import re
import socket
import threading
import time

from tests.support.peer import free_port

SDP = ("v=0\r\no=ua 1 {version} IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
       "m=audio {port} RTP/AVP 0 101\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:101 telephone-event/8000\r\n"
       "a=fmtp:101 0-15\r\na=ptime:20\r\na={direction}\r\n")


def header(message, name):
    found = re.search(rf"(?im)^{name}\s*:\s*(.*?)\s*$", message)
    return found[1] if found else ""


class Ua:
    def __init__(self):
        self.sip, self.rtp = self.open(), self.open()
        self.packets = []
        self.answers = {}       # CSeq of a re-INVITE -> the final answer
        self.talking, self.over, self.answered = threading.Event(), threading.Event(), threading.Event()
        self.version = self.cseq = 1
        self.stop = False
        self.threads = [threading.Thread(target=work, daemon=True) for work in (self.signal, self.listen)]

    @staticmethod
    def open():
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        s.bind(("127.0.0.1", free_port(socket.SOCK_DGRAM)))
        s.settimeout(0.1)
        return s

    def __enter__(self):
        for t in self.threads:
            t.start()
        return self

    def __exit__(self, *_):
        self.stop = True
        for t in self.threads:
            t.join()
        self.sip.close()
        self.rtp.close()

    @property
    def port(self):
        return self.sip.getsockname()[1]

    @property
    def uri(self):
        return f"sip:127.0.0.1:{self.port}"

    def sdp(self, direction):
        return SDP.format(version=self.version, port=self.rtp.getsockname()[1], direction=direction)

    def listen(self):
        while not self.stop:
            try:
                p = self.rtp.recv(2048)
            except socket.timeout:
                continue
            if len(p) > 12 and p[1] & 0x7F == 0:
                self.packets.append((time.monotonic(), int.from_bytes(p[2:4], "big"),
                                     int.from_bytes(p[4:8], "big"), p[12:]))

    def sound(self):
        return b"".join(payload for *_, payload in self.packets)

    # ---- SIP ----

    def respond(self, request, source, status, body=""):
        to = header(request, "To")
        lines = [f"SIP/2.0 {status}"] + re.findall(r"(?im)^(?:Via|Record-Route)\s*:.*?$", request)
        lines += [f"From: {header(request, 'From')}", f"To: {to}" + ("" if "tag=" in to else ";tag=ua"),
                  f"Call-ID: {header(request, 'Call-ID')}", f"CSeq: {header(request, 'CSeq')}",
                  f"Contact: <{self.uri}>"]
        if body:
            lines.append("Content-Type: application/sdp")
        lines += [f"Content-Length: {len(body)}", "", body]
        self.sip.sendto("\r\n".join(line.rstrip("\r") for line in lines[:-1]).encode() + b"\r\n" + body.encode(),
                        source)

    def request(self, method, cseq, body=""):
        """Within the dialog: what was To is From now."""
        first = self.invite
        contact = re.search(r"<([^>]*)>", header(first, "Contact"))[1]
        lines = [f"{method} {contact} SIP/2.0",
                 f"Via: SIP/2.0/UDP 127.0.0.1:{self.port};branch=z9hG4bK{method}{cseq};rport", "Max-Forwards: 70",
                 f"From: {header(first, 'To')};tag=ua", f"To: {header(first, 'From')}",
                 f"Call-ID: {header(first, 'Call-ID')}", f"CSeq: {cseq} {method}", f"Contact: <{self.uri}>"]
        if body:
            lines.append("Content-Type: application/sdp")
        lines += [f"Content-Length: {len(body)}", ""]
        self.sip.sendto("\r\n".join(lines).encode() + b"\r\n" + body.encode(), self.peer)

    def reinvite(self, direction, seconds=10):
        """(status, the answer's direction); repeated until answered, as UDP wants it."""
        self.version += 1
        self.cseq += 1
        end = time.monotonic() + seconds
        while self.cseq not in self.answers:
            assert time.monotonic() < end, f"no answer to the re-INVITE {direction}"
            self.answered.clear()
            self.request("INVITE", self.cseq, self.sdp(direction))
            self.answered.wait(0.5)
        answer = self.answers[self.cseq]
        found = re.search(r"(?m)^a=(sendrecv|sendonly|recvonly|inactive)\s*$", answer)
        return int(answer.split(" ")[1]), found[1] if found else "sendrecv"

    def signal(self):
        while not self.stop:
            try:
                data, source = self.sip.recvfrom(65536)
            except socket.timeout:
                continue
            self.take(data.decode(), source)

    def take(self, message, source):
        method = message.split(" ", 1)[0]
        if method == "INVITE":
            self.invite, self.peer = message, source
            self.respond(message, source, "200 OK", self.sdp("sendrecv"))
        elif method == "ACK":
            self.talking.set()
        elif method == "BYE":
            self.respond(message, source, "200 OK")
            self.over.set()
        elif method == "SIP/2.0" and "INVITE" in header(message, "CSeq") and not message.startswith("SIP/2.0 1"):
            cseq = int(header(message, "CSeq").split()[0])
            self.answers[cseq] = message
            self.request("ACK", cseq)
            self.answered.set()
