#!/usr/bin/python3
"""SMS from intent to receipt by the running engine, beside what does nothing but send.

    OSAME_BUILD=build/release tests/bench/bench_sms.py [KANNEL] [STAND_IN]     (2000 20000)

For the figures of docs/benchmarks.md: 20000 200000. 0 leaves a part out. OSAME_BENCH_FLIGHT: submissions at once,
of both (100 to Kannel, 200 to the stand-in). OSAME_BENCH_PERF=FILE: `perf record` of osamed meanwhile.

1. KANNEL messages through the real Kannel and its fake SMS centre, receipts and all: by a bare load generator
   (tests/bench/sms_peer.c: the same request, a fresh connection for each, the same number at once, receipts
   answered), by Osame, and by the load generator again, in one run with one Kannel.
2. STAND_IN messages through a stand-in that answers 202 at once and tells each delivery a tenth of a second
   later: Osame, and beside it what the stand-in takes from the bare load generator.

Printed: messages a second (Osame's from the word `run start` to the last answer of the gateway; the load
generator's from its first connection to its last answer), seconds until the last receipt was recorded, processor
time a message of each side and of the gateway, and what must be so: each message sent once, each receipt matched
once. Speed is printed, never asserted; a message that was lost or doubled ends the program with 1.

Kannel stands on another machine where Osame runs, so it has half of this one's cores to itself, and whoever sends
has the other half; its spool lies in memory, since a folder of ext4 that creates and deletes a file a message grows
slower from run to run. Then all once more with every core shared: there, beside the measured ratio, stands the one
that processor time alone allows: what a message costs the gateway and the load generator together, by what it costs
the gateway and Osame.

The clock is the real one (a rehearsal's would jump over the wait for receipts), so a second user approves; that
needs root, as the demonstration's peers do.
"""
import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

REPO = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPO))
from tests.support.kannel import Kannel  # noqa: E402
from tests.support.osamed import BUILD, COLUMNS, Osamed, csv_bytes, person  # noqa: E402
from tests.support.peer import free_port, remove, wait_until  # noqa: E402

PEER = BUILD / "tests" / "bench" / "sms_peer"
KANNEL_FLIGHT, STAND_IN_FLIGHT = [int(os.environ.get("OSAME_BENCH_FLIGHT", n)) for n in (100, 200)]
FILE = "015_202096_taisho_1.csv"
WAVE = ('<wave id="sms" channel="sms" from-day="0" to-day="3" attempts="1" text="reminder">'
        '<window days="all" from="0:00" to="24:00"/></wave>')
# As long as specs/texts/reminder.txt, escaped: one segment.
TEXT = "%E3%81%82" * 66
SECONDS = 3600
APPROVER = 64999  # a user id that nobody has
problems = []


def expect(true, words):
    if not true:
        problems.append(words)
        print(f"  PROBLEM: {words}")


# ---- cores ----

CORES = sorted(os.sched_getaffinity(0))


