"""A telephone of our own for what real ones cannot be told to do: answers one call in any way, notes every RTP
packet with its time, sends any, and changes the call by re-INVITE and UPDATE.

    with Ua() as callee:
        Driver(folder, callee.uri, …).call(1)
        callee.talking.wait(10); callee.reinvite("sendonly"); callee.update("sendrecv")
        callee.sound(); callee.packets        # [(when, sequence, stamp, payload)]
        callee.came("UPDATE")                 # requests, each once

`headers` stand in each 2xx to INVITE and UPDATE. `plan` says what is answered instead of 200, in turn, by
method ("re-INVITE" for those within the call): {"UPDATE": ["491 Request Pending", None]}; None is silence,
and a pair is a status line with its headers. `early`: answers before the final one, in turn.
`early_sdp`: they carry the description, and the 200 to INVITE none, as some gateways do it.
"""
import re
import socket
import threading
import time

from tests.support.peer import free_port

SDP = ("v=0\r\no=ua 1 {version} IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 {address}\r\nt=0 0\r\n"
       "m=audio {port} RTP/AVP {codec} 101\r\na=rtpmap:{codec} {name}/8000\r\n"
       "a=rtpmap:101 telephone-event/8000\r\n"
       "a=fmtp:101 0-15\r\na=ptime:20\r\na={direction}\r\n")


def header(message, name):
    found = re.search(rf"(?im)^{name}\s*:\s*(.*?)\s*$", message)
    return found[1] if found else ""


def direction_of(message):
    found = re.search(r"(?m)^a=(sendrecv|sendonly|recvonly|inactive)\s*$", message)
    return found[1] if found else "sendrecv"


class Endpoint:
    """A SIP and an RTP socket, each with a thread that reads it to the end: signal(), listen()."""

    def __init__(self, sip=0, rtp=0, address="127.0.0.1"):
        self.sip, self.rtp = self.open(address, sip), self.open(address, rtp)
        self.stop = False
        self.media = None  # where they want our sound
        self.sequence, self.source = 100, 0x5EED
        self.threads = [threading.Thread(target=work, daemon=True) for work in (self.signal, self.listen)]

    @staticmethod
    def open(address, port):
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        s.bind((address, port))
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

    def learn_media(self, message):
        port = re.search(r"(?m)^m=audio (\d+) ", message)
        if port:
            self.media = ("127.0.0.1", int(port[1]))

    def send_rtp(self, payload, stamp, kind=0, marker=False, sequence=None):
        """One packet; `sequence` None: the next one."""
        if sequence is None:
            sequence = self.sequence = (self.sequence + 1) & 0xFFFF
        head = bytes((0x80, kind | marker << 7)) + sequence.to_bytes(2, "big") + (stamp & 0xFFFFFFFF).to_bytes(4, "big")
        self.rtp.sendto(head + self.source.to_bytes(4, "big") + payload, self.media)


