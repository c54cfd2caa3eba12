"""The drop over SFTP against a real sshd: the port's contract test (tests/unit/
test_drop_contract.c), which takes the server from its environment; then what only a real
server can do to us: wrong keys, cuts in the middle, silence, a full disk."""
import hashlib
import os
import queue
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "support"))
from peer import PATIENCE, remove, temporary_folder, wait_until  # noqa: E402
from sshd import Sshd, make_key  # noqa: E402

BUILD = Path(os.environ.get("OSAME_BUILD", "build/release"))


@pytest.fixture
def sshd():
    folder = temporary_folder("osame-sshd-")
    try:
        with Sshd(folder) as peer:
            yield peer
    finally:
        remove(folder)


def contract(sshd, program="test_drop_contract", extra=None, **changes):
    settings = {**sshd.settings(), **changes}
    env = {**os.environ, "OSAME_DROP_HOST": settings["host"],
           "OSAME_DROP_PORT": str(settings["port"]), "OSAME_DROP_USER": settings["user"],
           "OSAME_DROP_KEY": settings["key_file"], "OSAME_DROP_PIN": settings["host_key"],
           "OSAME_DROP_ROOT": settings["root"], **(extra or {})}
    return subprocess.run([BUILD / "tests/unit" / program], env=env, text=True,
                          capture_output=True, timeout=300)


def test_contract(sshd):
    result = contract(sshd)
    assert result.returncode == 0, result.stdout + result.stderr + sshd.tail()
    assert sshd.tail(1000).count("Accepted publickey") >= 8  # the last case may stop before it signs in


def test_each_allocation_fails(sshd):
    """Ours and libssh2's, every so many, in a whole day of jobs."""
    # Without memory libssh2 forgets keys and digests of libcrypto's; what we allocate is still looked for.
    known = Path(sshd.folder) / "lsan.supp"
    known.write_text("leak:libcrypto.so\nleak:libssh2.so\n")
    result = contract(sshd, "test_alloc_drop",
                      {"LSAN_OPTIONS": f"suppressions={known} print_suppressions=0"})
    assert result.returncode == 0, result.stdout + result.stderr + sshd.tail()
    assert sshd.tail(1000).count("Accepted publickey") >= 20


# engine/err.h
AGAIN, NOTFOUND, EXISTS, UNKNOWN, NOSPC, AUTH = -3, -5, -6, -10, -12, -13
IO = -2


