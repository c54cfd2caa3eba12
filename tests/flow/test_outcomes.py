"""The outcome table of docs/voice.md, row by row: what a trunk can answer to an INVITE, and what we make of it.
sipp answers; each row is a trunk of its own, and then all are behind one, by TCP and TLS. (Calls that are answered:
test_voice.py, test_ear.py.)"""
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.support.certificates import Authority
from tests.support.kamailio import Kamailio
from tests.support.peer import remove, temporary_folder, wait_until
from tests.support.sip_driver import Driver
from tests.support.sipp import Sipp
from tests.support.ua import Ua

EARLY = """<send>
    <![CDATA[

      SIP/2.0 %s Early
      [last_Via:]
      [last_Record-Route:]
      [last_From:]
      [last_To:];tag=[pid]c[call_number]
      [last_Call-ID:]
      [last_CSeq:]
      Contact: <sip:[local_ip]:[local_port];transport=[transport]>
      %s

    ]]>
  </send>
  <pause milliseconds="30"/>
"""
NO_BODY = "Content-Length: 0"
SOUND = """Content-Type: application/sdp
      Content-Length: [len]

      v=0
      o=callee 1 1 IN IP4 [local_ip]
      s=-
      c=IN IP4 [media_ip]
      t=0 0
      m=audio [media_port] RTP/AVP 0
      a=rtpmap:0 PCMU/8000"""


def q850(cause):
    return f"Reason: Q.850;cause={cause};text=\"x\""


# early answers, final status, header lines; outcome, cause in the record
ROWS = {
    # the cause comes before the status
    **{f"cause {cause} in {status}": ((), status, (q850(cause),), outcome, cause) for cause, status, outcome in (
        (1, 404, 30), (22, 410, 30), (28, 484, 30), (1, 500, 30), (17, 486, 21), (17, 500, 21), (18, 480, 20),
        (19, 480, 20), (19, 503, 20), (20, 480, 22), (27, 502, 22), (21, 603, 23), (21, 403, 23), (34, 503, 41),
        (42, 503, 41), (44, 503, 41), (47, 503, 41), (34, 486, 41), (38, 503, 40), (41, 500, 40))},
    # without one, or with one that says nothing
    **{f"{status}": ((), status, (), outcome, 0) for status, outcome in (
        (486, 21), (600, 21), (480, 20), (487, 20), (408, 22), (404, 30), (410, 30), (484, 30), (485, 30), (604, 30),
        (433, 23), (603, 23), (607, 23), (608, 23), (403, 40), (503, 41), (302, 40), (400, 40), (402, 40),
        (406, 40), (415, 40), (420, 40), (481, 40), (483, 40), (488, 40), (500, 40), (502, 40), (504, 40), (606, 40))},
    "a normal cause changes nothing": ((), 486, (q850(16),), 21, 16),
    "two reasons": ((), 480, ("Reason: SIP;cause=200;text=\"elsewhere\"", q850(20)), 22, 20),
    "reasons in one line": ((), 480, ("Reason: SIP;cause=480, " + q850(21).split(": ")[1],), 23, 21),
    "a cause out of the range": ((), 486, (q850(999),), 21, 0),
    "a cause that is none": ((), 486, ("Reason: Q.850;cause=abc",), 21, 0),
    "503 that asks for a rest": ((), 503, ("Retry-After: 2",), 41, 0),
    "503 that asks for a rest with words": ((), 503, ("Retry-After: 2 (full);duration=9",), 41, 0),
    "a redirection": ((), 302, ("Contact: <sip:0900000000@127.0.0.1:9>",), 40, 0),
    # what came before
    "rang, then 408": ((180,), 408, (), 20, 0),
    "forwarded, then busy": ((181, 180), 486, (), 21, 0),
    "queued, then no answer": ((182,), 480, (), 20, 0),
    "announcement before the end": ((183,), 404, (q850(1),), 30, 1),
    "announcement, no cause": ((183,), 480, (), 20, 0),
    "all of them, twice": ((180, 181, 182, 183, 180, 183), 603, (), 23, 0),
    "rang, then 487 without our CANCEL": ((180,), 487, (), 20, 0),
    "rang, then 503": ((180,), 503, (), 41, 0),
}


def number_of(name):
    return f"02657841{list(ROWS).index(name):02d}"


