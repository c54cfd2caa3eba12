"""osame archive verify against sha256sum -c, on the same sealed archive, in the same run.

    bench_archive.py [MIB] [ROUNDS]     (1,200 MiB; 3 rounds, in turns)

Files of mixed sizes (1 KiB to 64 MiB) over ten days, in a folder under TMPDIR that is removed. Both
read the same bytes from the page cache; what is compared is hashing and walking. Both are also given
as CPU seconds, which a busy machine does not spoil.
"""
import hashlib
import os
import random
import resource
import subprocess
import sys
import time
from datetime import date, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.support.peer import remove, temporary_folder  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
BUILD = (ROOT / os.environ.get("OSAME_BUILD", "build/release")).resolve()
SIZES = [1 << 10, 20 << 10, 300 << 10, 4 << 20, 64 << 20]
WEIGHTS = [40, 30, 20, 9, 1]


def make(folder, mib):
    """Days as the engine seals them; the manifests are made here, so that two programs agree on them."""
    rng = random.Random(1)
    left, days, files = mib << 20, 10, 0
    previous, day = "none", date(2026, 12, 1)
    block = rng.randbytes(1 << 20)
    for n in range(days):
        at = folder / f"{day:%Y/%m/%d}/exchange-in"
        at.mkdir(parents=True)
        budget, lines, total = left // (days - n), [], 0
        while budget > 0:
            size = min(rng.choices(SIZES, WEIGHTS)[0], budget)
            name = f"{files:010}.data"
            digest = hashlib.sha256()
            with open(at / name, "wb") as f:
                for start in range(0, size, len(block)):
                    piece = (str(files).encode() + block)[:min(len(block), size - start)]
                    f.write(piece)
                    digest.update(piece)
            lines.append(f"{digest.hexdigest()}  exchange-in/{name}\n")
            budget -= size
            total += size
            files += 1
        left -= total
        text = (f"# osame archive manifest 1\n# day {day}\n# previous {previous}\n# files {len(lines)}\n"
                f"# bytes {total}\n# class exchange-in {len(lines)} {total}\n" + "".join(lines))
        (at.parent / "manifest.sha256").write_text(text)
        previous = f"{day} {hashlib.sha256(text.encode()).hexdigest()}"
        day += timedelta(days=1)
    return files


def timed(run):
    before, begin = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    run()
    wall = time.monotonic() - begin
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main():
    mib = int(sys.argv[1]) if len(sys.argv) > 1 else 1200
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 3
    folder = temporary_folder("osame-bench-")
    try:
        files = make(folder, mib)
        days = sorted(p.parent for p in folder.glob("*/*/*/manifest.sha256"))

        def ours():
            subprocess.run([BUILD / "osame", "archive", "verify", folder], check=True, stdout=subprocess.DEVNULL)

        def theirs():
            for day in days:
                subprocess.run(["sha256sum", "--quiet", "-c", "manifest.sha256"], cwd=day, check=True)

        theirs()  # the page cache is warm for both
        best = {ours: (1e9, 1e9), theirs: (1e9, 1e9)}
        for _ in range(rounds):
            for which in (theirs, ours):
                wall, cpu = timed(which)
                best[which] = min(best[which][0], wall), min(best[which][1], cpu)
        print(f"{mib} MiB in {files} files, {len(days)} days; best of {rounds}")
        for name, which in (("sha256sum -c", theirs), ("osame archive verify", ours)):
            wall, cpu = best[which]
            print(f"{name:22} {mib / wall:8.0f} MiB/s  {mib / cpu:8.0f} MiB/s of CPU")
        print(f"ratio                  {best[theirs][0] / best[ours][0]:8.2f} (wall)  "
              f"{best[theirs][1] / best[ours][1]:8.2f} (CPU)")
    finally:
        remove(folder)


if __name__ == "__main__":
    main()
