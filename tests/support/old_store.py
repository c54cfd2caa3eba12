"""Makes a fixture of tests/fixtures/stores/: what an engine of an earlier version leaves behind. It runs in a
checkout of that version, built there, with that version's own test peers:

    git worktree add /tmp/old COMMIT; make -C /tmp/old all
    cd /tmp/old && PYTHONPATH=. python3 .../tests/support/old_store.py .../tests/fixtures/stores/records-1.tar.xz

Three runs of one campaign: 1 is over (two people, busy), its results are out; 2 was being called when the
engine was killed (kill -9: an attempt without an outcome, three people waiting, one of them paid); 3 is a draft.
A hold, an entry of the number book and a call that came in are there where that version knows them.
There is no store of version 3: while it was the newest, records changed their shape without a new number, and
some of what it wrote does not decode (osamed says so and does not start). No installation ever had it.
Kept are the engine's var/ (store, spool, archive) and the campaign and scenario that the runs were approved with.
"""
import shutil
import sys
import tarfile
import tempfile
from pathlib import Path

from tests.support.osamed import VOICE_TWICE, Osamed, payment, payments, person, targets
from tests.support.peer import free_port
from tests.support.sipp import Sipp

NAME = "015_202096_taisho_{}.csv"


def ring_back(engine):
    """Somebody whom nobody knows rings, and hangs up."""
    if engine.osame("callbacks", check=False).code:
        return  # calls did not come in then
    from tests.support.caller import Caller
    with Caller(engine.port, "0265784111", number="0399998888") as c:
        c.invite()
        c.wait(200, 20)
        c.ack()
        engine.until(lambda: [r for r in engine.rows("callbacks") if r["state"] == "answered"], 20, "he is on the line")
        c.bye()
        engine.until(lambda: [r for r in engine.rows("callbacks") if r["state"] == "ended"], 20, "it is on record")


def main(out):
    folder = Path(tempfile.mkdtemp(prefix="osame-old-"))
    folder.chmod(0o755)
    busy, ringing = Sipp(folder / "busy", "busy"), Sipp(folder / "ringing", "no_answer")
    busy.run()
    engine = Osamed(folder / "osame", trunk=busy.uri)
    wave = VOICE_TWICE.replace('to-day="0"', 'to-day="3"')
    engine.campaign(waves=(wave,), scenario="quick")
    engine.keys["voice"]["port"] = engine.port = free_port()
    engine.run()
    engine.drop_in(NAME.format(1), targets([person(1, "0265784101"), person(2, "0265784102"), person(3, 氏名="")]))
    engine.start_run(1)
    engine.wait_run("closed", 1)
    engine.wait_delivered()
    for words in (("hold", "add", "100001", "--kind", "staff", "--reason", "x"),
                  ("number", "add", "0265784102", "--person", "100002", "--mark", "stop", "--reason", "x")):
        engine.osame(*words, check=False)  # not in every version
    ring_back(engine)
    engine.stop()
    busy.stop()
    ringing.run()
    if "trunk main" in engine.keys:
        engine.keys["trunk main"]["uri"] = ringing.uri
    else:
        engine.keys["voice"]["trunk"] = ringing.uri
    engine.keys["voice"]["lines"] = 1
    engine.run()
    engine.drop_in(NAME.format(2), targets([person(n, f"026578420{n}") for n in range(4, 8)]))
    engine.wait_run("draft", 2)
    engine.drop_in(NAME.format(3), targets([person(8, "0265784108"), person(9, "0265784109")]))
    engine.wait_run("draft", 3)
    engine.wait_delivered()
    engine.start_run(2)
    engine.until(lambda: any(a["state"] == "placed" for a in engine.attempts("--open")), 40, "it rings")
    engine.drop_in("015_202096_keshikomi_1.csv", payments([payment(7)]))
    engine.wait_taken("015_202096_keshikomi_1.csv")
    engine.kill9()
    ringing.stop()
    with tarfile.open(out, "w:xz", preset=9) as tar:
        tar.add(engine.var, "var")
        tar.add(engine.specs / "campaigns" / "saikoku.xml", "saikoku.xml")
        tar.add(engine.specs / "scenarios" / "quick.vxml", "quick.vxml")
    shutil.rmtree(folder)


if __name__ == "__main__":
    main(sys.argv[1])
