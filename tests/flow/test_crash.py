"""kill -9 at every step between a row that came in and a row that went out, and what the next start
makes of it. The engine is the one that ships: a test stops it at a point by what its peers do (a
callee that rings, a collector that empties out/ at once) or by looking at folders and killing at once.

What must hold, whatever happened (check_all):
  - an attempt is dialled at most once: one Call-ID an attempt;
  - an attempt that a crash left without an outcome is 90, and is not repeated in its wave;
  - each accepted debt has exactly one result row, in one file number;
  - the same file number has the same bytes, however often it was delivered.
"""
import os
import random
import re
import subprocess
import sys
import threading
import time
from collections import defaultdict
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "support"))
from sshd import Sshd  # noqa: E402

from tests.support.osamed import (  # noqa: E402
    BUILD, ROOT, VOICE, VOICE_NEXT_DAY, VOICE_TWICE, Osamed, OutFile, person, targets)
from tests.support.peer import PATIENCE, remove, temporary_folder, wait_until  # noqa: E402
from tests.support.sipp import Sipp  # noqa: E402

FILE = "015_202096_taisho_1.csv"


@pytest.fixture
def folder():
    path = temporary_folder("osame-flow-")
    yield path
    remove(path)


class Collector:
    """The core system, faster than it should be: takes each file from out/ the moment it is there."""

    def __init__(self, engine):
        self.out = engine.drop / "out"
        self.files = []  # OutFile, in order of arrival, repeats included
        self.seen = threading.Event()
        self.stopping = False
        self.thread = threading.Thread(target=self.work, daemon=True)
        self.thread.start()

    def look(self):
        for path in sorted(self.out.iterdir()):
            if path.name.startswith(".") or path.suffix != ".csv":
                continue
            try:
                data = path.read_bytes()
                path.unlink()
            except FileNotFoundError:
                continue
            self.files.append(OutFile(path.name, data))
            self.seen.set()

    def work(self):
        while not self.stopping:
            self.look()
            time.sleep(0.001)

    def stop(self):
        self.stopping = True
        self.thread.join()
        self.look()


def dialled(callee):
    """attempt id -> Call-IDs of the INVITEs that the callee saw."""
    found = defaultdict(set)
    for _, way, text in callee.messages():
        if way == "in" and text.startswith("INVITE "):
            call_id = re.search(r"^Call-ID: *(\S+)", text, re.M)[1]
            found[int(call_id.split(".")[0])].add(call_id)
    return found


def check_calls(engine, callee):
    attempts = {a["attempt"]: a for a in engine.attempts()}
    for attempt, calls in dialled(callee).items():
        assert len(calls) == 1, f"attempt {attempt} was dialled {len(calls)} times"
        assert attempt in attempts, f"call {calls} without an intent"
    tried = defaultdict(list)
    for a in attempts.values():
        tried[a["person"], a["wave"]].append(a["code"])
    for (who, wave), codes in tried.items():
        assert 90 not in codes[:-1], f"{who} was tried again in wave {wave} after 90: {codes}"
    return attempts


def check_results(files, notices):
    """Every file number has one content; each debt exactly one result row."""
    by_number = {}
    for f in files:
        known = by_number.setdefault(f.number, f)
        assert (known.name, known.data) == (f.name, f.data), f"file {f.number} came with other bytes"
    rows = [row for f in by_number.values() if "kekka" in f.name for row in f.rows]
    assert sorted(row["通知書番号"] for row in rows) == sorted(notices)
    return {row["宛名番号"]: int(row["結果"]) for row in rows}


def notices(n, first=1):
    return [f"N{i:05d}" for i in range(first, first + n)]


# ---- calls ----

def start(engine, people=1):
    engine.run()
    engine.drop_in(FILE, targets([person(i, f"02657841{i:02d}") for i in range(1, people + 1)]))
    engine.start_run()


