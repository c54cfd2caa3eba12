#!/usr/bin/python3
"""Calls: how many a second, how many at once, how soon they sound, and what they cost.

    OSAME_BUILD=build/release tests/bench/bench_voice.py [--full] [--rates 100,200] [--at-once 100,600] [--burst N]

Without arguments a small size (30 seconds); --full: the sizes of docs/benchmarks.md (three minutes). 0 leaves a
part out. OSAME_BENCH_PERF=FILE: `perf record` of the caller in the last part that runs.

One run has all parts, each beside the others on the same processors: the real voice adapter (tests/bench/
voice_caller.c: SIP thread and media thread, keys in the sound and machines listened for), sipp for the signalling
of its telephones, and for their sound one program (tests/bench/voice_peer.c) that answers each packet, presses the
key by RFC 4733, and measures by the kernel's time stamps. No file, no store and no speech takes part.

1. Full calls: 5 s of sound, one key, hang-up, at each rate for some seconds.
2. Calls at once: a window of seconds while they play. Pacing error: how far the distance of two packets of a call
   is from 20 ms. Beside it the same packets by a bare sendmmsg loop (ratio: its processor time / ours).
3. A burst: N calls due at once, ordered as the engine's pacer does: a second's worth at once, then so many a second.
4. Delays: from sipp's reading of the INVITE (its 200 follows at once) to the first packet; from a key pressed
   while the sound plays to the first packet of silence.

Speed is printed, never asserted; a call that was lost, or a key that was not heard exactly once, ends the program
with 1.
"""
import argparse
import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

REPO = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPO))
from tests.support.peer import free_port, remove, temporary_folder, unprivileged, wait_until  # noqa: E402

BUILD = Path(os.environ.get("OSAME_BUILD", "build/release")).resolve()
BENCH = BUILD / "tests" / "bench"
MEDIA = 32768, 65534  # ports of the caller: as many as the system's range for others, which is not used meanwhile
TICKS = os.sysconf("SC_CLK_TCK")
GIVE_UP = 60
problems = []


def expect(true, words):
    if not true:
        problems.append(words)
        print(f"  PROBLEM: {words}")


def process_s(pid):
    """Processor seconds of a process, its finished threads included."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(") ", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def threads_s(pid):
    """Processor seconds of each thread by name."""
    found = {}
    for task in Path(f"/proc/{pid}/task").iterdir():
        name = (task / "comm").read_text().strip()
        found[name] = found.get(name, 0) + int((task / "schedstat").read_text().split()[0]) / 1e9
    return found


def memory_kb(pid):
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    return 0


def machine():
    """(busy, all) processor ticks of the machine."""
    n = [int(x) for x in Path("/proc/stat").read_text().splitlines()[0].split()[1:9]]
    return sum(n) - n[3] - n[4], sum(n)


class Lines:
    """A program that is driven by lines and answers in JSON."""

    def __init__(self, argv, log):
        self.log = open(log, "ab")
        self.process = subprocess.Popen([str(a) for a in argv], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=self.log, text=True)
        self.pid = self.process.pid

    def say(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def read(self):
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f"{self.process.args[0]} ended; see its log:\n" +
                             Path(self.log.name).read_text(errors="replace")[-2000:])
        return json.loads(line)

    def ask(self, line):
        self.say(line)
        return self.read()

    def end(self):
        try:
            self.process.stdin.close()
            self.process.wait(GIVE_UP)
        except BrokenPipeError:
            self.process.wait()
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()
        self.log.close()


def bound(port):
    """sipp has its port when we cannot have it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        try:
            s.bind(("127.0.0.1", port))
        except OSError:
            return True
    return False


class Telephones:
    """sipp and the sink."""

    def __init__(self, folder, key_after):
        self.folder, self.port = folder, free_port()
        sound = free_port()
        self.sink = Lines([BENCH / "voice_peer", "sink", sound, key_after], folder / "sink.log")
        argv = ["sipp", "-sf", REPO / "tests/bench/voice_callee.xml", "-i", "127.0.0.1", "-p", self.port, "-mp",
                free_port(4), "-t", "u1", "-nostdin", "-buff_size", 8000000, "-l", 20000, "-key", "sink_port", sound,
                "-trace_logs", "-log_file", folder / "answers.log", "-trace_err", "-error_file",
                folder / "errors.log"]
        self.sound = sound
        user, group = unprivileged() or (None, None)
        self.sipp = subprocess.Popen([str(a) for a in argv], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                     stderr=subprocess.DEVNULL, cwd=folder, user=user, group=group,
                                     extra_groups=[] if user else None)
        wait_until(lambda: bound(self.port), why="sipp does not listen")

    def lost(self):
        """Packets that the sink itself lost: it starved, and what they show is not the caller's."""
        for line in Path("/proc/net/udp").read_text().splitlines()[1:]:
            fields = line.split()
            if int(fields[1].split(":")[1], 16) == self.sound:
                return int(fields[-1])
        return 0

    def answers(self):
        """{port: [seconds of each INVITE that was read, ...]}"""
        found = {}
        for line in (self.folder / "answers.log").read_text().splitlines():
            *_, at, port = line.split()
            found.setdefault(int(port), []).append(float(at))
        return found

    def end(self):
        self.sipp.terminate()
        self.sipp.wait()
        self.sink.end()