@contextmanager
def on_cores(cores):
    """What is started here runs there."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


# ---- the bare load generator ----

def children_seconds():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def load(port, path, count, flight):
    before = children_seconds()
    out = subprocess.run([PEER, "load", str(port), path, str(count), str(flight), "1"],
                         capture_output=True, text=True, timeout=SECONDS, check=True)
    said = json.loads(out.stdout)
    said["cpu"] = children_seconds() - before
    expect(said["failed"] == 0, f"{said['failed']} submissions of the load generator failed")
    return said


class Gateway:
    """The stand-in: tests/bench/sms_peer gateway."""

    def __init__(self, count):
        self.port = free_port()
        self.process = subprocess.Popen([PEER, "gateway", str(self.port), str(count), "1"],
                                        stdout=subprocess.PIPE, text=True)
        time.sleep(0.2)

    def end(self):
        """What it counted, when all receipts were taken, and its processor time."""
        before = children_seconds()
        try:
            out, _ = self.process.communicate(timeout=SECONDS)
        except subprocess.TimeoutExpired:
            self.process.send_signal(signal.SIGTERM)
            out, _ = self.process.communicate()
        return {**json.loads(out), "cpu": children_seconds() - before}


# ---- Osame ----

def cpu_seconds(pid):
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(") ", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def threads_cpu(pid):
    ticks = {}
    for task in Path(f"/proc/{pid}/task").iterdir():
        name, fields = (task / "comm").read_text().strip(), (task / "stat").read_text().rsplit(") ", 1)[1].split()
        ticks[name] = ticks.get(name, 0) + (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return ticks


def engine_of(folder, gateway, flight):
    engine = Osamed(folder, rehearsal=False)
    today = datetime.now().date()
    engine.campaign(waves=[WAVE], start=str(today), end=str(today + timedelta(5)), demand=str(today + timedelta(9)))
    engine.keys["gateway kannel"] = {"timeout": "60 s", **gateway}
    engine.keys["sms"]["in_flight"] = flight
    engine.keys["user taro"] = {"uid": APPROVER, "name": "承認太郎", "department": "zeimu", "roles": "manager"}
    return engine


def last_answer(engine):
    """When the engine logged the last answer of the gateway."""
    with open(engine.log, "rb") as f:
        line = [x for x in f if b"event=sms attempt=" in x][-1].decode()
    return datetime.fromisoformat(line.split()[0].replace("Z", "+00:00")).timestamp()


def wait_idle(engine):
    """Until it has made what it says to callers: its speech would take a core from what is measured."""
    quiet = []

    def is_idle():
        task = Path(f"/proc/{engine.process.pid}/task")
        busy = any((t / "children").read_text().strip() for t in task.iterdir())
        quiet.append(not busy)
        return len(quiet) > 10 and all(quiet[-10:])

    wait_until(is_idle, 300, every=0.1, why="speech is made")


def attempts_of(engine):
    return engine.rows("attempts")


def send_all(engine, count):
    """Sends them; what it took."""
    engine.run()
    people = csv_bytes(COLUMNS, (person(n, "", f"0901{n:07d}") for n in range(1, count + 1)))
    engine.drop_in(FILE, people)
    engine.wait_run("draft", seconds=SECONDS)
    engine.osame("run", "submit", 1)
    engine.osame("run", "approve", 1, uid=APPROVER)
    wait_idle(engine)
    pid = engine.process.pid
    turns = engine.osame("status").json["turns"]
    cpu, threads, begin = cpu_seconds(pid), threads_cpu(pid), time.time()
    profile = os.environ.get("OSAME_BENCH_PERF")
    if profile:
        perf = subprocess.Popen(["perf", "record", "-q", "--call-graph", "dwarf,16384", "-F", "149", "-o", profile, "-p", str(pid)])
        time.sleep(1)
    engine.osame("run", "start", 1)
    wait_until(lambda: engine.run_row()["done"] == count, SECONDS, every=0.25, why="every message has its receipt")
    end = time.time()
    took = {"all": end - begin, "cpu": cpu_seconds(pid) - cpu}
    took["threads"] = {n: v - threads.get(n, 0) for n, v in threads_cpu(pid).items() if v - threads.get(n, 0) > 0.05}
    took["sent"] = last_answer(engine) - begin
    took["rate"] = count / took["sent"]
    status = engine.osame("status").json
    took["turns"], took["turn"] = status["turns"] - turns, status["turn_longest_ms"]
    return took


def check(engine, count, receipts):
    rows = attempts_of(engine)
    expect(len(rows) == count, f"{len(rows)} attempts of {count} people")
    expect(all(r["code"] == 60 for r in rows), "not every message is 60")
    wrong = sum(r["receipts"] != receipts for r in rows)
    expect(wrong == 0, f"{wrong} messages do not have {receipts} receipts")
    contacts = engine.run_row()["contacts"]
    expect(contacts == count, f"{contacts} contact records")
    print(f"  matched: {len(rows)} messages, {sum(r['receipts'] for r in rows)} receipts ({receipts} each), "
          f"{contacts} contact records")


def show(words, rate, all_seconds, more=""):
    print(f"  {words:<22} {rate:>8.0f} messages/s   last receipt after {all_seconds:>7.1f} s   {more}", flush=True)


def show_engine(took, count):
    threads = " ".join(f"{n} {v:.1f}" for n, v in sorted(took["threads"].items(), key=lambda x: -x[1])[:3])
    show("osame", took["rate"], took["all"], f"{took['cpu'] / count * 1e6:.0f} us of processor a message "
         f"(s: {threads}); {took['turns']} turns, the longest {took['turn']} ms")


# ---- the two parts ----

def memory_folder():
    return "/dev/shm" if os.access("/dev/shm", os.W_OK) else None


@contextmanager
def temporary_root(below=None):
    root = Path(tempfile.mkdtemp(prefix="osame-bench-", dir=below))
    root.chmod(0o755)  # an unprivileged peer may enter
    try:
        yield root
    finally:
        remove(root)


def boxes_cpu(kannel):
    return sum(cpu_seconds(box.process.pid) for box in kannel.boxes)


def show_cost(words, count, gateway, sender, shared=True):
    most = f"; {len(CORES)} cores take at most {len(CORES) * count / (gateway + sender):.0f} messages/s so"
    print(f"    processor, us a message: gateway {gateway / count * 1e6:.0f}, {words} {sender / count * 1e6:.0f}"
          f"{most if shared else ''}", flush=True)


def through_kannel(root, count, shared):
    half = len(CORES) // 2
    theirs, ours = (CORES, CORES) if shared or half == 0 else (CORES[:half], CORES[half:])
    print(f"Kannel, {count} messages, {KANNEL_FLIGHT} at once, "
          + (f"{len(CORES)} cores shared by all" if theirs == ours else
             f"gateway on {len(theirs)} of {len(CORES)} cores, who sends on the other {len(ours)}"))
    kannel = Kannel(root / "kannel")
    with on_cores(theirs):
        kannel.start()
    try:
        with on_cores(ours):
            beside_kannel(root, kannel, count, theirs == ours)
    finally:
        kannel.stop()


def beside_kannel(root, kannel, count, shared):
    def beside(what):
        before = boxes_cpu(kannel)
        result = what()
        return result, boxes_cpu(kannel) - before

    def bare_load():
        said, gateway = beside(lambda: load(kannel.ports["sendsms"], path, count, KANNEL_FLIGHT))
        show("bare load generator", said["per_second"], said["receipts_seconds"])
        show_cost("load generator", count, gateway, said["cpu"], shared)
        return said, gateway + said["cpu"]

    path = ("/cgi-bin/sendsms?coding=2&charset=UTF-8&dlr-mask=31&username=osame&password=k%26nnel%20%25%2Bpass"
            f"&from=0265784111&validity=1440&text={TEXT}")
    bare = [bare_load()]
    kannel_keys = {"url": kannel.sendsms_url, "user": kannel.user, "password": kannel.password}
    with temporary_root() as home, engine_of(home, kannel_keys, KANNEL_FLIGHT) as engine:
        took, gateway = beside(lambda: send_all(engine, count))
        show_engine(took, count)
        show_cost("osame", count, gateway, took["cpu"], shared)
        check(engine, count, 2)  # the SMS centre took it; the telephone has it
    bare.append(bare_load())
    network = len(kannel.received())
    expect(network == 3 * count, f"{network} messages reached the network, not {3 * count}")
    sent, cost = sum(b["per_second"] for b, _ in bare) / 2, sum(c for _, c in bare) / 2
    whole = sum(count / b["receipts_seconds"] for b, _ in bare) / 2
    alone = f"; by processor time alone {cost / (gateway + took['cpu']):.2f}" if shared else ""
    print(f"  ratio: {count / took['all'] / whole:.2f} of the bare load generator's messages a second, sent and with their "
          f"receipts (aim 0.90); {took['rate'] / sent:.2f} if receipts may wait{alone}\n")


def through_stand_in(root, count):
    print(f"Stand-in, {count} messages, {STAND_IN_FLIGHT} at once")
    gateway = Gateway(count)
    bare = load(gateway.port, "/cgi-bin/sendsms?coding=2&username=osame&password=x&from=0265784111&text=" + TEXT,
                count, STAND_IN_FLIGHT)
    show("bare load generator", bare["per_second"], bare["receipts_seconds"], "(what the stand-in takes)")
    show_cost("load generator", count, gateway.end()["cpu"], bare["cpu"])
    gateway = Gateway(count)
    keys = {"url": f"http://127.0.0.1:{gateway.port}/cgi-bin/sendsms", "user": "osame", "password": "x"}
    with engine_of(root, keys, STAND_IN_FLIGHT) as engine:
        took = send_all(engine, count)
        show_engine(took, count)
        said = gateway.end()
        show_cost("osame", count, said["cpu"], took["cpu"])
        check(engine, count, 1)
    expect(said["messages"] == said["connections"] == count, f"{said}: not a connection for each")
    expect(said["repeated"] == 0, f"{said['repeated']} messages came twice")
    print(f"  gateway: {said['messages']} requests on {said['connections']} connections, {said['repeated']} repeated; "
          f"{said['per_second']} messages/s from its first to its last (aim 5000)")


def main():
    kannel, stand_in = [int(a) for a in sys.argv[1:3]] + [2000, 20000][len(sys.argv[1:3]):]
    if os.geteuid() != 0:
        print("bench_sms needs root: a second user approves the run")
        return 0
    for shared in (False, True) if kannel else ():
        with temporary_root(memory_folder()) as root:
            through_kannel(root, kannel, shared)
    if stand_in:
        with temporary_root() as root:
            through_stand_in(root, stand_in)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