def test_after_the_intent_before_dialling(folder):
    """A held INVITE: the intent is on disk, and no packet left. One line, two people, two waves."""
    if "san" in BUILD.name:
        pytest.skip("a sanitizer must be the first library; this one would be")
    library, held = folder / "hold.so", folder / "osame" / "held"
    subprocess.run(["cc", "-shared", "-fPIC", "-D_GNU_SOURCE", "-o", library,
                    ROOT / "tests/support/preload/hold_invite.c"], check=True)
    with Sipp(folder / "callee", "busy") as callee:
        callee.run()
        with Osamed(folder / "osame", trunk=callee.uri) as engine:
            engine.campaign(waves=[VOICE_TWICE, VOICE_NEXT_DAY], scenario="quick")
            engine.keys["voice"]["lines"] = 1
            engine.env = {**os.environ, "LD_PRELOAD": str(library), "HOLD_INVITE": str(held)}
            start(engine, people=2)
            engine.until(held.exists, 20, "an INVITE is held", every=0.005)
            engine.kill9()
            assert not dialled(callee)
            engine.env = None
            engine.restart()
            first, = [a for a in engine.attempts() if a["attempt"] == 1]
            assert (first["state"], first["code"]) == ("unknown", 90)
            engine.wait_run("closed")
            engine.wait_delivered()
            attempts = check_calls(engine, callee)
            assert 1 not in dialled(callee), "it was never dialled, and is not now"
            waves = {(a["person"], a["wave"]) for a in attempts.values()}
            mine, other = first["person"], ({"100001", "100002"} - {first["person"]}).pop()
            assert (mine, 2) in waves and len([a for a in attempts.values() if a["person"] == mine]) == 2
            # Its line counts as busy for as long as the call could have lasted: 30 s + 5 s of ringing.
            begins = min(a["intended"] for a in attempts.values() if a["person"] == other)
            assert begins >= first["intended"][:-2] + "35", (begins, first)
            results = check_results(engine.out_files(), notices(2))
            assert results[mine] == 90, "90 stands above a later busy line"
            assert results[other] == 21


@pytest.mark.parametrize("scenario, sign, code", [
    ("no_answer", "180 Ringing", 90),  # after dialling
    ("listen", "ACK ", 90),            # while talking
])
def test_while_a_call_is_up(folder, scenario, sign, code):
    with Sipp(folder / "callee", scenario) as callee:
        callee.run()
        with Osamed(folder / "osame", trunk=callee.uri) as engine:
            engine.campaign(waves=[VOICE_TWICE])
            start(engine)
            engine.until(lambda: any(text.startswith((sign, f"SIP/2.0 {sign}")) for _, _, text in callee.messages()),
                         20, f"{sign} at the callee")
            engine.kill9()
            engine.restart()
            attempt, = engine.attempts()
            assert (attempt["state"], attempt["code"]) == ("unknown", code)
            engine.wait_run("closed")
            engine.wait_delivered()
            assert len(check_calls(engine, callee)) == 1, "not repeated in its wave, though it allows two"
            assert check_results(engine.out_files(), notices(1)) == {"100001": code}
            contact, = engine.out_rows("kosho")
            assert contact["接続結果"] == str(code)


def test_around_the_outcome(folder):
    """Killed 0 to 20 ms after the engine took the outcome: before, in or after its commit."""
    dice = random.Random(20261207)
    with Sipp(folder / "callee", "busy") as callee:
        callee.run()
        with Osamed(folder / "osame", trunk=callee.uri) as engine:
            engine.campaign(waves=[VOICE], scenario="quick")
            engine.keys["voice"]["lines"] = 2
            start(engine, people=5)
            killed = 0
            for outcomes in (1, 2, 3):
                try:
                    engine.wait_log("event=call-ended", 20 if outcomes == 1 else 4, outcomes, every=0.001)
                except AssertionError:
                    break  # the kills before cut so many calls that there is no such outcome
                time.sleep(dice.uniform(0, 0.02))
                engine.kill9()
                killed += 1
                engine.restart()
            assert killed
            engine.wait_run("closed")
            engine.wait_delivered()
            check_calls(engine, callee)
            results = check_results(engine.out_files(), notices(5))
            assert set(results.values()) <= {21, 90} and 21 in results.values()


