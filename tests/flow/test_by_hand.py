"""What staff do by hand, through the real command line and socket: holds while somebody is being called,
files handed in, and what a crash in the middle of that leaves."""
import os
import subprocess
import sys
import threading

import pytest

from tests.support.osamed import VOICE_NEXT_DAY, VOICE_TWICE, Osamed, person, targets
from tests.support.peer import remove, temporary_folder
from tests.support.sipp import Sipp

NAME = "015_202096_taisho_1.csv"
NUMBER = "0265784101"


@pytest.fixture
def folder():
    path = temporary_folder("osame-flow-")
    os.chmod(path, 0o755)
    yield path
    remove(path)


@pytest.fixture
def engine(folder):
    with Osamed(folder / "osame") as osamed:
        osamed.campaign()
        osamed.run()
        yield osamed


def test_a_hold_while_it_rings(folder):
    """Too late for this call; neither the second try nor the second wave follows, and the result is 88."""
    callee = Sipp(folder / "callee", "no_answer")
    callee.run()
    try:
        with Osamed(folder / "osame", trunk=callee.uri) as engine:
            engine.campaign(waves=(VOICE_TWICE, VOICE_NEXT_DAY), scenario="short")
            engine.run()
            engine.drop_in(NAME, targets([person(1, NUMBER)]))
            engine.wait_run("draft")
            engine.start_run()
            engine.until(lambda: any(text.startswith("SIP/2.0 180") for _, _, text in callee.messages()), 20,
                         "it rings")
            made = engine.osame("hold", "add", "100001", "--kind", "complaint", "--reason", "窓口で苦情").json
            assert made["hold"] == 1
            engine.wait_run("closed")
            engine.wait_delivered()
            row, = engine.out_rows("kekka")
            assert int(row["結果"]) == 88
            attempt, = engine.attempts()
            assert attempt["code"] == 20, "the call itself counts, and says what it was"
            hold, = engine.rows("hold", "list", "--person", "100001")
            assert (hold["kind"], hold["state"], hold["reason"]) == ("complaint", "holds", "窓口で苦情")
            engine.osame("hold", "end", 1, "--person", "100001", "--reason", "解決")
            assert engine.rows("hold") == []
            ended, = engine.rows("hold", "--ended")
            assert (ended["state"], ended["ended_reason"]) == ("ended", "解決")
            # and what goes back to the core system
            rows = engine.until(lambda: len(r := engine.out_rows("horyu")) >= 2 and r, 30, "the holds go back")
            assert [(r["宛名番号"], r["保留区分"], r["処理区分"]) for r in rows] == [
                ("100001", "4", "1"), ("100001", "4", "9")]
    finally:
        callee.stop()


def test_the_number_book(engine):
    engine.osame("number", "add", "090-1234-5678", "--mark", "stop", "--channel", "sms", "--reason", "本人から")
    row, = engine.rows("number")
    assert row["number"] != "09012345678" and row["number"].endswith("78"), "shortened"
    assert (row["mark"], row["channel"], row["by"] != "") == ("stop", "sms", True)
    assert engine.rows("number", "list", "--whole", "--reason", "照合")[0]["number"] == "09012345678"
    no = engine.osame("number", "list", "--whole", check=False)
    assert no.code == 1 and "want a reason" in no.err
    no = engine.osame("number", "add", "12", "--mark", "dead", "--reason", "x", check=False)
    assert no.code == 1 and "not a Japanese" in no.err
    engine.osame("number", "end", "09012345678", "--mark", "stop", "--reason", "新しい持ち主")
    assert engine.rows("number") == []
    assert engine.log_text().count("09012345678") == 0, "no whole number in the log"


