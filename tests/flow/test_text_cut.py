"""The connection to a gateway cut at every stage of an exchange: what is known then, and that nothing is sent again.

Two gateways: where the first certainly kept nothing the second takes the message; where it may have kept it the
message is unknown (Kannel cannot be asked) or is asked for (Karaden), and nobody else gets it."""
import socket
import struct
import threading

import pytest

from tests.support import texting
from tests.support.karaden import Karaden
from tests.support.peer import remove, temporary_folder
from tests.support.texting import ACCEPTED, REFUSED, UNKNOWN

ALL = 1 << 20  # bytes of a request: more than there are
OK = b"HTTP/1.1 202 Accepted\r\nContent-Type: text/html\r\nContent-Length: 25\r\n\r\n0: Accepted for delivery\n"
ELSEWHERE = "elsewhere"  # the second gateway took it


def cut(sock, hard):
    """Ends a connection: with a reset, or in order."""
    if hard:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()


def request_of(sock, most):
    """At most so many bytes of a request, or all of it."""
    data = b""
    while len(data) < most and b"\r\n\r\n" not in data:
        more = sock.recv(min(4096, most - len(data)))
        if not more:
            break
        data += more
    length = [line for line in data.split(b"\r\n") if line.lower().startswith(b"content-length:")]
    while length and most == ALL and len(data.split(b"\r\n\r\n", 1)[1]) < int(length[0].split(b":")[1]):
        data += sock.recv(4096)
    return data


class Server:
    """Serves each connection in a thread of its own by `serve(sock)`, until close()."""

    def __init__(self, serve):
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.listening.settimeout(0.05)
        self.port = self.listening.getsockname()[1]
        self.connections = 0
        self.over = threading.Event()
        self.serve = serve
        self.thread = threading.Thread(target=self.accept, daemon=True)
        self.thread.start()

    def accept(self):
        while not self.over.is_set():
            try:
                sock, _ = self.listening.accept()
            except TimeoutError:
                continue
            self.connections += 1
            threading.Thread(target=self.one, args=(sock,), daemon=True).start()

    def one(self, sock):
        try:
            self.serve(sock)
        except OSError:
            pass  # the other side went first
        finally:
            sock.close()

    def close(self):
        self.over.set()
        self.thread.join()
        self.listening.close()


@pytest.fixture
def folder():
    path = temporary_folder()
    yield path
    remove(path)


@pytest.fixture
def karaden(monkeypatch):
    monkeypatch.setattr("tests.support.karaden.SERVICE", 1)  # the driver's
    with Karaden() as stand_in:
        yield stand_in


STAGES = {
    # what is read of the request, what is answered, and then: reset?; what is known
    "closed before a byte was read": (0, b"", False, UNKNOWN),
    "reset in the request line": (10, b"", True, UNKNOWN),
    "closed in the request line": (10, b"", False, UNKNOWN),
    "reset in the text": (300, b"", True, UNKNOWN),
    "reset after the request": (ALL, b"", True, UNKNOWN),
    "closed after the request": (ALL, b"", False, UNKNOWN),
    "closed in the status line": (ALL, OK[:10], False, UNKNOWN),
    "reset in the status line": (ALL, OK[:12], True, UNKNOWN),
    "after 100 Continue only": (ALL, b"HTTP/1.1 100 Continue\r\n\r\n", False, UNKNOWN),
    "something that is no HTTP": (ALL, b"SSH-2.0-OpenSSH_9.2\r\n", False, UNKNOWN),
    "after the status line": (ALL, OK[:OK.index(b"\r\n") + 2], False, ACCEPTED),
    "in the headers": (ALL, OK[:40], False, ACCEPTED),
    "before the body": (ALL, OK[:-25], False, ACCEPTED),
    "in the body": (ALL, OK[:-20], False, ACCEPTED),
    "after the answer": (ALL, OK, False, ACCEPTED),
    "a second answer behind it": (ALL, OK + OK.replace(b"202", b"403"), False, ACCEPTED),
    "after a refusal's status line": (ALL, b"HTTP/1.1 403 Forbidden\r\n", False, REFUSED),
    "after the status line of 503": (ALL, b"HTTP/1.1 503 Try again\r\n", False, ELSEWHERE),
    "after the status line of 502": (ALL, b"HTTP/1.1 502 Bad gateway\r\n", False, UNKNOWN),
}