class Rig:
    """A caller with its telephones, for one part."""

    def __init__(self, lines, sound_s, keys, key_after):
        self.folder = temporary_folder()
        self.folder.chmod(0o777)
        self.telephones = Telephones(self.folder, key_after)
        self.sink = self.telephones.sink
        self.caller = Lines([BENCH / "voice_caller", f"trunk=sip:127.0.0.1:{self.telephones.port}", f"lines={lines}",
                             f"media_from={MEDIA[0]}", f"media_to={MEDIA[1]}", f"sound_s={sound_s}", f"keys={keys}"],
                            self.folder / "caller.log")
        self.perf = None
        try:
            self.caller.read()
        except SystemExit:
            self.__exit__()
            raise

    def __enter__(self):
        if os.environ.get("OSAME_BENCH_PERF"):
            self.perf = subprocess.Popen(["perf", "record", "-q", "-g", "-o", os.environ["OSAME_BENCH_PERF"], "-p",
                                          str(self.caller.pid)], stderr=subprocess.DEVNULL)
            time.sleep(0.5)
        return self

    def __exit__(self, *_):
        if self.perf:
            self.perf.terminate()
            self.perf.wait()
        self.caller.end()
        self.telephones.end()
        remove(self.folder)

    def until(self, field, count):
        """What the caller counted when `field` (and what was dropped) reached `count`."""
        end = time.monotonic() + GIVE_UP
        while True:
            said = self.caller.ask("mark")
            if said[field] + said["dropped"] >= count or time.monotonic() > end:
                return said
            time.sleep(0.1)


class Window:
    """Processor time of the caller, its threads and the machine between two looks."""

    def __init__(self, pid):
        self.pid, self.at = pid, time.monotonic()
        self.cpu, self.threads, self.machine = process_s(pid), threads_s(pid), machine()

    def close(self):
        self.seconds = time.monotonic() - self.at
        busy, ticks = machine()
        self.cpu = process_s(self.pid) - self.cpu
        self.threads = {k: v - self.threads.get(k, 0) for k, v in threads_s(self.pid).items()}
        self.busy = (busy - self.machine[0]) / (ticks - self.machine[1])


# ---- the parts ----

def say_lost(heard, by_sink):
    if heard["lost"] or by_sink:
        print(f"  {heard['lost']} packets were lost on the way, {by_sink} of them by the sink: gaps are not the caller's")


def full_calls(rates, seconds):
    print("\nfull calls: 5 s of sound, one key, hang-up")
    print(f"{'rate/s':>7} {'calls':>6} {'done/s':>7} {'keys right':>10} {'gaps>40ms':>10} {'p99 ms':>7} "
          f"{'worst':>7} {'cpu ms/call':>11} {'sip':>5} {'media':>5} {'MB':>5} {'machine':>8}")
    for rate in rates:
        n = int(rate * seconds)
        with Rig(lines=min(2000, int(rate * 7) + 50), sound_s=5, keys=1, key_after=251) as rig:
            w = Window(rig.caller.pid)
            rig.caller.say(f"calls {n} {rate} 0")
            said = rig.until("ended", n)
            w.close()
            heard = rig.sink.ask("report")
            kb, lost = memory_kb(rig.caller.pid), rig.telephones.lost()
        print(f"{rate:>7} {n:>6} {said['ended'] / max(said['all_s'] - 5.4, .1):>7.0f} {said['right']:>10} "
              f"{heard['gaps']:>10} {heard['p99_ms']:>7.2f} {heard['worst_ms']:>7.1f} {w.cpu * 1000 / n:>11.2f} "
              f"{w.threads.get('sip', 0) * 1000 / n:>5.2f} {w.threads.get('media', 0) * 1000 / n:>5.2f} "
              f"{kb / 1024:>5.0f} {w.busy:>8.0%}", flush=True)
        expect(said["ended"] == n and said["right"] == n, f"{n} calls: {said}")
        expect(heard["keys"] == n, f"{heard['keys']} keys were pressed")
        say_lost(heard, lost)


def bare(calls, seconds):
    """Processor seconds a packet of a bare loop."""
    port = free_port()
    log = Path(os.devnull)
    sink = Lines([BENCH / "voice_peer", "sink", port, 0], log)
    out = subprocess.run([BENCH / "voice_peer", "bare", str(port), str(calls), str(seconds)], capture_output=True,
                         text=True, check=True, timeout=GIVE_UP)
    sink.end()
    said = json.loads(out.stdout)
    return said["cpu_s"] / said["sent"]