def test_a_file_is_handed_in(engine, folder):
    path = folder / NAME
    path.write_bytes(targets([person(1, NUMBER), person(2, 氏名="")]))
    answer = engine.osame("intake", "put", path)
    assert (answer.json["intake"]["state"], answer.json["intake"]["taken"]) == ("taken", 1)
    assert answer.json["intake"]["by"]
    assert answer.json["rows"][0]["code"] == "E0001"
    engine.wait_run("draft")
    engine.wait_out("uketsuke", 1)  # the same acknowledgement as by the drop
    engine.wait_out("error", 1)
    again = engine.osame("intake", "put", path)
    assert again.json["intake"] == answer.json["intake"] and "already" in again.err
    os.utime(path, (1, 1))
    assert engine.osame("intake", "put", path).json["intake"]["intake"] == 1, "its time is not its name"
    assert len(engine.rows("intake")) == 1
    assert list((engine.drop / "in" / "taken").iterdir()) == [], "nothing of it lay in the drop"
    # the same content under another name is another file, whose rows are repeats
    other = engine.osame("intake", "put", path, "--as", "015_202096_taisho_2.csv", check=False)
    assert other.json["intake"]["intake"] != 1 and other.json["intake"]["taken"] == 0
    engine.stop()
    engine.restart()
    assert engine.osame("intake", "put", path).json["intake"]["intake"] == 1


@pytest.mark.parametrize("words, code, says", [
    (["intake", "put", "/nonexistent"], 4, "No such file"),
    (["intake", "put", "/dev/null"], 4, "not a regular file"),
    (["intake", "put"], 2, "one FILE"),
    (["intake", "put", "FILE", "--drop", "nowhere"], 1, "no drop nowhere"),
    (["intake", "put", "FILE", "--as", "a/b.csv"], 1, "no / or"),
    (["intake", "put", "FILE", "--as", ".hidden"], 1, "no dot"),
])
def test_what_is_not_handed_in(engine, folder, words, code, says):
    (folder / "FILE").write_bytes(b"x")
    answer = engine.osame(*[str(folder / w) if w == "FILE" else w for w in words], check=False)
    assert answer.code == code and says in answer.err
    assert engine.rows("intake") == []


def test_a_file_of_no_campaign_is_refused_and_said(engine, folder):
    (folder / "x.csv").write_bytes(b"x")
    answer = engine.osame("intake", "put", folder / "x.csv", check=False)
    assert answer.code == 1 and answer.json["intake"]["state"] == "refused"
    engine.wait_out("uketsuke", 1)


def test_killed_while_a_file_is_handed_in(engine, folder):
    """Whatever stands of it, the next start has one whole file or none, and the same command again ends
    in one intake."""
    path = folder / NAME
    head, *rows = targets([person(1, NUMBER)]).splitlines(keepends=True)
    path.write_bytes(head + rows[0] + b"\r\n" * (24 << 20))
    arriving = engine.folder / "var" / "arriving"
    if not arriving.exists():
        arriving, = [p for p in engine.folder.rglob("arriving") if p.is_dir()]
    for _ in range(2):
        first = threading.Thread(target=lambda: engine.osame("intake", "put", path, check=False))
        first.start()
        engine.until(lambda: list(arriving.iterdir()) or engine.rows("intake"), 30, "the copy begins", every=0.001)
        engine.kill9()
        first.join()
        engine.restart()
        assert len(engine.rows("intake")) <= 1
    answer = engine.osame("intake", "put", path, check=False)
    assert answer.json["intake"]["state"] in ("taken", "refused")
    assert len(engine.rows("intake")) == 1
    assert [p for p in arriving.iterdir()] == []
    receipts = engine.wait_out("uketsuke", 1)
    assert len(receipts) == 1, "acknowledged once"


THROW = """
import array, os, socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
s.connect(sys.argv[1])
s.settimeout(10)
fds = [os.open("/dev/null", os.O_RDONLY) for _ in range(6)]
s.sendmsg([b'{"jsonrpc":"2.0","id":1,"method":"status","params":{}}\\n'],
          [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", fds))])
try:
    said = s.recv(65536)
except ConnectionResetError:
    said = b""
sys.exit(0 if said == b"" else "answered: " + said.decode())
"""


def test_a_client_that_throws_descriptors_is_closed(engine):
    """A known user's, since a stranger is refused before; and the engine stands."""
    who = {"user": engine.ids[0], "group": engine.ids[1]} if engine.ids else {}
    done = subprocess.run([sys.executable, "-c", THROW, str(engine.socket)], capture_output=True, text=True,
                          timeout=30, cwd="/", **who)
    assert done.returncode == 0, done.stderr
    assert engine.osame("status").code == 0