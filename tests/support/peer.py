"""Peers of the tests: real programs, on loopback, on free ports, in a folder of their own.

A Peer starts one process in its own session, waits until it is ready, and ends it by
its own id. Nothing is found by name, no port is fixed, nothing is left behind.
"""
import os
import pwd
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
from pathlib import Path


# Below what Linux gives to outgoing connections (ip_local_port_range begins at 32768): a port of ours
# cannot be taken by somebody's connection between our look and the peer's bind.
PORTS = range(20000, 32000)
BLOCK = 100
_lock = threading.Lock()
_marks = []  # sockets, one a block of ports: they keep other runs of these tests out of it, until we end
_left = iter(())  # of the block that we have now


def _claim_block():
    """The ports of a block that no other process of these tests has. One descriptor keeps a hundred ports: a run needs
    thousands, and may have but 1,024 descriptors."""
    blocks = list(range(PORTS.start, PORTS.stop, BLOCK))
    random.shuffle(blocks)
    for first in blocks:
        mark = socket.socket(socket.AF_UNIX)
        try:
            mark.bind(f"\0osame-test-ports-{first}")  # a name without a file: it goes with the process
        except OSError:
            mark.close()
            continue
        _marks.append(mark)
        return iter(range(first, first + BLOCK))
    raise RuntimeError("no free port: all blocks are taken")


def _is_free(port):
    """For TCP and UDP on 127.0.0.1."""
    try:
        for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
            with socket.socket(socket.AF_INET, kind) as s:
                s.bind(("127.0.0.1", port))
    except OSError:
        return False
    return True


def free_port(count=1):
    """A port for a peer that must be told one: ours until this process ends, never given twice.
    With a count: the first, even, of so many in a row."""
    global _left
    row = []
    with _lock:
        while len(row) < count:
            port = next(_left, None)
            if port is None:
                _left, row = _claim_block(), []
            elif _is_free(port) and (row or count == 1 or port % 2 == 0):
                row.append(port)
            elif row:
                row = []
    return row[0]


# The limits that callers give are guesses on an idle machine; only a wait that ends in vain is longer.
PATIENCE = float(os.environ.get("OSAME_PATIENCE", "5"))


def wait_until(what, seconds=10.0, every=0.02, why=""):
    """Polls `what` until it is true; its value, or AssertionError."""
    seconds *= PATIENCE
    end = time.monotonic() + seconds
    while True:
        value = what()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"not within {seconds} s: {why or what}")
        time.sleep(every)


def tcp_open(port):
    with socket.socket() as s:
        s.settimeout(0.2)
        return s.connect_ex(("127.0.0.1", port)) == 0


def unprivileged():
    """uid and gid to run peers as when we are root (nobody), else None."""
    if os.geteuid() != 0:
        return None
    nobody = pwd.getpwnam("nobody")
    return nobody.pw_uid, nobody.pw_gid


class Peer:
    """One process. Sub-classes set argv and say when it is ready."""

    name = "peer"

    def __init__(self, folder):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.process = None
        self.log = self.folder / f"{self.name}.log"

    def start(self, argv, ready=None, seconds=10.0, cwd=None, env=None, drop_root=False):
        out = open(self.log, "ab")
        extra = {}
        if drop_root and unprivileged():
            uid, gid = unprivileged()
            extra = {"user": uid, "group": gid, "extra_groups": []}
        self.process = subprocess.Popen(
            [str(a) for a in argv], stdin=subprocess.DEVNULL, stdout=out, stderr=out,
            cwd=cwd or self.folder, env=env, start_new_session=True, **extra)
        out.close()
        if ready:
            def check():
                if self.process.poll() is not None:
                    raise AssertionError(f"{self.name} ended with {self.process.returncode}:\n{self.tail()}")
                return ready()
            wait_until(check, seconds, why=f"{self.name} is ready")
        return self

    def tail(self, n=30):
        try:
            return "\n".join(self.log.read_text(errors="replace").splitlines()[-n:])
        except OSError:
            return ""

    def alive(self):
        return self.process is not None and self.process.poll() is None

    def kill(self):
        """kill -9, as a power cut would."""
        if self.alive():
            self.process.kill()
            self.process.wait()

    def stop(self, seconds=5.0):
        """TERM to the process's own session, then KILL; waits for its end."""
        if self.process is None:
            return
        if self.alive():
            for sig, wait in ((signal.SIGTERM, seconds), (signal.SIGKILL, seconds)):
                try:
                    os.killpg(self.process.pid, sig)
                except ProcessLookupError:
                    break
                try:
                    self.process.wait(wait)
                    break
                except subprocess.TimeoutExpired:
                    continue
        self.process = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


def temporary_folder(prefix="osame-"):
    """A folder that an unprivileged peer may enter; the caller removes it."""
    folder = Path(tempfile.mkdtemp(prefix=prefix))
    folder.chmod(0o755)
    return folder


def remove(folder):
    shutil.rmtree(folder, ignore_errors=True)
