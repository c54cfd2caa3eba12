"""Anything at all thrown at the SIP port while a call is under way: nothing ends, nothing is forgotten, the call
goes on, and memory stays bounded. Messages that are answered get the answer that they deserve."""
import os
import random
import re
import socket
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.flow.test_voice import tone
from tests.support.peer import remove, temporary_folder, wait_until
from tests.support.sip_driver import Driver
from tests.support.torture import NOTHING, SDP, cases, mutations, request
from tests.support.ua import Ua


@pytest.fixture
def folder():
    path = temporary_folder()
    yield path
    remove(path)


def rss_kb(pid):
    return int(re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())[1])


@contextmanager
def under_way(folder, **config):
    """A driver in whose call sound passes; at the end the call must not have noticed anything."""
    with Ua() as callee, Driver(folder / "driver", callee.uri, prompt0=tone(folder / "p.ulaw", 55.0), lines=8,
                                inbound=1, **config) as driver:
        driver.call(7, limit=300000)
        wait_until(lambda: len(callee.packets) > 20, 10, why="sound")
        yield driver, driver.events[0]["id"]
        at = len(callee.packets)
        wait_until(lambda: len(callee.packets) > at + 20, 10, why="sound goes on")
        assert [w for w in driver.words(7) if w not in ("inbound", "gone")] == ["placed", "answered"], "it goes on"
        driver.say("hangup 7")
        end = driver.end_of(7)
        assert end["by_us"] == 1 and end["local"] == 0
        driver.stop()
        assert driver.code == 0, driver.tail()
    sequence = [n for _, n, _, _ in callee.packets]
    assert [(b - a) % 65536 for a, b in zip(sequence, sequence[1:])] == [1] * (len(sequence) - 1)


def open_udp(address="127.0.0.1"):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.bind((address, 0))
    s.settimeout(0.2)
    return s


def answers_of(read, names, found):
    """Reads what has come: {name: [statuses]} by the Call-ID."""
    for message in read():
        name = re.search(r"(?im)^(?:call-id|i)\s*:\s*torture-(\S+)", message)
        status = re.match(r"SIP/2.0 (\d+)", message)
        if name and status and name[1] in names:
            found.setdefault(name[1], []).append(int(status[1]))


def probe(s, port, name="probe"):
    """It is there, and has worked through all that came before."""
    ours = s.getsockname()[1]
    message = request(f"{name}{random.random()}", port, ours)
    for _ in range(50):
        s.sendto(message, ("127.0.0.1", port))
        try:
            while f"torture-{name}" not in s.recv(65536).decode("latin-1"):
                pass
            return True
        except socket.timeout:
            continue
    return False


def judged(table, found):
    wrong = {}
    for name, (_, statuses) in table.items():
        finals = {s for s in found.get(name, []) if s >= 200} or {NOTHING}
        if not finals <= statuses:
            wrong[name] = (sorted(finals), sorted(statuses))
    return wrong


def test_each_message_by_udp(folder):
    with under_way(folder) as (driver, port), open_udp() as s, open_udp() as other:
        table, found = cases(port, s.getsockname()[1]), {}

        def read():
            try:
                while True:
                    yield s.recv(65536).decode("latin-1")
            except socket.timeout:
                pass

        for message, _ in table.values():
            s.sendto(message, ("127.0.0.1", port))
        assert probe(other, port)
        wanted = [name for name, (_, statuses) in table.items() if NOTHING not in statuses]
        wait_until(lambda: answers_of(read, table, found) or all(max(found.get(n, [0])) >= 180 for n in wanted), 5,
                   why="answers")
        assert not judged(table, found)


def test_each_message_by_tcp(folder):
    """A connection each; what follows a message that is none is not answered for it."""
    with under_way(folder) as (driver, port), open_udp() as s:
        found, table = {}, cases(port, 5060, "TCP")
        sockets = {}
        for name, (message, _) in table.items():
            sockets[name] = socket.create_connection(("127.0.0.1", port))
            sockets[name].settimeout(0.05)
            half = len(message) // 2  # in two parts: it is a stream
            sockets[name].sendall(message[:half])
            sockets[name].sendall(message[half:])

        def read():
            for c in sockets.values():
                try:
                    yield from re.split(r"(?=SIP/2\.0 \d\d\d )", c.recv(65536).decode("latin-1"))
                except OSError:
                    pass

        wanted = [name for name, (_, statuses) in table.items() if NOTHING not in statuses]
        wait_until(lambda: answers_of(read, table, found) or all(max(found.get(n, [0])) >= 180 for n in wanted), 10,
                   every=0.2, why="answers")
        assert not judged(table, found)
        assert probe(s, port)
        for c in sockets.values():
            c.close()


