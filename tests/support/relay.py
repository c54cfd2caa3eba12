"""A bad wire between osamed and its trunk: SIP passes as it is, but the addresses of the sound in it are
the relay's own, and RTP passes through a function of the test.

    with Relay(trunk.port, to_callee=drop_each(25), to_us=lambda p: [p]) as wire:
        Driver(folder, wire.uri, …)

The function takes one RTP packet and gives the packets that go on, in their order: none is a loss, two
alike a duplicate; it may keep one for later. `lost` counts packets in minus packets out, by direction.
"""
import re
import selectors
import socket
import threading

from tests.support.peer import free_port


def as_it_is(packet):
    return [packet]


class Relay:
    def __init__(self, trunk_port, to_callee=as_it_is, to_us=as_it_is):
        self.trunk = ("127.0.0.1", trunk_port)
        self.ways = {"callee": to_callee, "us": to_us}
        self.passed = {"callee": [0, 0], "us": [0, 0]}
        self.engine = None   # where osamed's SIP comes from
        self.media = {}      # "us", "callee": where their RTP is wanted
        self.sockets = {name: self.open() for name in ("engine", "trunk", "for_us", "for_callee")}
        self.over = False
        self.thread = threading.Thread(target=self.run, daemon=True)

    @staticmethod
    def open():
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        s.bind(("127.0.0.1", free_port()))
        return s

    @property
    def uri(self):
        return f"sip:127.0.0.1:{self.port('engine')}"

    def port(self, name):
        return self.sockets[name].getsockname()[1]

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.over = True
        self.thread.join()
        for s in self.sockets.values():
            s.close()

    def lost(self, way):
        return self.passed[way][0] - self.passed[way][1]

    def with_media(self, message, whose, ours):
        """The message with our port instead of theirs, which is kept."""
        found = re.search(rb"\r\nm=audio (\d+) ", message)
        if not found or found[1] == b"0":
            return message
        self.media[whose] = ("127.0.0.1", int(found[1]))
        head, body = message.split(b"\r\n\r\n", 1)
        body = body.replace(b"m=audio " + found[1], b"m=audio %d" % self.port(ours))
        head = re.sub(rb"(?im)^(content-length|l)( *: *)\d+", rb"\g<1>\g<2>%d" % len(body), head)
        return head + b"\r\n\r\n" + body

    def run(self):
        with selectors.DefaultSelector() as ready:
            for name, s in self.sockets.items():
                ready.register(s, selectors.EVENT_READ, getattr(self, "from_" + name))
            while not self.over:
                for key, _ in ready.select(0.1):
                    key.data(*key.fileobj.recvfrom(65536))

    def from_engine(self, data, source):
        self.engine = source
        self.sockets["trunk"].sendto(self.with_media(data, "us", "for_us"), self.trunk)

    def from_trunk(self, data, source):
        if self.engine:
            self.sockets["engine"].sendto(self.with_media(data, "callee", "for_callee"), self.engine)

    def from_for_callee(self, data, source):
        self.pass_on("callee", "for_us", data)

    def from_for_us(self, data, source):
        self.pass_on("us", "for_callee", data)

    def pass_on(self, way, socket_name, data):
        """Out of the socket that the other side knows, as symmetric RTP wants it."""
        if way not in self.media:
            return
        self.passed[way][0] += 1
        for packet in self.ways[way](data):
            self.sockets[socket_name].sendto(packet, self.media[way])
            self.passed[way][1] += 1