def at_once(counts, seconds):
    with Rig(lines=1, sound_s=120, keys=0, key_after=0) as rig:
        rig.caller.say("calls 1 1 1")
        rig.until("answered", 1)
        time.sleep(1)
        one_kb = memory_kb(rig.caller.pid)
    print(f"\ncalls at once, for {seconds} s; memory of each beside that of the program with one ({one_kb} kB)")
    print(f"{'calls':>7} {'p50 ms':>7} {'p99':>7} {'p99.9':>7} {'worst':>7} {'gaps>40ms':>10} {'core':>7} "
          f"{'core/call':>9} {'sip':>7} {'media':>7} {'kB/call':>8} {'us/packet':>10} {'bare':>6} {'ratio':>6} "
          f"{'machine':>8}")
    for n in counts:
        with Rig(lines=n, sound_s=120, keys=0, key_after=0) as rig:
            rig.caller.say(f"calls {n} 250 0")
            said = rig.until("answered", n)
            time.sleep(1)
            rig.sink.say("reset")
            w = Window(rig.caller.pid)
            time.sleep(seconds)
            w.close()
            heard = rig.sink.ask("report")
            kb, lost = memory_kb(rig.caller.pid), rig.telephones.lost()
            rig.caller.say("hangup")
            over = rig.until("ended", n)
        per_packet = w.cpu / heard["packets"]
        other = bare(n, seconds / 2)
        print(f"{n:>7} {heard['p50_ms']:>7.2f} {heard['p99_ms']:>7.2f} {heard['p999_ms']:>7.2f} "
              f"{heard['worst_ms']:>7.1f} {heard['gaps']:>10} {w.cpu / w.seconds:>7.1%} "
              f"{w.cpu / w.seconds / n:>9.3%} {w.threads.get('sip', 0) / w.seconds:>7.1%} "
              f"{w.threads.get('media', 0) / w.seconds:>7.1%} {(kb - one_kb) / max(n - 1, 1):>8.1f} {per_packet * 1e6:>10.2f} "
              f"{other * 1e6:>6.2f} {other / per_packet:>6.2f} {w.busy:>8.0%}", flush=True)
        expect(said["answered"] == n and over["ended"] == n, f"{n} calls: {said} {over}")
        say_lost(heard, lost)


def burst(n, rate):
    print(f"\n{n} calls due at once, calls_per_second = {rate}")
    with Rig(lines=n, sound_s=5, keys=1, key_after=251) as rig:
        rig.caller.say(f"calls {n} {rate} {rate}")
        said = rig.until("ended", n)
        heard, lost = rig.sink.ask("report"), rig.telephones.lost()
    print(f"  all answered after {said['answering_s']:.2f} s; gaps over 40 ms: {heard['gaps']} of {heard['packets']}; "
          f"p99 {heard['p99_ms']:.2f} ms, worst {heard['worst_ms']:.1f} ms; keys right {said['right']}", flush=True)
    say_lost(heard, lost)
    expect(said["right"] == n, f"{n} calls: {said}")


def share(values, part):
    return sorted(values)[int(part * (len(values) - 1))] if values else 0


def delays(n, rate):
    print(f"\ndelays, {n} calls at {rate} a second, the key after 1 s of the sound")
    with Rig(lines=n, sound_s=5, keys=1, key_after=50) as rig:
        rig.caller.say(f"calls {n} {rate} 0")
        said = rig.until("ended", n)
        heard = rig.sink.ask("report")
        firsts = rig.sink.ask("lists")
        answers = rig.telephones.answers()
    ms = [us / 1000 - answers[port].pop(0) * 1000 for port, us in firsts]
    print(f"  answer to first audio: p50 {share(ms, .5):.1f}  p99 {share(ms, .99):.1f}  most {max(ms):.1f} ms\n"
          f"  key to silence:        p50 {heard['silence_p50_ms']:.1f}  p99 {heard['silence_p99_ms']:.1f} ms",
          flush=True)
    expect(said["right"] == n and len(ms) == n and heard["silences"] == n, f"{n} calls: {said} {heard}")


def numbers(text):
    return [int(x) for x in text.split(",") if int(x) > 0]


def main():
    p = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    p.add_argument("--full", action="store_true")
    p.add_argument("--rates", type=numbers)
    p.add_argument("--at-once", type=numbers)
    p.add_argument("--burst", type=int)
    p.add_argument("--delays", type=int)
    p.add_argument("--seconds", type=float)
    a = p.parse_args()
    full = a.full
    seconds = a.seconds or (10 if full else 2)
    given = any(x is not None for x in (a.rates, a.at_once, a.burst, a.delays))
    usual = {"rates": [100, 200, 300, 350] if full else [50], "at_once": [100, 600, 1500] if full else [100],
             "burst": 1000 if full else 100, "delays": 500 if full else 50}
    for name, value in usual.items():
        if getattr(a, name) is None:
            setattr(a, name, 0 if given else value)
    if a.rates:
        full_calls(a.rates, seconds)
    if a.at_once:
        at_once(a.at_once, seconds)
    if a.burst:
        burst(a.burst, 300)
    if a.delays:
        delays(a.delays, min(100, a.delays))
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
