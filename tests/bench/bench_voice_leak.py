#!/usr/bin/python3
"""What 10,000 calls leave behind, beside what 1,000 did.

    OSAME_BUILD=build/release tests/bench/bench_voice_leak.py [--calls 10000] [--lines 40]

The real voice adapter (tests/flow/voice_driver) and two sipp as trunks: half of the calls are answered and hear a
prompt, half are busy. A tenth of them first, then the rest, then as many again; behind each Sofia's 32 s are waited
for. Prints memory in use (malloc's own count), resident memory, descriptors and threads. Sofia's tables grow with the
calls that it remembers at once, and stay so: the rest costs a few hundred kB once, the same again must cost nothing.
Ends with 1 if descriptors or threads grew, or memory in use by more than 20 bytes a call from the second to the third
part: a lost handle would be 2,900.
"""
import argparse
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.support.leak import Many  # noqa: E402
from tests.support.peer import remove, temporary_folder  # noqa: E402


def main():
    asked = argparse.ArgumentParser()
    asked.add_argument("--calls", type=int, default=10000)
    asked.add_argument("--lines", type=int, default=40)
    asked = asked.parse_args()
    folder = temporary_folder()
    try:
        with Many(folder, asked.lines) as many:
            print(f"{'calls':>8} {'seconds':>8} {'in use kB':>10} {'RSS kB':>8} {'fds':>5} {'threads':>8}", flush=True)

            def row(what, start):
                f = many.figures()
                print(f"{what:>8} {time.monotonic() - start:8.1f} {f['kb']:10} {f['rss_kb']:8} {f['fds']:5} "
                      f"{f['threads']:8}", flush=True)
                return f

            found = [row("0", time.monotonic())]
            rest = asked.calls - asked.calls // 10
            for count in (asked.calls // 10, rest, rest):
                start = time.monotonic()
                codes = many.calls(count)
                row(str(many.next - 1), start)
                many.linger()
                found.append(row("behind", start))
                assert set(codes) == {10, 21}, codes
        few, many_calls, again = found[1:]
        for what, a, b in (("tenth to rest", few, many_calls), ("rest to rest", many_calls, again)):
            grown = (b["kb"] - a["kb"]) * 1024 / rest
            print(f"{what}: {grown:.1f} bytes a call, {b['fds'] - a['fds']} descriptors")
        return int(grown > 20 or again["fds"] > few["fds"] or again["threads"] > few["threads"])
    finally:
        remove(folder)


if __name__ == "__main__":
    sys.exit(main())
