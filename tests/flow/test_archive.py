"""The archive of a real night, checked as an auditor would: by sha256sum and minisign alone, and by
osame archive verify; and the engine killed while it seals.
"""
import json
import re
import shutil
import subprocess
import time

import pytest

from tests.support.osamed import BUILD, PROGRAMS, VOICE, Osamed, person, targets
from tests.support.peer import remove, temporary_folder

NAME = "015_202096_taisho_{}.csv"


@pytest.fixture
def folder():
    path = temporary_folder()
    yield path
    remove(path)


def sh(*argv, cwd=None, **more):
    return subprocess.run([str(a) for a in argv], cwd=cwd, capture_output=True, text=True, timeout=120, **more)


def keygen(engine):
    """As whoever runs osamed."""
    ids = {"user": engine.ids[0], "group": engine.ids[1], "extra_groups": []} if engine.ids else {}
    engine.own_all()
    done = sh(PROGRAMS / "osame", "archive", "keygen", engine.folder / "archive.key", **ids)
    assert done.returncode == 0, done.stderr
    engine.keys["archive"] = {"key_file": engine.folder / "archive.key", "settle": "10 min"}
    return engine.folder / "archive.key.pub"


def verify(engine, *words):
    done = sh(BUILD / "osame", "--json", "archive", "verify", engine.var / "archive", *words)
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()]


def auditor(archive, key):
    """docs/archive.md's way, without our programs: the sealed days, or what is wrong."""
    wrong, before = [], "none"
    days = sorted(p.parent for p in archive.glob("*/*/*/manifest.sha256"))
    for day in days:
        if sh("minisign", "-q", "-V", "-p", key, "-m", "manifest.sha256", cwd=day).returncode:
            wrong.append(f"signature {day}")
        if sh("sha256sum", "--quiet", "--strict", "-c", "manifest.sha256", cwd=day).returncode:
            wrong.append(f"files {day}")
        text = (day / "manifest.sha256").read_text()
        if re.search(r"^# previous (.*)$", text, re.M)[1].split()[-1] != before:
            wrong.append(f"chain {day}")
        before = sh("sha256sum", "manifest.sha256", cwd=day).stdout.split()[0]
        listed = sorted(line[66:] for line in text.splitlines() if not line.startswith("#"))
        there = sorted(str(p.relative_to(day)) for p in day.glob("*/*"))
        if listed != there:
            wrong.append(f"list {day}")
    return days, wrong


def one_day(engine, n=1):
    """A file comes in, its run is started, nobody can be called, its results go out; then the next day."""
    name = NAME.format(n)
    engine.drop_in(name, targets([person(n, "0265784111"), person(n + 1, "")]))
    engine.wait_taken(name)


def sealed(engine, count=1, seconds=60):
    engine.until(lambda: len(list((engine.var / "archive").glob("*/*/*/manifest.sha256.minisig"))) >= count,
                 seconds, f"{count} sealed days")


def test_an_auditor_needs_nothing_of_ours(folder):
    with Osamed(folder) as engine:
        engine.campaign(waves=[VOICE], start="2026-12-07", end="2026-12-10")
        key = keygen(engine)
        engine.run()
        one_day(engine)
        run = engine.start_run()
        engine.wait_run("closed", run, 90)
        # the call window is the 7th; results and receipts of it went out; a later file is of a later day
        engine.until(lambda: not engine.osame("status").json["files_out"], 20, "all files are out")
        rehearse_to(engine, "2026-12-08 12:00")
        sealed(engine)
        one_day(engine, 3)
        days, wrong = auditor(engine.var / "archive", key)
        assert not wrong and len(days) >= 1
        code, lines = verify(engine, "--key", key)
        assert code == 0 and lines[-1]["ok"] and lines[-1]["signatures"], lines
        first = lines[0]
        assert first["day"] == "2026-12-07" and first["state"] == "signed" and first["files"] >= 6
        # the receipt that went out knows the manifest, beyond anybody's reach here
        receipt = engine.out_files("uketsuke")[-1].rows[0]
        assert receipt["保管ハッシュ"] == lines[-1]["last_sha256"]
        assert verify(engine, "--hash", receipt["保管ハッシュ"])[0] == 0
        kept = {p.parent.name for p in (engine.var / "archive/2026/12/07").glob("*/*")}
        assert kept == {"exchange-in", "exchange-out", "approvals", "configuration", "audit"}
        head = dict(line.split(" ") for line in next((engine.var / "archive/2026/12/07/audit").iterdir()).read_text()
                    .splitlines()[1:])
        row = next(r for r in engine.rows("audit") if r["row"] == int(head["row"]))
        assert row["hash"] == head["hash"] and row["time"].startswith("2026-12-07"), "the audit log's head is sealed too"
        assert not any("geheim" in p.read_text(errors="replace")
                       for p in (engine.var / "archive").glob("*/*/*/configuration/*"))
        # nothing but recordings has a time here, so nothing would go; and root may not order it
        plan = engine.osame("retention", "plan").json
        assert plan["state"] == "plan" and [c["kept"] for c in plan["classes"]] == ["for ever"] * 4 + ["30 d"]
        assert engine.osame("retention", "run").json["state"] == "deleting"
        assert verify(engine, "--key", key)[0] == 0
        # and if somebody touches it, all of them say so
        victim = next((engine.var / "archive/2026/12/07/exchange-in").iterdir())
        data = victim.read_bytes()
        copy = folder / "copy"
        shutil.copytree(engine.var / "archive", copy)
        (copy / victim.relative_to(engine.var / "archive")).write_bytes(data.replace(b"10001", b"10002"))
        assert [w.split()[0] for w in auditor(copy, key)[1]] == ["files"]
        done = sh(BUILD / "osame", "archive", "verify", "--key", key, copy)
        assert done.returncode == 1 and f"changed      exchange-in/{victim.name}" in done.stdout, done.stdout


