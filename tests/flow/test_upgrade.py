"""A store that an earlier version left behind opens in this one and goes on; a newer one's is left alone.
The fixtures are made by tests/support/old_store.py, which says what is in them."""
import os
import re
import shutil
import subprocess
import tarfile

import pytest

from tests.support.osamed import PROGRAMS, ROOT, Osamed, payment, payments
from tests.support.peer import remove, temporary_folder
from tests.support.sipp import Sipp

STORES = ROOT / "tests/fixtures/stores"
NEWEST = int(re.search(r"#define DB_RECORD_VERSION (\d+)", (ROOT / "engine/turn/db.h").read_text())[1])


@pytest.fixture
def folder():
    path = temporary_folder("osame-flow-")
    os.chmod(path, 0o755)
    yield path
    remove(path)


def left_behind(engine, fixture):
    with tarfile.open(STORES / fixture) as tar:
        tar.extractall(engine.folder, filter="data") if hasattr(tarfile, "data_filter") else \
            tar.extractall(engine.folder)
    shutil.copy(engine.folder / "saikoku.xml", engine.specs / "campaigns")
    shutil.copy(engine.folder / "quick.vxml", engine.specs / "scenarios")
    for path in (engine.var, *engine.var.rglob("*")):
        path.chmod(0o700 if path.is_dir() else 0o600)
        if engine.ids:
            os.chown(path, *engine.ids)


@pytest.mark.parametrize("fixture", sorted(p.name for p in STORES.glob("*.tar.xz")))
def test_an_older_store_goes_on(folder, fixture):
    version = int(re.search(r"records-(\d+)", fixture)[1])
    assert version < NEWEST
    callee = Sipp(folder / "callee", "busy")
    callee.run()
    try:
        with Osamed(folder / "osame", trunk=callee.uri) as engine:
            left_behind(engine, fixture)
            engine.run()
            runs = {r["run"]: r for r in engine.rows("run")}
            assert {n: r["state"] for n, r in runs.items()} | {2: ""} == {1: "closed", 2: "", 3: "draft"}
            assert runs[1]["targets"] == runs[1]["done"] == 2
            # what was over stays as it was reported
            assert {engine.target(n, 1)["debts"][0]["result"] for n in (1, 2)} == {21}
            assert engine.osame("intake", "show", 1).json["rows"][0]["code"] == "E0001"
            assert {f["state"] for f in engine.rows("outfiles") if f["run"] == 1} == {"delivered"}
            # what staff wrote then, and who rang: from the versions on that know them
            if version >= 3:
                assert [h["reason"] for h in engine.rows("hold", "list", "--person", "100001")] == ["x"]
                assert [m["mark"] for m in engine.rows("number", "list")] == ["stop"]
            if version >= 7:
                assert [(r["state"], r["note"], r["times"]) for r in engine.rows("callbacks")] == [("ended", "open", 1)]
            # the call that the crash cut is unknown, counts, and is not repeated
            cut, = [a for a in engine.attempts("--run", 2) if a["code"] == 90]
            assert cut["state"] == "unknown"
            paid = engine.target(7, 2)["debts"][0]
            assert (paid["settled"], paid["result"]) == ("paid", 80)
            # Forecasts and rules are others now: what was approved then is approved again or goes on.
            if engine.run_row(2)["state"] == "paused":
                engine.osame("run", "close", 2)
            # a draft of then is a run of today, with payments and exclusions of today
            engine.drop_in("015_202096_keshikomi_2.csv", payments([payment(9)]))
            engine.wait_taken("015_202096_keshikomi_2.csv")
            engine.start_run(3)
            engine.wait_run("closed", 3, 60)
            engine.wait_run("closed", 2, 60)
            engine.wait_delivered()
            assert [engine.target(n, 3)["debts"][0]["result"] for n in (8, 9)] == [21, 80]
            rows = {r["通知書番号"]: r["結果"] for r in engine.out_rows("kekka")}
            assert (rows["N00008"], rows["N00009"], rows["N00007"]) == ("21", "80", "80")
            assert len(rows) == 6, "run 1's results went out long ago"
            engine.kill9()
            engine.restart()
            assert engine.run_row(3)["state"] == "closed"
            assert not [a for a in engine.rows("alerts") if a["state"] == "now" and a["alert"] != "archive-key"]
    finally:
        callee.stop()


def test_a_newer_store_is_left_alone(folder):
    """Its counters' first byte is the version: one that we do not know. db5.3_dump and db5.3_load write it, as
    a newer engine would; nothing of the store is changed by our refusal."""
    if not shutil.which("db5.3_dump"):
        pytest.skip("needs db5.3-util")
    with Osamed(folder / "osame") as engine:
        engine.campaign()
        engine.run()
        engine.drop_in("015_202096_keshikomi_1.csv", payments([]))
        engine.wait_taken("015_202096_keshikomi_1.csv")
        engine.stop()
        meta = engine.var / "store/meta.db"
        dump = subprocess.run(["db5.3_dump", "-h", meta.parent, meta.name], capture_output=True, text=True, check=True)
        key = b"counters".hex()
        newer = re.sub(rf"(?m)^( {key}\n ){NEWEST:02x}", rf"\g<1>{NEWEST + 1:02x}", dump.stdout)
        assert newer != dump.stdout
        meta.unlink()
        subprocess.run(["db5.3_load", meta], input=newer, text=True, check=True)
        for path in (engine.var / "store").iterdir():
            path.chmod(0o600)
        if engine.ids:
            os.chown(meta, *engine.ids)
        before = meta.read_bytes()
        ids = {"user": engine.ids[0], "group": engine.ids[1], "extra_groups": []} if engine.ids else {}
        done = subprocess.run([PROGRAMS / "osamed", "-c", engine.config], capture_output=True, text=True, timeout=60,
                              **ids)
        assert done.returncode == 4
        assert f"written by a newer Osame (records of version {NEWEST + 1}; this one knows {NEWEST})" in done.stderr
        assert meta.read_bytes() == before
