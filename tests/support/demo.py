"""make demo: one night's campaigns from end to end, on real parts, and the proof.

The core system's drop is an OpenSSH sshd, the trunk kamailio with digest, the callees are baresip
(people who listen and press keys) and sipp (busy, no answer, dead number, hung up …), the SMS
gateway is Kannel with its fake SMS centre, and the voice is Open JTalk. The rehearsal clock lets
two days and three waves pass in minutes. At the end the peers' own logs are held against what
Osame says (demo_claim.py).

Everything runs on loopback, on free ports, in one folder, unprivileged when started as root, and is
stopped at the end: also on Ctrl-C and on failure. Status 0 only if every part of the claim holds.

    KEEP=1              keeps the folder, and the web console up until Ctrl-C
    DEMO_SECONDS=N      gives up after so long (720: a busy machine makes speech slowly)
    OSAME_BUILD=FOLDER  where osamed and osame were built (build/release)
"""
import os
import signal
import sys
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.support import demo_claim  # noqa: E402
from tests.support.demo_console import Kept, section  # noqa: E402
from tests.support.demo_stage import FIXTURES, Stage  # noqa: E402
from tests.support.peer import remove, temporary_folder, wait_until  # noqa: E402

TARGET_FILES = sorted((FIXTURES / "files").glob("*_taisho_*.csv"))
PAYMENTS_FILE = next((FIXTURES / "files").glob("*_keshikomi_*.csv"))
LONGEST_S = int(os.environ.get("DEMO_SECONDS", "720"))
SHOW_EVERY_S = 3


def say(text=""):
    print(text, flush=True)


class Night:
    """What happens, in its order."""

    def __init__(self, stage):
        self.stage = stage
        self.begin = time.monotonic()
        self.shown = 0.0
        self.payments_given = None

    def run(self):
        self.open()
        self.intake()
        self.approve()
        self.wait_for_end()
        evidence = demo_claim.gather(self.stage)
        self.stage.stop_osame()
        return self.conclude(evidence)

    def step(self, text):
        say(f"[{time.monotonic() - self.begin:5.1f} s] {text}")

    def open(self):
        self.step("starting sshd (the drop), Kannel, kamailio, sipp and baresip (the callees)")
        self.stage.start_peers()
        self.step("starting osamed: " + self.stage.words())
        self.stage.start_osame()
        wait_until(lambda: self.stage.status()["trunk_up"], 20, 0.2, why="the trunk is registered")
        wait_until(lambda: all(d["connected"] for d in self.stage.status()["drops"]), 20, 0.2,
                   why="the drop is connected")

    def intake(self):
        self.step(f"the core system uploads {len(TARGET_FILES)} target files over SFTP")
        for path in TARGET_FILES:
            self.stage.upload(path)
        wait_until(lambda: len(self.drafts()) == len(TARGET_FILES), 30, 0.3,
                   why=f"{len(TARGET_FILES)} draft runs")
        for i in self.stage.osame("intake", "list"):
            self.step(f"  {i['name']}: {i['rows']} rows, {i['taken']} taken, {i['refused']} refused, "
                      f"{i['warned']} with a warning -> run {i['run']}")

    def drafts(self):
        return [r for r in self.stage.osame("run", "list") if r["state"] == "draft"]

    def approve(self):
        for run in self.drafts():
            for verb in ("submit", "approve", "start"):
                self.stage.osame("run", verb, str(run["run"]))
        self.step("all runs submitted, approved (by the same person: a rehearsal allows it, and the "
                  "record says so) and started")

    def wait_for_end(self):
        end = time.monotonic() + LONGEST_S
        while not self.over():
            if time.monotonic() > end:
                raise AssertionError(f"not over within {LONGEST_S} s")
            if not self.stage.osamed.alive():
                raise AssertionError("osamed ended by itself")
            self.pay_half_way()
            self.show()
            time.sleep(0.5)
        self.shown = 0.0
        self.show()

    def over(self):
        runs = self.stage.osame("run", "list")
        return (all(r["state"] == "closed" and r["rows_waiting"] == 0 for r in runs) and
                all(f["state"] == "delivered" for f in self.stage.osame("outfiles")) and
                self.stage.status()["files_in"] == 0)

    def pay_half_way(self):
        """The payments file arrives when half of the people were called once."""
        if self.payments_given:
            return
        called = {(a["run"], a["person"]) for a in self.stage.osame("attempts")
                  if a["wave"] == 1 and a["ended"]}
        people = sum(r["targets"] for r in self.stage.osame("run", "list"))
        if 2 * len(called) >= people:
            self.payments_given = time.time()
            self.stage.upload(PAYMENTS_FILE)
            self.step(f"half of the first wave is called: the payments file arrives ({PAYMENTS_FILE.name})")

    def show(self):
        if time.monotonic() - self.shown < SHOW_EVERY_S:
            return
        self.shown = time.monotonic()
        status = self.stage.status()
        attempts = self.stage.osame("attempts")
        runs = self.stage.osame("run", "list")
        calls = [a for a in attempts if a["channel"] == "voice"]
        texts = [a for a in attempts if a["channel"] == "sms"]
        outcomes = Counter(a["outcome"] for a in attempts if a["outcome"])
        self.step(f"{status['time'][5:16]}  people done {sum(r['done'] for r in runs)}/"
                  f"{sum(r['targets'] for r in runs)}  calls {len(calls)} (now {status['lines_used']})  "
                  f"SMS {len(texts)}  " + " ".join(f"{w}{n}" for w, n in outcomes.most_common(6)))

    def conclude(self, evidence):
        say()
        demo_claim.summary(evidence, say)
        say()
        failed = demo_claim.check(evidence, say)
        say()
        say("osame archive verify, as an auditor would (the days that are over, sealed and signed):")
        for line in self.stage.verify_archive()[1].splitlines():
            say(f"  {line}")
        say()
        say(f"took {time.monotonic() - self.begin:.0f} s for "
            f"{demo_claim.rehearsed(evidence)} of rehearsal time")
        return failed