def test_at_random_moments(folder):
    """A night of twelve calls, killed six times whenever it hits; a fast collector at the drop."""
    dice = random.Random(11)
    with Sipp(folder / "callee", "listen") as callee:
        callee.run()
        with Osamed(folder / "osame", trunk=callee.uri) as engine:
            engine.campaign(waves=[VOICE_TWICE, VOICE_NEXT_DAY], scenario="quick")
            engine.keys["engine"] |= {"calls_per_second": 20, "results_rows": 3}
            engine.keys["voice"]["lines"] = 6
            engine.run()
            collector = Collector(engine)
            engine.drop_in(FILE, targets([person(i, f"02657841{i:02d}") for i in range(1, 13)]))
            engine.start_run()
            for _ in range(6):
                time.sleep(dice.uniform(0.05, 1.6))
                engine.kill9()
                engine.restart()
            engine.wait_run("closed")
            engine.wait_delivered()
            collector.stop()
            check_calls(engine, callee)
            results = check_results(collector.files, notices(12))
            assert set(results.values()) <= {10, 90}
            contacts = {f.number: f for f in collector.files if "kosho" in f.name}
            told = sorted(int(row["発信番号"]) for f in contacts.values() for row in f.rows)
            assert told == sorted(a["attempt"] for a in engine.attempts() if a["state"] != "dropped")


# ---- files that come in ----

def test_while_loading(folder):
    """30,000 rows, killed in the middle again and again; then every row comes back once as 86."""
    dice, many = random.Random(4), 30000
    with Osamed(folder / "osame") as engine:
        engine.campaign(scenario="quick")
        engine.run()
        engine.drop_in(FILE, targets([person(i, 電話番号1="0265784111", 電話区分1="1") for i in range(1, many + 1)]))
        engine.wait_log("event=run id=1", every=0.002)
        stood = []
        for tries in range(12):  # longer each time: a slow machine gets on too
            time.sleep(dice.uniform(0.03, 0.12) * (1 + tries / 2))
            engine.kill9()
            engine.restart()
            intake, = engine.rows("intake")
            stood.append(intake["done"])
            if intake["state"] == "taken":
                break
        assert any(0 < done < many for done in stood), f"never killed while loading: {stood}"
        assert stood == sorted(stood), "what was recorded is not loaded again"
        run = engine.wait_run("draft", seconds=30)
        assert (run["debts"], run["targets"]) == (many, many)
        receipt, = [f.rows[0] for f in engine.wait_out("uketsuke")]
        assert (receipt["総件数"], receipt["受付件数"], receipt["エラー件数"]) == (str(many), str(many), "0")
        assert [r["run"] for r in engine.rows("run")] == [1]
        engine.osame("run", "stop", 1)
        engine.until(lambda: engine.run_row()["results"] == many, 30, "all results")
        engine.wait_delivered()
        results = check_results(engine.out_files(), notices(many))
        assert set(results.values()) == {86}
        lines = {(row["行番号"], row["通知書番号"]) for row in engine.out_rows("kekka")}
        assert lines == {(str(i), f"N{i:05d}") for i in range(1, many + 1)}, "each with its own row number"


