#!/usr/bin/python3
"""A morning's first second: calls that are all due at once, by the whole engine.

    OSAME_BUILD=build/release tests/bench/bench_morning.py [TARGETS] [CALLS_PER_SECOND]        (60 300)

For the figures of docs/benchmarks.md: 1000. osamed with its store, its speech and its pacer takes a file of so many
people, the run is approved and started, and all of them are to be called now. The telephones are those of
bench_voice.py. Each call says some five seconds, the same to all (personal sentences are bench_prompts' subject),
takes one key, and ends; its contact record is written.

Printed: seconds from `run start` to the first INVITE (sentences are spoken, prompts prepared), from the first INVITE
to the last (each is answered as it is read), gaps over 40 ms, processor time a call of osamed and its threads. A
call that was lost, or a key that was not heard, ends the program with 1.

The clock is the real one, so a second user approves; that needs root.
"""
import os
import sys
import time
from datetime import datetime, timedelta
from pathlib import Path

REPO = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPO))
from tests.bench.bench_voice import Telephones, Window, expect, memory_kb, problems, say_lost  # noqa: E402
from tests.support.osamed import COLUMNS, Osamed, csv_bytes, person  # noqa: E402
from tests.support.peer import remove, temporary_folder, wait_until  # noqa: E402

FILE = "015_202096_taisho_1.csv"
WAVE = ('<wave id="asa" channel="voice" from-day="0" to-day="3" attempts="1" ring="20 s">'
        '<window days="all" from="0:00" to="24:00"/></wave>')
SCENARIO = """\
<?xml version="1.0" encoding="UTF-8"?>
<vxml version="2.1" xml:lang="ja-JP" o:kind="reminder"
      xmlns="http://www.w3.org/2001/vxml" xmlns:o="urn:osame:scenario:1">
  <property name="timeout" value="10s"/>
  <form id="a">
    <field name="who">
      <prompt>こちらは伊那市役所です。大切なお知らせがあり、お電話しました。お聞きになる方は、5を押してください。</prompt>
      <option dtmf="5" value="self"/>
      <noinput><exit/></noinput>
      <filled><o:reached code="self"/><o:reply name="pressed" expr="who"/><exit/></filled>
    </field>
  </form>
</vxml>
"""
APPROVER = 64999  # a user id that nobody has
SECONDS = 600


def engine_of(folder, trunk, count, rate):
    engine = Osamed(folder, trunk=trunk, rehearsal=False)
    today = datetime.now().date()
    (engine.specs / "scenarios" / "morning.vxml").write_text(SCENARIO)
    engine.campaign(waves=[WAVE], scenario="morning", start=str(today), end=str(today + timedelta(5)),
                    demand=str(today + timedelta(9)))
    engine.keys["engine"] |= {"calls_per_second": rate, "prepare_ahead": min(count, 4096)}
    engine.keys["voice"] |= {"lines": min(count, 2000), "key_tones": "yes"}
    engine.keys["user taro"] = {"uid": APPROVER, "name": "承認太郎", "department": "zeimu", "roles": "manager"}
    return engine


def first_things_first(pid):
    """The media thread's priority, as it would take it by the service's LimitRTPRIO=1."""
    for task in Path(f"/proc/{pid}/task").iterdir():
        if (task / "comm").read_text().strip() == "media":
            os.sched_setscheduler(int(task.name), os.SCHED_RR, os.sched_param(1))


def call_all(engine, telephones, count, rate):
    engine.run()
    first_things_first(engine.process.pid)
    engine.drop_in(FILE, csv_bytes(COLUMNS, (person(n, f"02657{n:05d}") for n in range(1, count + 1))))
    engine.wait_run("draft", seconds=SECONDS)
    engine.osame("run", "submit", 1)
    engine.osame("run", "approve", 1, uid=APPROVER)
    before_kb, w, begin = memory_kb(engine.process.pid), Window(engine.process.pid), time.time()
    engine.osame("run", "start", 1)
    wait_until(lambda: engine.run_row()["done"] == count, SECONDS, every=0.25, why="everybody was called")
    w.close()
    kb = memory_kb(engine.process.pid)
    heard, lost = telephones.sink.ask("report"), telephones.lost()
    answers = sorted(at for list_ in telephones.answers().values() for at in list_)
    threads = "  ".join(f"{name} {s * 1000 / count:.2f}" for name, s in sorted(w.threads.items(), key=lambda x: -x[1])[:5])
    print(f"  first INVITE {answers[0] - begin:.2f} s after `run start`; the last {answers[-1] - answers[0]:.2f} s later\n"
          f"  gaps over 40 ms: {heard['gaps']} of {heard['packets']}; p99 {heard['p99_ms']:.2f} ms, worst "
          f"{heard['worst_ms']:.1f} ms\n"
          f"  processor ms a call {w.cpu * 1000 / count:.2f} ({threads}); memory {before_kb // 1024} to {kb // 1024} MB; "
          f"machine {w.busy:.0%}", flush=True)
    say_lost(heard, lost)
    rows = engine.attempts()
    expect(len(rows) == count and all(r["code"] == 10 for r in rows),
           f"{len(rows)} attempts of {count}, {sum(r['code'] == 10 for r in rows)} of them 10")
    expect(heard["keys"] == count, f"{heard['keys']} keys were pressed")
    expect(len(answers) == count, f"{len(answers)} calls reached the telephones")


def main():
    count, rate = [int(a) for a in sys.argv[1:3]] + [60, 300][len(sys.argv[1:3]):]
    if os.geteuid() != 0:
        print("bench_morning needs root: a second user approves the run")
        return 0
    print(f"{count} calls due at once, calls_per_second = {rate}, the whole engine")
    root = temporary_folder("osame-bench-")
    (root / "telephones").mkdir()
    (root / "telephones").chmod(0o777)
    telephones = Telephones(root / "telephones", 251)
    try:
        with engine_of(root / "osame", f"sip:127.0.0.1:{telephones.port}", count, rate) as engine:
            call_all(engine, telephones, count, rate)
    finally:
        telephones.end()
        remove(root)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