def test_streams_that_are_none(folder):
    """TCP: a body that never comes, one that is longer than anything, a header without end, a byte at a time,
    two messages in one packet, garbage; and connections that nobody uses."""
    with under_way(folder) as (driver, port), open_udp() as s:
        before = rss_kb(driver.process.pid)
        whole = request("stream", port, 5060, transport="TCP")

        def connect():
            c = socket.create_connection(("127.0.0.1", port))
            c.settimeout(10)
            return c

        idle = [connect() for _ in range(100)]
        for length in (5000, 10 ** 9, 2 ** 32 + 5, 10 ** 30, -1):
            c = connect()
            c.sendall(request(f"len{length}", port, 5060, transport="TCP", length=length))
            idle.append(c)
        endless = connect()
        try:
            endless.sendall(b"OPTIONS sip:a@b SIP/2.0\r\nSubject: ")
            for _ in range(400):
                endless.sendall(b"x" * 16384)  # 6.5 MB
        except OSError:
            pass  # it was closed on us: better
        garbage = connect()
        try:
            garbage.sendall(os.urandom(200000))
        except OSError:
            pass
        double = connect()
        double.sendall(whole + request("second", port, 5060, transport="TCP"))
        text = ""
        while text.count("SIP/2.0 200") < 2:
            text += double.recv(65536).decode("latin-1")
        slow = connect()
        for byte in request("slow", port, 5060, transport="TCP"):
            slow.sendall(bytes((byte,)))
        assert b"SIP/2.0 200" in slow.recv(65536)
        assert probe(s, port)
        assert rss_kb(driver.process.pid) - before < 40000
        for c in (*idle, endless, garbage, double, slow):
            c.close()


def test_mutations(folder):
    """Three thousand spoilt requests, by UDP and through connections."""
    with under_way(folder) as (driver, port), open_udp() as s, open_udp() as other:
        before = rss_kb(driver.process.pid)
        for n, message in enumerate(mutations(port, s.getsockname()[1], 2500)):
            s.sendto(message, ("127.0.0.1", port))
            if n % 50 == 0:
                assert probe(other, port), f"still there after {n}"
        for message in mutations(port, 5060, 500, seed=1):
            with socket.create_connection(("127.0.0.1", port)) as c:
                c.sendall(message)
        assert probe(other, port)
        assert rss_kb(driver.process.pid) - before < 80000, "2.5 MB for each hundred, until they are forgotten"
        for ring in [e for e in driver.events if e["event"] == "inbound"]:
            driver.say(f"refuse {ring['id']} 480")


def test_a_flood_of_strangers_costs_nothing(folder):
    """Whoever is no trunk is not heard: no answers, no memory, and no call of theirs."""
    with under_way(folder) as (driver, port), open_udp("127.0.0.2") as s, open_udp() as ours:
        before = rss_kb(driver.process.pid)
        there = ("127.0.0.1", port)
        for n in range(6000):
            method = ("OPTIONS", "INVITE", "REGISTER", "FOO")[n % 4]
            s.sendto(request(f"f{n}", port, 5060, method, body=SDP if method == "INVITE" else ""), there)
            s.sendto(os.urandom(300), there)
        with socket.socket() as c:
            c.bind(("127.0.0.2", 0))
            c.settimeout(0.5)
            with pytest.raises(OSError):
                c.connect(there)
        assert probe(ours, port)
        assert rss_kb(driver.process.pid) - before < 2000
        with pytest.raises(socket.timeout):
            s.recv(65536)
        assert not [e for e in driver.events if e["event"] == "inbound"]


def test_a_stranger_cannot_touch_a_call(folder):
    """BYE, CANCEL and re-INVITE with the call's own Call-ID and guessed tags, from the trunk's address; and with
    the right ones from elsewhere."""
    with under_way(folder) as (driver, port), open_udp() as s, open_udp("127.0.0.2") as stranger:
        table = {}
        for n, method in enumerate(("BYE", "CANCEL", "INVITE", "UPDATE", "INFO")):
            table[f"g{n}"] = request(f"g{n}", port, s.getsockname()[1], method, To="<sip:0265001111@ina.example>;tag=guess",
                                     Call_ID="7.1@127.0.0.1", body=SDP if method in ("INVITE", "UPDATE") else "")
        found = []
        for message in table.values():
            for source in (s, stranger):
                source.sendto(message, ("127.0.0.1", port))

        def statuses():
            try:
                while True:
                    status = int(s.recv(65536).decode("latin-1").split(" ")[1])
                    if status >= 200 and status not in found[-1:]:
                        found.append(status)
            except socket.timeout:
                return len(found) > 0 and time.monotonic() > end
        end = time.monotonic() + 1
        wait_until(statuses, 10)
        assert set(found) <= {481, 405, 200, 403, 486, 488} and 481 in found
