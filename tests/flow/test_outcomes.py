"""The outcome table of docs/voice.md, row by row: what a trunk can answer to an INVITE, and what we make of it.
sipp answers; each row is a trunk of its own. (Calls that are answered: test_voice.py, test_ear.py.)"""
from concurrent.futures import ThreadPoolExecutor

import pytest

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


def one(folder, name):
    early, status, lines, _, _ = ROWS[name]
    before = "".join(EARLY % (code, SOUND if code == 183 else NO_BODY) for code in early)
    place = folder / name.replace(" ", "-")
    place.mkdir(mode=0o755)
    # sipp drops a line that is empty but for its indentation
    words = {"[early]": before, "[more]": "\n      ".join(lines) or "X-None: 1"}
    with Sipp(place / "callee", "final", status=status, words=words) as callee:
        callee.run()
        with Driver(place / "driver", callee.uri) as driver:
            driver.call(7, ring=60000, limit=90000)
            end = driver.end_of(7, 30)
            driver.stop()
            assert driver.code == 0, driver.tail()
            invites = [text for _, way, text in callee.messages() if way == "in" and text.startswith("INVITE")]
            return end, driver.words(7), len({text.split("branch=")[1].split("\r")[0] for text in invites})


@pytest.fixture(scope="module")
def seen():
    folder = temporary_folder()
    with ThreadPoolExecutor(8) as pool:
        futures = {name: pool.submit(one, folder, name) for name in ROWS}
    yield futures
    remove(folder)


@pytest.mark.parametrize("name", ROWS)
def test_row(seen, name):
    _, status, _, outcome, cause = ROWS[name]
    end, words, invites = seen[name].result()
    assert (end["code"], end["status"], end["cause"], end["local"]) == (outcome, status, cause, 0)
    assert words == ["placed", "ended"] and invites == 1, "one INVITE: nothing is followed or repeated"


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
