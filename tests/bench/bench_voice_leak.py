#!/usr/bin/python3
"""What 10,000 calls leave behind, beside what 1,000 did.

    OSAME_BUILD=build/release tests/bench/bench_voice_leak.py [--calls 10000] [--lines 40]

The real voice adapter (tests/flow/voice_driver) and two sipp as trunks: half of the calls are answered and hear a
prompt, half are busy. A tenth of them first, then the rest; behind each Sofia's 32 s are waited for. Prints memory
in use (malloc's own count), resident memory, descriptors and threads. Ends with 1 if descriptors or threads grew, or
memory in use by more than 100 bytes for each call: a lost handle would be 2,900.
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
            for count in (asked.calls // 10, asked.calls - asked.calls // 10):
                start = time.monotonic()
                codes = many.calls(count)
                row(str(many.next - 1), start)
                many.linger()
                found.append(row("behind", start))
                assert set(codes) == {10, 21}, codes
        few, all_of_them = found[1:]
        grown = (all_of_them["kb"] - few["kb"]) * 1024 / (asked.calls * 0.9)
        print(f"between them: {grown:.0f} bytes a call, {all_of_them['fds'] - few['fds']} descriptors")
        return int(grown > 100 or all_of_them["fds"] > few["fds"] or all_of_them["threads"] > few["threads"])
    finally:
        remove(folder)


if __name__ == "__main__":
    sys.exit(main())
