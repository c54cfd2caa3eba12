#!/usr/bin/python3
"""Intake of a targets file by the running engine, beside sqlite3 importing the same file.

    OSAME_BUILD=build/release tests/bench/bench_intake.py [ROWS...]     (10000 100000 1000000)

Prints, for each size in one run: rows/s, seconds of processor time, peak memory (VmHWM,
the store's regions included) and the engine's longest turn meanwhile; then sqlite3
importing the same file into a table with the same two indexes. The engine's time is from
its log line of the intake record until the last commit can be read. Figures only,
nothing is asserted.

Compare rows/s only on a machine that does nothing else: the engine's two threads suffer
more from other work than sqlite3's one. Processor time says what the work costs.
"""
import json
import os
import random
import resource
import socket
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path

REPO = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPO / "tests" / "support"))
import peer  # noqa: E402

BUILD = REPO / os.environ.get("OSAME_BUILD", "build/release")
HEADER = ["市区町村コード", "宛名番号", "氏名", "フリガナ", "生年月日", "科目", "調定年度", "賦課年度", "期別",
          "通知書番号", "納期限", "未納額", "電話番号1", "電話区分1", "SMS可否1", "電話番号2", "電話区分2",
          "SMS可否2", "電話番号3", "電話区分3", "SMS可否3", "整理番号", "備考"]


def make_file(path, rows):
    """Debts of rows * 0.6 people in random order, as a core system might select them."""
    rng = random.Random(20261130)
    with open(path, "w", encoding="utf-8", newline="") as f:
        f.write(",".join(f'"{h}"' for h in HEADER) + "\r\n")
        for i in range(rows):
            p = rng.randrange(int(rows * 0.6) + 1)
            cells = ["202096", f"{100000000000 + p}", f"伊那　{'太郎花子次郎三郎'[p % 4 * 2:p % 4 * 2 + 2]}",
                     "イナ　タロウ", f"19{50 + p % 50}-0{1 + p % 9}-1{p % 10}", "002", "2026", "2026",
                     str(1 + i % 12), f"N{i:09d}", "2026-11-30", str(1000 + rng.randrange(200000)),
                     f"0265{700000 + p % 99999}", "1", "0", f"090{10000000 + p % 89999999}", "2", "1",
                     "", "", "", f"S{i}", "備考"]
            f.write(",".join(f'"{c}"' for c in cells) + "\r\n")


def configuration(root, campaign_specs):
    path = root / "osame.conf"
    path.write_text(f"""
[engine]
var = {root}/var
specs = {campaign_specs}
schemas = {REPO}/schemas
city = 202096
city_name = 伊那市
socket = {root}/osame.sock
poll = 200 ms
[drop core]
kind = local
folder = {root}/drop
[trunk main]
uri = sip:127.0.0.1:{peer.free_port()}
domain = ina.example
[voice]
port = 0
media_from = 0
media_to = 0
[gateway kannel]
url = http://127.0.0.1:{peer.free_port()}/sendsms
user = osame
password = bench
[department zeimu]
name = 税務課
phone = 0265784111
caller = 0265784111
payments_check = off
[user bench]
uid = {os.getuid()}
name = 計測
department = zeimu
roles = operator
""")
    path.chmod(0o600)
    return path


def osame(config, *args):
    out = subprocess.run([BUILD / "osame", "-c", config, "--json", *args], capture_output=True, text=True)
    return json.loads(out.stdout) if out.returncode == 0 else None


def cpu_seconds(pid):
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(") ", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def received_at(log):
    line = next(x for x in log.read_text().splitlines() if "event=received" in x)
    return datetime.fromisoformat(line.split()[0].replace("Z", "+00:00")).timestamp()


def ask(path, method):
    with socket.socket(socket.AF_UNIX) as s:
        s.connect(str(path))
        s.sendall(json.dumps({"jsonrpc": "2.0", "id": 1, "method": method}).encode() + b"\n")
        with s.makefile() as answer:
            return json.loads(answer.readline())["result"]


def bench_engine(root, source, rows):
    for d in ("in", "out"):
        (root / "drop" / d).mkdir(parents=True)
    specs = root / "specs"
    subprocess.run(["cp", "-r", REPO / "specs", specs], check=True)
    one = specs / "campaigns" / "reminder-2026-11.xml"
    one.write_text(one.read_text().replace("015_202096_saikoku", "015_202096_taisho"))
    config = configuration(root, specs)

    class Engine(peer.Peer):
        name = "osamed"

    engine = Engine(root)
    engine.start([BUILD / "osamed", "-c", config], ready=lambda: osame(config, "status"), seconds=60)
    try:
        before = cpu_seconds(engine.process.pid)
        os.link(source, root / "drop" / "in" / "015_202096_taisho_000001.csv")
        while b"event=taken" not in engine.log.read_bytes()[-4096:]:
            assert engine.alive() and b"event=refused" not in engine.log.read_bytes(), engine.tail()
            time.sleep(0.003)
        while (intake := ask(root / "osame.sock", "intake.list")["rows"][0])["state"] != "taken":
            time.sleep(0.001)  # the line is of the last transaction; now it is committed
        end = time.time()
        cpu = cpu_seconds(engine.process.pid) - before
        took = end - received_at(engine.log)
        status = osame(config, "status")
        memory = Path(f"/proc/{engine.process.pid}/status").read_text()
        peak = int(memory.split("VmHWM:")[1].split()[0]) / 1024
        assert intake["taken"] == rows, intake
        return rows / took, cpu, peak, status["turn_longest_ms"]
    finally:
        engine.stop()


def bench_sqlite(root, source, rows):
    columns = ", ".join(f"c{i}" for i in range(len(HEADER)))
    script = f"""
PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;
CREATE TABLE debt ({columns});
CREATE INDEX by_debt ON debt (c1, c5, c7, c6, c8, c9);
CREATE INDEX by_due ON debt (c10, c1);
.import --csv {source} debt
"""
    begin, before = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(["sqlite3", root / "sqlite.db"], input=script, text=True, capture_output=True)
    took, after = time.monotonic() - begin, resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    assert done.returncode == 0, done.stderr
    return rows / took, cpu


def main():
    sizes = [int(a) for a in sys.argv[1:]] or [10000, 100000, 1000000]
    print(f"{'rows':>9} {'osame rows/s':>13} {'sqlite3 rows/s':>15} {'ratio':>6} {'osame cpu s':>12} "
          f"{'sqlite3 cpu s':>14} {'VmHWM MB':>9} {'longest turn ms':>16}")
    for rows in sizes:
        root = peer.temporary_folder("osame-bench-")
        try:
            source = root / "source.csv"
            make_file(source, rows)
            speed, cpu, peak, turn = bench_engine(root / "osame", source, rows)
            other, other_cpu = bench_sqlite(root, source, rows)
            print(f"{rows:>9} {speed:>13.0f} {other:>15.0f} {speed / other:>6.2f} {cpu:>12.2f} "
                  f"{other_cpu:>14.2f} {peak:>9.0f} {turn:>16}", flush=True)
        finally:
            peer.remove(root)


if __name__ == "__main__":
    main()