def rehearse_to(engine, instant):
    """The rehearsal clock is set on by its log, as a restart reads it: nothing else would make it jump."""
    engine.stop()
    target = sh("date", "-d", f"{instant} +0900", "+%s").stdout.strip() + "000"
    with open(engine.var / "clock.log", "a", encoding="ascii") as log:
        log.write(f"\n{int(time.time() * 1000)} {target}\n")
    engine.own_all()
    engine.restart()


@pytest.mark.parametrize("step", ["manifest.sha256", "manifest.sha256.minisig"])
def test_killed_while_a_day_is_sealed(folder, step):
    """kill -9 as soon as each of its files appears; the next start ends what was begun."""
    with Osamed(folder) as engine:
        engine.campaign(waves=[VOICE], start="2026-12-07", end="2026-12-10")
        key = keygen(engine)
        engine.run()
        for n in range(3):
            one_day(engine, 10 * n + 1)
        engine.stop()
        rehearse_to_and_kill(engine, "2026-12-08 12:00", engine.var / f"archive/2026/12/07/{step}")
        engine.restart()
        sealed(engine)
        days, wrong = auditor(engine.var / "archive", key)
        assert len(days) == 1 and not wrong
        assert verify(engine, "--key", key)[0] == 0


def rehearse_to_and_kill(engine, instant, path):
    target = sh("date", "-d", f"{instant} +0900", "+%s").stdout.strip() + "000"
    with open(engine.var / "clock.log", "a", encoding="ascii") as log:
        log.write(f"\n{int(time.time() * 1000)} {target}\n")
    engine.own_all()
    engine.restart()
    engine.until(path.exists, 60, f"{path.name} is there", every=0.0005)
    engine.kill9()


def test_the_commands(folder):
    """What keygen, list and verify say, and their statuses."""
    key = folder / "k"
    assert sh(BUILD / "osame", "archive", "keygen", key).returncode == 0
    assert oct(key.stat().st_mode & 0o777) == "0o600"
    again = sh(BUILD / "osame", "archive", "keygen", key)
    assert again.returncode == 1 and "never overwritten" in again.stderr
    empty = folder / "empty"
    empty.mkdir()
    cases = [
        (["archive"], 2, "keygen, verify or list"),
        (["archive", "verify", folder / "none"], 4, "not found"),
        (["archive", "verify", empty], 0, ""),
        (["archive", "verify", "--from", "2026-13-01", empty], 2, "wants a day"),
        (["archive", "verify", "--hash", "abc", empty], 2, "64 hex digits"),
        (["archive", "verify", "--hash", "0" * 64, empty], 1, ""),
        (["archive", "verify", "--key", key, empty], 4, "no public key"),
        (["archive", "verify", "--key", f"{key}.pub", empty], 0, ""),
        (["archive", "verify", "--run", "1", empty], 2, "takes no --run"),
        (["archive", "verify", empty, empty], 2, "one word too many"),
        (["archive", "list", empty], 0, ""),
        (["archive", "keygen"], 2, "needs the name"),
        (["archive", "keygen", "--password-file", folder / "none", folder / "l"], 4, "cannot read"),
    ]
    for words, code, said in cases:
        done = sh(BUILD / "osame", *words)
        assert done.returncode == code and said in done.stderr, (words, done)