class Driver:
    """tests/flow/drop_driver.c: drop_sftp with its thread."""

    def __init__(self, sshd, timeout_ms=3000, first_ms=50, most_ms=400, **changes):
        s = {**sshd.settings(), **changes}
        self.process = subprocess.Popen(
            [BUILD / "tests/flow/drop_driver", s["host"], str(s["port"]), s["user"], s["key_file"],
             s["host_key"], s["root"], str(timeout_ms), str(first_ms), str(most_ms)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            errors="surrogateescape")
        self.lines = queue.Queue()
        self.err = []
        threading.Thread(target=self._read, daemon=True).start()
        threading.Thread(target=lambda: self.err.extend(self.process.stderr), daemon=True).start()

    def _read(self):
        for line in self.process.stdout:
            self.lines.put(line.rstrip("\n").split("\t"))

    def post(self, kind, name="", path="", size=-1, mtime=0, folder="", to=""):
        self.process.stdin.write(f"{kind}\t{name}\t{path}\t{size}\t{mtime}\t{folder}\t{to}\n")
        self.process.stdin.flush()

    def next(self, kind, seconds=20):
        entries, end = [], time.monotonic() + seconds * PATIENCE
        while True:
            line = self.lines.get(timeout=max(0.01, end - time.monotonic()))
            if line[0] == "entry":
                entries.append((line[1], int(line[2]), int(line[3])))
            elif line[0] == kind == "state":
                return line[1], int(line[2]), line[3]
            elif line[0] == kind:
                return {"err": int(line[1]), "size": int(line[2]), "sha": line[3],
                        "why": line[4], "entries": entries}

    def do(self, *args, **named):
        self.post(*args, **named)
        return self.next("done")

    def fetch_args(self, name):
        (entry,) = [e for e in self.do("list")["entries"] if e[0] == name]
        return {"size": entry[1], "mtime": entry[2]}

    def until_done(self, *args, tries=60, **named):
        """Asks again while the answer says so, as the engine does."""
        for _ in range(tries):
            answer = self.do(*args, **named)
            if answer["err"] not in (AGAIN, UNKNOWN):
                return answer
            time.sleep(0.05)
        raise AssertionError(f"never done: {answer}")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        try:
            assert self.process.wait(10) == 0, "".join(self.err)
        finally:
            self.process.kill()


@pytest.fixture
def here():
    folder = temporary_folder("osame-here-")
    yield folder
    remove(folder)


def big(path, megabytes):
    """Not compressible, not the same everywhere; its SHA-256."""
    block, digest = os.urandom(1 << 20), hashlib.sha256()
    with open(path, "wb") as f:
        for i in range(megabytes):
            piece = i.to_bytes(8, "big") + block[8:]
            digest.update(piece)
            f.write(piece)
    path.chmod(0o644)
    return digest.hexdigest()


def test_wrong_pin_is_refused_before_signing_in(sshd):
    with Driver(sshd, host_key="SHA256:" + "A" * 43) as d:
        up, err, why = d.next("state")
        assert (up, err) == ("down", AUTH) and "HOST KEY" in why
        assert d.do("list")["err"] == AUTH
        assert any("drop-host-key-changed" in line for line in d.err)
        assert sshd.settings()["user"] not in [w for line in sshd.tail(200).splitlines()
                                               if "Accepted" in line for w in line.split()]
    assert "Accepted" not in sshd.tail(200) and "publickey" not in sshd.tail(200)


def test_host_key_changes_between_connections(sshd):
    with Driver(sshd) as d:
        assert d.next("state")[0] == "up"
        port = sshd.port
        sshd.crash()
        assert d.next("state")[0] == "down"
        sshd.new_host_key()
        sshd.start()
        assert sshd.port == port
        answer = d.do("list")
        while answer["err"] == AGAIN:
            answer = d.do("list")
        assert answer["err"] == AUTH and "HOST KEY" in answer["why"]


def test_wrong_user_key(sshd, here):
    make_key(here / "other")
    with Driver(sshd, key_file=str(here / "other")) as d:
        assert d.do("list")["err"] == AUTH
        assert not any("PRIVATE" in line for line in d.err)
    (here / "other").chmod(0o644)
    with Driver(sshd, key_file=str(here / "other")) as d:
        answer = d.do("list")
        assert answer["err"] == AUTH and "chmod 600" in answer["why"]


def test_cut_in_the_middle_of_a_fetch(sshd, here):
    want = big(sshd.root / "in/big.csv", 60)
    with Driver(sshd) as d:
        args = d.fetch_args("big.csv")
        d.post("fetch", "big.csv", str(here / "copy"), **args)
        wait_until(lambda: any(p.stat().st_size > 1 << 20 for p in here.glob(".afile-*")))
        sshd.cut()
        assert d.next("done")["err"] == AGAIN
        assert list(here.iterdir()) == []
        answer = d.until_done("fetch", "big.csv", str(here / "copy"), **args)
        assert (answer["err"], answer["sha"]) == (0, want)
        assert hashlib.sha256((here / "copy").read_bytes()).hexdigest() == want


def test_cut_in_the_middle_of_a_put(sshd, here):
    want = big(here / "ours", 60)
    out = sshd.root / "out"
    with Driver(sshd) as d:
        assert d.next("state")[0] == "up"
        d.post("put", "result.csv", str(here / "ours"))
        wait_until(lambda: any(p.stat().st_size > 1 << 20 for p in out.glob(".osame-*")))
        sshd.cut()
        assert d.next("done")["err"] == AGAIN
        assert not (out / "result.csv").exists()
        answer = d.until_done("put", "result.csv", str(here / "ours"))
        assert (answer["err"], answer["sha"]) == (0, want)
        assert hashlib.sha256((out / "result.csv").read_bytes()).hexdigest() == want
        assert [p.name for p in out.iterdir()] == ["result.csv"]


def test_silence_is_timed_out(sshd):
    with Driver(sshd, timeout_ms=600) as d:
        assert d.next("state")[0] == "up"
        sshd.signal_all(signal.SIGSTOP)
        start = time.monotonic()
        answer = d.do("list")
        assert answer["err"] == AGAIN and 0.4 < time.monotonic() - start < 20
        sshd.signal_all(signal.SIGCONT)
        assert d.until_done("list")["err"] == 0


def test_stops_soon_although_the_server_is_silent(sshd):
    with Driver(sshd, timeout_ms=60000) as d:
        assert d.next("state")[0] == "up"
        sshd.signal_all(signal.SIGSTOP)
        d.post("list")
        time.sleep(0.3)
        start = time.monotonic()
    assert time.monotonic() - start < 20  # not the 60 s of the time-out
    sshd.signal_all(signal.SIGCONT)


def test_waits_grow(sshd):
    """By what it says it will wait; the time it took can only be longer, on any machine."""
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))  # ours, so that nobody else comes to listen there meanwhile
        start = time.monotonic()
        with Driver(sshd, port=nobody.getsockname()[1], first_ms=100, most_ms=800) as d:
            def waits():
                return [int(ms) for line in list(d.err) for ms in re.findall(r"event=drop-connect-failed .* in_ms=(\d+)", line)]
            wait_until(lambda: len(waits()) >= 6, 30)
            took = time.monotonic() - start
            assert d.do("list")["err"] == AGAIN
    planned = [100, 200, 400, 800, 800, 800]
    assert all(plan - 50 <= wait <= plan for plan, wait in zip(planned, waits())), waits()
    assert took > sum(planned[:5]) / 1000 - 0.1