class Ua(Endpoint):
    def __init__(self, headers=(), plan=None, events=True, early=(), early_sdp=False):
        super().__init__(free_port(), free_port(2))
        self.headers, self.early, self.early_sdp = list(headers), list(early), early_sdp
        self.plan = {method: list(answers) for method, answers in (plan or {}).items()}
        self.events = events    # False: no telephone-event in our description
        self.packets = []
        self.requests = []      # (when, method, message): each once
        self.sent = {}          # branch and method -> our final answer, for copies of the request
        self.answers = {}       # CSeq of a request of ours -> its final answer
        self.invite = None
        self.talking, self.over, self.answered = threading.Event(), threading.Event(), threading.Event()
        self.version = self.cseq = 1
        self.address, self.codec = "127.0.0.1", 0

    @property
    def port(self):
        return self.sip.getsockname()[1]

    @property
    def uri(self):
        return f"sip:127.0.0.1:{self.port}"

    def came(self, method):
        """The requests of that method, in order; "re-INVITE": those within the call."""
        return [m for _, name, m in list(self.requests) if name == method]

    # ---- sound ----

    def sdp(self, direction):
        text = SDP.format(version=self.version, port=self.rtp.getsockname()[1], direction=direction,
                          address=self.address, codec=self.codec, name="PCMA" if self.codec == 8 else "PCMU")
        return text if self.events else "".join(
            line + "\r\n" for line in text.replace(" 101\r", "\r").split("\r\n") if line and ":101 " not in line)

    def move(self):
        """Another port for our sound: the next description names it. Packets to the old one are lost."""
        self.rtp.close()
        self.rtp = self.open("127.0.0.1", free_port(2))

    def listen(self):
        while not self.stop:
            try:
                p = self.rtp.recv(2048)
            except (socket.timeout, OSError):
                continue
            if len(p) > 12 and p[1] & 0x7F in (0, 8):
                self.packets.append((time.monotonic(), int.from_bytes(p[2:4], "big"),
                                     int.from_bytes(p[4:8], "big"), p[12:]))

    def sound(self):
        return b"".join(payload for *_, payload in self.packets)

    # ---- SIP ----

    def respond(self, request, source, status, body="", headers=()):
        to = header(request, "To")
        lines = [f"SIP/2.0 {status}"] + re.findall(r"(?im)^(?:Via|Record-Route)\s*:.*?$", request)
        lines += [f"From: {header(request, 'From')}", f"To: {to}" + ("" if "tag=" in to else ";tag=ua"),
                  f"Call-ID: {header(request, 'Call-ID')}", f"CSeq: {header(request, 'CSeq')}",
                  *headers]
        if not any(line.startswith("Contact") for line in headers):
            lines.append(f"Contact: <{self.uri}>")
        if body:
            lines.append("Content-Type: application/sdp")
        lines += [f"Content-Length: {len(body)}", "", body]
        answer = "\r\n".join(line.rstrip("\r") for line in lines[:-1]).encode() + b"\r\n" + body.encode()
        if not status.startswith("1"):
            self.sent[self.key(request)] = answer
        self.sip.sendto(answer, source)

    @staticmethod
    def key(request):
        return re.search(r"branch=([^;\s]+)", header(request, "Via"))[1], request.split(" ", 1)[0]

    def request(self, method, cseq, body="", headers=()):
        """Within the dialog: what was To is From now."""
        first = self.invite
        contact = re.search(r"<([^>]*)>", header(first, "Contact"))[1]
        lines = [f"{method} {contact} SIP/2.0",
                 f"Via: SIP/2.0/UDP 127.0.0.1:{self.port};branch=z9hG4bK{method}{cseq};rport", "Max-Forwards: 70",
                 f"From: {header(first, 'To')};tag=ua", f"To: {header(first, 'From')}",
                 f"Call-ID: {header(first, 'Call-ID')}", f"CSeq: {cseq} {method}", f"Contact: <{self.uri}>", *headers]
        lines += [f"Route: {route}" for route in re.findall(r"(?im)^Record-Route\s*:\s*(.*?)\s*$", first)]
        if body and not any(h.startswith("Content-Type") for h in headers):
            lines.append("Content-Type: application/sdp")
        lines += [f"Content-Length: {len(body)}", ""]
        self.sip.sendto("\r\n".join(lines).encode() + b"\r\n" + body.encode(), self.peer)

    def ask(self, method, body="", headers=(), seconds=30):
        """The final answer to a request within the call; repeated until it comes, as UDP wants it."""
        self.cseq += 1
        end = time.monotonic() + seconds
        while self.cseq not in self.answers:
            assert time.monotonic() < end, f"no answer to {method}"
            self.answered.clear()
            self.request(method, self.cseq, body, headers)
            self.answered.wait(1)
        return self.answers[self.cseq]

    def change(self, method, direction, headers=()):
        self.version += 1
        answer = self.ask(method, self.sdp(direction), headers)
        return int(answer.split(" ")[1]), direction_of(answer)

    def reinvite(self, direction, headers=()):
        """(status, the answer's direction)"""
        return self.change("INVITE", direction, headers)

    def update(self, direction, headers=()):
        return self.change("UPDATE", direction, headers)

    def signal(self):
        while not self.stop:
            try:
                data, source = self.sip.recvfrom(65536)
            except socket.timeout:
                continue
            self.take(data.decode(), source)

    def take(self, message, source):
        method = message.split(" ", 1)[0]
        if method == "SIP/2.0":
            self.take_answer(message)
        elif method == "ACK":
            self.requests.append((time.monotonic(), method, message))
            self.learn_media(message)
            self.talking.set()
        elif self.key(message) in self.sent:
            self.sip.sendto(self.sent[self.key(message)], source)
        else:
            self.take_request(method, message, source)

    def take_request(self, method, message, source):
        if method == "INVITE" and "tag=" in header(message, "To"):
            method = "re-INVITE"
        self.requests.append((time.monotonic(), method, message))
        planned = self.plan.get(method)
        if method == "INVITE":
            self.invite, self.peer = message, source
            for line in self.early:
                self.respond(message, source, line, self.sdp("sendrecv") if self.early_sdp else "")
        if planned:
            answer = planned.pop(0)
            if answer:
                line, headers = (answer, ()) if isinstance(answer, str) else answer
                self.respond(message, source, line, headers=headers)
            return
        offered = "m=audio" in message
        self.learn_media(message)
        if method in ("INVITE", "re-INVITE"):
            described = not (self.early_sdp and method == "INVITE")
            self.respond(message, source, "200 OK", self.sdp("sendrecv") if described else "", self.headers)
        elif method == "UPDATE":
            self.respond(message, source, "200 OK", self.sdp("sendrecv") if offered else "", self.headers)
        else:
            self.respond(message, source, "200 OK")
        if method == "BYE":
            self.over.set()

    def take_answer(self, message):
        if message.startswith("SIP/2.0 1"):
            return
        cseq, method = header(message, "CSeq").split()
        self.answers[int(cseq)] = message
        if method == "INVITE":
            self.request("ACK", int(cseq))
        self.answered.set()