def stopped(*_):
    raise KeyboardInterrupt


def keep_open(stage):
    """The console before what the night left, until somebody ends it."""
    kept = Kept(stage.folder / "web", stage.home / "console.sock", stage.osame)
    try:
        stage.reopen(section(stage.home / "console.sock", kept.url))
        for line in kept.words(kept.open()):
            say(line)
        while stage.osamed.alive() and kept.console.alive():
            time.sleep(0.5)
        say("demo: the console ended by itself")
    finally:
        kept.stop()


def main():
    for sig in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(sig, stopped)
    folder = temporary_folder("osame-demo-")
    stage = Stage(folder)
    status = 1
    try:
        failed = Night(stage).run()
        status = 1 if failed else 0
        kept = os.environ.get("KEEP") and not failed
        say(f"demo: {'the claim does not hold: ' + str(failed) + ' parts failed' if failed else 'the claim holds'}")
        if kept:
            keep_open(stage)
    except KeyboardInterrupt:
        say("demo: stopped")
        status = 130 if status == 1 else status
    except Exception as error:  # whatever it is, the logs' tails are wanted, and everything is stopped
        say(f"demo: failed: {type(error).__name__}: {error}")
        for name, tail in stage.tails():
            say(f"---- {name}\n{tail}")
    finally:
        stage.stop()
    if os.environ.get("KEEP") or status == 1:
        say(f"demo: everything lies in {folder}: drop/ (what the core system sees), osame/ (configuration, "
            "specs, var/), and the peers' logs")
    else:
        remove(folder)
        say("demo: the folder is removed; KEEP=1 make demo keeps it, with all files and logs")
    return status


if __name__ == "__main__":
    sys.exit(main())
