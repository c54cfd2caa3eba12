"""Retention on the real store and disk: what is over its time goes, under a certificate that an auditor reads with
sha256sum and minisign alone; what an open run needs stays; killed in the middle it goes on."""
import re

import pytest

from tests.flow.test_archive import auditor, keygen, rehearse_to, sealed, sh, verify
from tests.support.osamed import BUILD, VOICE, Osamed, person, targets
from tests.support.peer import remove, temporary_folder

NAME = "015_202096_taisho_{}.csv"


@pytest.fixture
def folder():
    path = temporary_folder()
    yield path
    remove(path)


def class_of(plan, name):
    return next(c for c in plan["classes"] if c["class"] == name)


def names(day, class_name):
    return sorted(p.name for p in (day / class_name).glob("*"))


def missing_by_sha256sum(day):
    done = sh("sha256sum", "--strict", "-c", "manifest.sha256", cwd=day, env={"LC_ALL": "C", "PATH": "/usr/bin:/bin"})
    return sorted(re.findall(r"^(\S.*): FAILED open or read$", done.stdout, re.M)), done.stdout.count(": OK")


@pytest.mark.parametrize("killed", [False, True], ids=["in one go", "killed in the middle"])
def test_what_is_over_its_time_goes(folder, killed):
    with Osamed(folder) as engine:
        engine.campaign(waves=[VOICE], start="2026-12-07", end="2026-12-10")
        key = keygen(engine)
        engine.keys["retention"] = {"exchange_in": "1 d", "exchange_out": "1 d"}
        engine.run()
        for n in (1, 2):
            engine.drop_in(NAME.format(n), targets([person(n, "0265784111")]))
            engine.wait_run("draft", n)
        engine.osame("run", "stop", 1)
        engine.until(lambda: engine.out_rows("kekka"), 20, "run 1's results")
        engine.wait_delivered()
        rehearse_to(engine, "2026-12-10 12:00")
        sealed(engine)
        day = engine.var / "archive/2026/12/07"
        before = {name: names(day, name) for name in ("exchange-in", "exchange-out", "approvals")}
        assert len(before["exchange-in"]) == 2 and before["exchange-out"]
        # run 2 is a draft: the day of its file waits as a whole
        plan = engine.osame("retention", "plan").json
        assert class_of(plan, "exchange-in")["held_days"] == 1 and class_of(plan, "exchange-in")["files"] == 0
        engine.osame("run", "stop", 2)
        engine.until(lambda: len(engine.out_rows("kekka")) == 2, 20, "run 2's results")
        engine.wait_delivered()
        plan = engine.osame("retention", "plan").json
        assert class_of(plan, "exchange-in")["files"] == 2 and (day / "exchange-in").exists(), "planned, not done"
        engine.osame("retention", "run")
        if killed:
            engine.until((day / "deleted.exchange-in.sha256").exists, 30, "its certificate", every=0.0005)
            engine.kill9()
            engine.restart()
            engine.osame("retention", "run")
        engine.until(lambda: not names(day, "exchange-in") and not names(day, "exchange-out"), 30, "the files are gone")
        engine.until(lambda: not [p for p in (engine.var / "taken").iterdir()], 30, "and the spool's own copies")
        # what is not ours to delete stays, and so does what another class holds
        assert len(list((engine.drop / "in/taken").iterdir())) == 2
        assert names(day, "approvals") == before["approvals"]
        # the auditor, without our programs
        gone = sorted(f"{c}/{n}" for c in ("exchange-in", "exchange-out") for n in before[c])
        missing, whole = missing_by_sha256sum(day)
        assert missing == gone and whole >= len(before["approvals"])
        assert sh("minisign", "-q", "-V", "-p", key, "-m", "manifest.sha256", cwd=day).returncode == 0
        listed = []
        for name in ("exchange-in", "exchange-out"):
            certificate = day / f"deleted.{name}.sha256"
            assert sh("minisign", "-q", "-V", "-p", key, "-m", certificate.name, cwd=day).returncode == 0
            text = certificate.read_text()
            listed += [line[66:] for line in text.splitlines() if not line.startswith("#")]
            assert "hanako" in text and sh("sha256sum", day / "manifest.sha256").stdout.split()[0] in text
        assert sorted(listed) == gone
        assert [w.split()[0] for w in auditor(engine.var / "archive", key)[1] if "12/07" in w][:1] == ["files"]
        # ours
        code, lines = verify(engine, "--key", key)
        assert code == 0 and lines[-1]["ok"], lines
        done = sh(BUILD / "osame", "archive", "verify", "--key", key, engine.var / "archive")
        assert done.returncode == 0 and "deleted under certificate" in done.stdout, done.stdout
        # and a file that somebody takes away besides is found
        victim = next((day / "approvals").iterdir())
        victim.unlink()
        done = sh(BUILD / "osame", "archive", "verify", "--key", key, engine.var / "archive")
        assert done.returncode == 1 and f"missing      approvals/{victim.name}" in done.stdout