def test_between_fetch_and_record(folder):
    """Killed as soon as a file stands in arriving/, whole or not."""
    dice = random.Random(6)
    with Osamed(folder / "osame") as engine:
        engine.campaign()
        engine.run()
        arriving = engine.var / "arriving"
        caught = 0
        n = -1
        while n < 4 or not caught and n < 30:  # five at least, then until one was caught
            n += 1
            rows = [person(100 * n + i, "0265784111") for i in range(1, 41)]
            engine.drop_in(f"015_202096_taisho_{n}.csv", targets(rows))
            end = time.monotonic() + 5 * PATIENCE
            while not any(arriving.iterdir()) and time.monotonic() < end and \
                    not list((engine.var / "received").iterdir()):
                pass
            time.sleep(dice.choice([0, 0, 0.001, 0.002]))
            caught += any(arriving.iterdir())
            engine.kill9()
            engine.restart()
            engine.wait_taken(f"015_202096_taisho_{n}.csv")
        assert not list(arriving.iterdir()), "no copy is left behind"
        intakes = engine.rows("intake")
        assert [(i["name"], i["state"], i["taken"]) for i in intakes] == \
            [(f"015_202096_taisho_{n}.csv", "taken", 40) for n in range(n + 1)]
        assert len(engine.rows("run")) == n + 1
        engine.wait_delivered()
        assert len(engine.out_files("uketsuke")) == n + 1
        assert caught, "at least one was killed in time"


# ---- files that go out ----

def kill_when(engine, what, seconds=10):
    """kill -9 the moment that `what` is true; False if it never was."""
    end = time.monotonic() + seconds * PATIENCE
    while time.monotonic() < end:
        if what():
            engine.kill9()
            return True
    return False


@pytest.mark.parametrize("moment", ["before the rename", "after the rename", "at any moment"])
def test_while_results_go_out(folder, moment):
    """Result files of four rows each to a collector that takes them at once."""
    dice, many = random.Random(moment), 400  # a hundred files: more than `run stop` takes to answer
    with Osamed(folder / "osame") as engine:
        engine.campaign(scenario="quick")
        engine.keys["engine"]["results_rows"] = 4
        engine.run()
        out = engine.drop / "out"
        engine.drop_in(FILE, targets([person(i, "0265784111") for i in range(1, many + 1)]))
        engine.wait_run("draft")
        engine.wait_delivered()
        collector = Collector(engine)
        engine.osame("run", "stop", 1)
        killed = 0
        for _ in range(4):
            if moment == "before the rename":
                hit = kill_when(engine, lambda: any(p.name.startswith(".") for p in out.iterdir()), 2)
            elif moment == "after the rename":
                collector.seen.clear()
                hit = kill_when(engine, collector.seen.is_set, 2)
            else:
                time.sleep(dice.uniform(0, 0.05))
                engine.kill9()
                hit = True
            if not hit:
                break
            killed += 1
            engine.restart()
        assert killed >= 2, "killed in time, more than once"
        engine.until(lambda: engine.run_row()["results"] == many, 20, "all results")
        engine.wait_delivered()
        collector.stop()
        assert set(check_results(collector.files, notices(many)).values()) == {86}
        archived = {p.name: p.read_bytes() for p in (engine.var / "archive").rglob("exchange-out/*")}
        assert archived == {f.name: f.data for f in collector.files}, "a copy of each, of these bytes"
        assert not any(p.name.startswith(".") for p in out.iterdir()), "no unfinished file is left"


def test_while_results_go_out_by_sftp(folder):
    """The server freezes in the middle of an upload, the engine dies, the server comes back."""
    with Sshd(folder / "sshd") as sshd:
        with Osamed(folder / "osame", sftp=sshd) as engine:
            engine.campaign(scenario="quick")
            engine.keys["engine"]["results_rows"] = 500
            engine.run()
            many = 1500
            engine.drop_in(FILE, targets([person(i, "0265784111") for i in range(1, many + 1)]))
            engine.wait_run("draft")
            engine.wait_delivered()
            out = engine.drop / "out"
            before = len(list(out.iterdir()))
            engine.osame("run", "stop", 1)
            wait_until(lambda: len(list(out.iterdir())) > before, 10, 0.0005, why="an upload began")
            sshd.signal_all(19)  # STOP
            time.sleep(0.2)
            engine.kill9()
            sshd.cut()
            sshd.signal_all(18)  # CONT
            engine.restart()
            engine.until(lambda: engine.run_row()["results"] == many, 20, "all results")
            engine.wait_delivered()
            results = check_results(engine.out_files(), notices(many))
            assert set(results.values()) == {86}