class Rows:
    """A telephone for each row, up for the whole file: called directly, and behind a proxy."""

    def __init__(self, folder):
        self.folder, self.callees = folder, {}

    def callee(self, name):
        early, status, lines, _, _ = ROWS[name]
        before = "".join(EARLY % (code, SOUND if code == 183 else NO_BODY) for code in early)
        place = self.folder / number_of(name)
        place.mkdir(mode=0o755)
        # sipp drops a line that is empty but for its indentation
        words = {"[early]": before, "[more]": "\n      ".join(lines) or "X-None: 1"}
        callee = Sipp(place / "callee", "final", status=status, words=words)
        callee.run()
        self.callees[name] = callee

    def call(self, name):
        """Directly: each row is a trunk of its own."""
        callee = self.callees[name]
        with Driver(callee.folder.parent / "driver", callee.uri) as driver:
            driver.call(7, ring=60000, limit=90000)
            end = driver.end_of(7, 30)
            driver.stop()
            assert driver.code == 0, driver.tail()
            return end, driver.words(7), self.invites(name, 7)

    def invites(self, name, attempt):
        """The INVITEs of that call, copies of one counted once."""
        return len({text.split("branch=")[1].split("\r")[0] for _, way, text in self.callees[name].messages()
                    if way == "in" and text.startswith("INVITE") and f"Call-ID: {attempt}.1@" in text})

    def stop(self):
        for callee in self.callees.values():
            callee.stop()


@pytest.fixture(scope="module")
def rows():
    folder = temporary_folder()
    rows = Rows(folder)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(rows.callee, ROWS))
    yield rows
    rows.stop()
    remove(folder)


@pytest.fixture(scope="module")
def seen(rows):
    with ThreadPoolExecutor(8) as pool:
        yield {name: pool.submit(rows.call, name) for name in ROWS}


@pytest.mark.parametrize("name", ROWS)
def test_row(seen, name):
    _, status, _, outcome, cause = ROWS[name]
    end, words, invites = seen[name].result()
    assert (end["code"], end["status"], end["cause"], end["local"]) == (outcome, status, cause, 0)
    assert words == ["placed", "ended"] and invites == 1, "one INVITE: nothing is followed or repeated"


ACCOUNTS = {"osame": "correct-horse"}


@pytest.mark.parametrize("way", ["tcp", "tls"])
def test_rows_behind_a_proxy(rows, way):
    """The same telephones behind kamailio, all called at once over one connection. It hands on what they say, but for 503:
    a proxy says a 500 of its own instead (RFC 3261, 16.7), without the cause: a fault of the line, not congestion."""
    folder = rows.folder / way
    folder.mkdir(mode=0o755)
    more, tls = {}, None
    if way == "tls":
        ca = Authority(folder / "ca")
        tls = (*ca.issue("trunk", ip="127.0.0.1"), None)
        more = {"tls_folder": ca.folder_for(folder / "tls", *ca.issue("us", ip="127.0.0.1"))}
    routes = {number_of(name): callee.uri for name, callee in rows.callees.items()}
    first = {"tcp": 100, "tls": 200}[way]
    with Kamailio(folder / "trunk", ACCOUNTS, routes=routes, tls=tls) as trunk:
        trunk.run()
        uri = trunk.tls_uri if tls else trunk.uri + ";transport=tcp"
        with Driver(folder / "driver", uri, user="osame", password=ACCOUNTS["osame"], lines=len(ROWS), **more) as driver:
            for attempt, name in enumerate(ROWS, first):
                driver.call(attempt, number=number_of(name), ring=60000, limit=90000)
            ends = {name: driver.end_of(attempt, 60) for attempt, name in enumerate(ROWS, first)}
            words = {name: driver.words(attempt) for attempt, name in enumerate(ROWS, first)}
            driver.stop()
            assert driver.code == 0, driver.tail()
    wrong = []
    for attempt, name in enumerate(ROWS, first):
        _, status, _, outcome, cause = ROWS[name]
        wanted = (40, 500, 0, 0) if status == 503 else (outcome, status, cause, 0)
        end = ends[name]
        got = (end["code"], end["status"], end["cause"], end["local"])
        if got != wanted or words[name] != ["placed", "ended"] or rows.invites(name, attempt) != 1:
            wrong.append((name, got, wanted, words[name], rows.invites(name, attempt)))
    assert not wrong


def test_use_proxy_leads_nowhere():
    """305: Sofia repeats the INVITE to whomever it names; he may answer, and hears nothing."""
    folder = temporary_folder()
    with Ua() as elsewhere:
        answer = ("305 Use Proxy", [f"Contact: <{elsewhere.uri}>"])
        with Ua(plan={"INVITE": [answer]}) as callee, Driver(folder / "driver", callee.uri) as driver:
            driver.call(7)
            end = driver.end_of(7, 30)
            assert (end["code"], end["status"], end["local"]) == (40, 305, 0)
            assert driver.words(7) == ["placed", "ended"]
            if elsewhere.came("INVITE"):
                wait_until(lambda: elsewhere.came("BYE") or elsewhere.came("CANCEL"), 10, why="taken back")
            driver.stop()
            assert driver.code == 0, driver.tail()
        assert not elsewhere.packets
    remove(folder)