@pytest.mark.parametrize("stage", STAGES)
def test_kannel_is_cut_off(folder, karaden, stage):
    read, answer, hard, known = STAGES[stage]

    def serve(sock):
        request_of(sock, read)
        sock.sendall(answer)
        cut(sock, hard)

    server = Server(serve)
    driver = texting.Driver(folder, [
        {"gateway": "first", "url": f"http://127.0.0.1:{server.port}/cgi-bin/sendsms", "timeout_ms": 20000},
        {"gateway": "second", **karaden.keys(timeout_ms=20000)}])
    try:
        driver.say("send 1 09012345671 伊那市役所です。お伝えしたいことがあります。")
        words = driver.wait("result", 1)[0]
        # A second message has passed the same way: had the first been sent again, it would be seen by now.
        driver.say("send 2 09012345672 伊那市役所です。")
        driver.wait("result", 2)
        assert len([e for e in driver.events if e[:2] == ["result", "1"]]) == 1
        if known == ELSEWHERE:
            assert words[2:5] == [str(ACCEPTED), "200", "1"]
            assert len(karaden.of(1)) == 1
            assert server.connections == 1, "it rests, and the second message went past it"
        else:
            assert words[2] == str(known)
            assert karaden.messages == [], "nobody else got it"
            assert server.connections == 2
    finally:
        driver.stop()
        server.close()


def test_reset_at_once(folder, karaden):
    """A reset may be seen before the connection is used: then nothing was sent, and the next gateway may have it.
    Seen later it is unknown. Never both."""
    server = Server(lambda sock: cut(sock, hard=True))
    driver = texting.Driver(folder, [
        {"gateway": "first", "url": f"http://127.0.0.1:{server.port}/cgi-bin/sendsms", "timeout_ms": 20000},
        {"gateway": "second", **karaden.keys(timeout_ms=20000)}])
    try:
        for n in range(1, 11):
            driver.say(f"send {n} 090123456{n:02} 伊那市役所です。")
            words = driver.wait("result", n)[0]
            assert (words[2], len(karaden.of(n))) in ((str(UNKNOWN), 0), (str(ACCEPTED), 1))
        assert len(karaden.messages) == len([e for e in driver.events if e[0] == "result" and e[2] == str(ACCEPTED)])
    finally:
        driver.stop()
        server.close()


@pytest.mark.parametrize("back", [0, 1, 12, 60, 200, -1], ids=lambda n: f"{n} bytes of the answer came")
def test_karaden_kept_it_and_is_cut_off(folder, karaden, back):
    """All of the message arrives, of the answer the first bytes only: it is asked for, found, and there once."""
    posts = []

    def serve(sock):
        data = request_of(sock, ALL)
        with socket.create_connection(("127.0.0.1", karaden.port)) as behind:
            behind.sendall(data.replace(b"HTTP/1.1\r\n", b"HTTP/1.1\r\nConnection: close\r\n", 1))
            answer = b"".join(iter(lambda: behind.recv(4096), b""))
        if data.startswith(b"POST"):
            posts.append(data)
            answer = answer[:back]
        sock.sendall(answer)
        cut(sock, hard=False)

    server = Server(serve)
    keys = karaden.keys(timeout_ms=20000)
    keys["url"] = f"http://127.0.0.1:{server.port}/api"
    driver = texting.Driver(folder, [{"gateway": "first", **keys}])
    try:
        driver.say("send 1 09012345671 伊那市役所です。")
        words = driver.wait("result", 1, seconds=40)[0]
        message, = karaden.messages
        assert words[2] == str(ACCEPTED) and words[5] == message["id"]
        assert len(posts) == 1
    finally:
        driver.stop()
        server.close()