def test_a_file_that_grows_is_left_for_later(sshd, here):
    path = sshd.root / "in/grows.csv"
    big(path, 40)
    with Driver(sshd) as d:
        args = d.fetch_args("grows.csv")
        d.post("fetch", "grows.csv", str(here / "copy"), **args)
        wait_until(lambda: list(here.glob(".afile-*")))
        with open(path, "ab") as f:
            f.write(b"one more row")
        assert d.next("done")["err"] == AGAIN
        assert list(here.iterdir()) == []
        args = d.fetch_args("grows.csv")
        assert d.do("fetch", "grows.csv", str(here / "copy"), **args)["err"] == 0


def test_partial_uploads_are_left_alone(sshd):
    (sshd.root / "in/targets.csv.part").write_bytes(b"half")
    (sshd.root / "in/.targets.csv").write_bytes(b"half")
    sshd.give("whole.csv", b"whole")
    with Driver(sshd) as d:
        assert [e[0] for e in d.do("list")["entries"]] == ["whole.csv"]
    assert (sshd.root / "in/targets.csv.part").read_bytes() == b"half"


def test_a_peer_that_takes_at_once(sshd, here):
    (here / "ours").write_bytes(b"rows")
    out, going = sshd.root / "out", threading.Event()

    def take():
        while not going.is_set():
            (out / "result.csv").unlink(missing_ok=True)
            time.sleep(0.0005)
    taker = threading.Thread(target=take)
    taker.start()
    try:
        with Driver(sshd) as d:
            for _ in range(30):
                assert d.do("put", "result.csv", str(here / "ours"))["err"] == 0
                wait_until(lambda: not (out / "result.csv").exists())
                assert d.do("stat", "result.csv")["err"] == NOTFOUND
    finally:
        going.set()
        taker.join()


@pytest.mark.skipif("san-" in str(BUILD), reason="sanitizers keep freed memory")
def test_memory_is_flat(sshd, here):
    want = big(sshd.root / "in/huge.csv", 200)

    def peak(d):
        status = Path(f"/proc/{d.process.pid}/status").read_text()
        return int(status.split("VmHWM:")[1].split()[0])
    with Driver(sshd, timeout_ms=20000) as d:
        args = d.fetch_args("huge.csv")
        before = peak(d)
        d.post("fetch", "huge.csv", str(here / "copy"), **args)
        assert d.next("done", 120)["sha"] == want
        d.post("put", "huge.csv", str(here / "copy"))
        assert d.next("done", 120)["sha"] == want
        assert peak(d) - before < 16 * 1024, "kB more"


def test_missing_folders(sshd, here):
    (here / "ours").write_bytes(b"rows")
    shutil.rmtree(sshd.root / "in")
    shutil.rmtree(sshd.root / "out")
    with Driver(sshd) as d:
        assert d.do("list")["err"] == NOTFOUND
        assert d.do("put", "a.csv", str(here / "ours"))["err"] == NOTFOUND
    assert not (sshd.root / "in").exists() and not (sshd.root / "out").exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="mounting a small file system needs root")
def test_a_full_drop(sshd, here):
    big(here / "ours", 3)
    out = sshd.root / "out"
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m,mode=0777", "none", out],
                      capture_output=True).returncode:
        pytest.skip("this machine does not let us mount")
    try:
        with Driver(sshd) as d:
            assert d.do("put", "a.csv", str(here / "ours"))["err"] == NOSPC
        assert list(out.iterdir()) == []
    finally:
        subprocess.run(["umount", "-l", out], check=True)


def test_a_rename_that_died_half_way(sshd):
    """link done, unlink not: the next try removes the first name, and only then."""
    sshd.give("a.csv", b"rows")
    os.link(sshd.root / "in/a.csv", sshd.root / "in/taken/a.csv.7")
    with Driver(sshd) as d:
        assert d.do("move", "a.csv", folder="taken", to="a.csv.7")["err"] == 0
        assert not (sshd.root / "in/a.csv").exists()
        assert (sshd.root / "in/taken/a.csv.7").read_bytes() == b"rows"
        sshd.give("a.csv", b"new!")
        assert d.do("move", "a.csv", folder="taken", to="a.csv.7")["err"] == EXISTS
        assert (sshd.root / "in/a.csv").read_bytes() == b"new!"


def test_a_new_file_under_an_old_name_is_not_moved_away(sshd):
    """Between fetch and move the core system may put its next file under the same name."""
    sshd.give("a.csv", b"first")
    with Driver(sshd) as d:
        meant = d.fetch_args("a.csv")
        sshd.give("a.csv", b"the next one")
        assert d.do("move", "a.csv", folder="taken", to="a.csv.1", **meant)["err"] == NOTFOUND
        assert (sshd.root / "in/a.csv").read_bytes() == b"the next one"
        assert d.do("move", "a.csv", folder="taken", to="a.csv.1", **d.fetch_args("a.csv"))["err"] == 0
    assert (sshd.root / "in/taken/a.csv.1").read_bytes() == b"the next one"


@pytest.mark.parametrize("pin", ["ecdsa"])
def test_any_of_the_servers_keys_may_be_pinned(sshd, pin):
    """The server shows the kind that the client asks for first; the pin may be of another."""
    sshd.stop()
    make_key(sshd.host_key, pin)
    sshd.own(sshd.host_key)
    sshd.port = 0
    sshd.start()
    with Driver(sshd) as d:
        assert d.do("list")["err"] == 0
