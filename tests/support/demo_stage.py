"""The stage of make demo: all peers and osamed in one folder, started, asked, stopped."""
import csv
import json
import os
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.support.kamailio import Kamailio
from tests.support.kannel import Kannel
from tests.support.peer import Peer, unprivileged, wait_until
from tests.support.person import Person
from tests.support.sipp import Sipp
from tests.support.sshd import Sshd, fingerprint

ROOT = Path(__file__).resolve().parents[2]
FIXTURES = ROOT / "tests/fixtures/demo"
BUILD = ROOT / os.environ.get("OSAME_BUILD", "build/release")
START = "2026-12-07 15:00"  # of the rehearsal clock: a Monday, before the first window
LINES = 24
TRIES = 4  # of a peer whose port somebody else took between choosing and binding it

# Kinds of callees.csv that are not people: the sipp scenario, and the status if it asks for one.
KINDS = {
    "busy": ("busy", None),
    "no_answer": ("no_answer", None),
    "dead_number": ("dead_number", None),
    "declined": ("status", 603),
    "unreachable": ("unavailable", None),
    "hang_up": ("hang_up", None),
    "hang_up_late": ("hang_up_late", None),
    "listen": ("listen", None),
}

CONFIG = """\
# Made by make demo.
[engine]
var = var
specs = specs
schemas = schemas
city = 202096
city_name = 伊那市
socket = operators.sock
rehearsal = yes
rehearsal_start = {start}
calls_per_second = 12
poll = 1 s
results_every = 30 min

[drop core]
kind = sftp
host = 127.0.0.1
port = {drop[port]}
user = {drop[user]}
key_file = drop.key
host_key = {drop[host_key]}
root = {drop[root]}
retry_first = 200 ms

[voice]
port = 0
media_from = 0
media_to = 0
lines = {lines}

[trunk hikari]
uri = {trunk}
domain = ina.example
user = osame
password_file = trunk.password
register = yes

[gateway kannel]
url = {sms.sendsms_url}
user = {sms.user}
password_file = sms.password

[speech]
# the office's voice, hurried: the demonstration shall not take all night
speed = 1.3

[archive]
key_file = archive.key

[department shuno]
name = 収納課
phone = 0265784111
caller = 0265784111
# The night begins without payments on purpose: they come half way, to stop what is planned.
payments_check = off

[user demo]
uid = {uid}
name = 実演担当
department = shuno
roles = administrator manager staff operator auditor
"""


def callees():
    """[(number, kind, [answers])] of callees.csv."""
    with open(FIXTURES / "callees.csv", encoding="utf-8") as f:
        rows = csv.DictReader(line for line in f if not line.startswith("#"))
        return [(r["number"], r["kind"], r["answers"].split()) for r in rows]


def again(make):
    """Runs what make() gives, on other ports if the first ones were taken meanwhile."""
    for left in reversed(range(TRIES)):
        peer = make()
        try:
            peer.run()
            return peer
        except AssertionError:
            peer.stop()
            if not left:
                raise
    raise AssertionError("not reached")


class Osamed(Peer):
    name = "osamed"


class Stage:
    def __init__(self, folder):
        self.folder = Path(folder)
        self.home = self.folder / "osame"
        self.drop = self.gateway = self.trunk = self.osamed = None
        self.sipps, self.people = {}, {}

    # ---- start ----

    def start_peers(self):
        self.drop = Sshd(self.folder / "core", root=self.folder / "drop").start()
        self.gateway = Kannel(self.folder / "gateway", trace=True).start()
        cast = callees()
        with ThreadPoolExecutor(4) as pool:
            kinds = [k for k in KINDS if any(kind == k for _, kind, _ in cast)]
            self.sipps.update(zip(kinds, pool.map(self.start_sipp, kinds)))
        people = [(number, answers) for number, kind, answers in cast if kind == "person"]
        self.passwords = {"osame": os.urandom(12).hex(), **{n: os.urandom(12).hex() for n, _ in people}}
        routes = {number: self.sipps[kind].uri for number, kind, _ in cast if kind != "person"}
        self.trunk = again(lambda: Kamailio(self.folder / "trunk", self.passwords, routes))
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(self.start_person, people))

    def start_sipp(self, kind):
        scenario, status = KINDS[kind]
        return again(lambda: Sipp(self.folder / "callees" / kind, scenario, name=kind, status=status))

    def start_person(self, who):
        number, answers = who
        self.people[number] = again(lambda: Person(
            self.folder / "callees" / number, number, self.passwords[number], self.trunk.port,
            answers=answers))

    def start_osame(self):
        self.home.mkdir()
        shutil.copytree(ROOT / "schemas", self.home / "schemas")
        shutil.copytree(ROOT / "specs", self.home / "specs",
                        ignore=lambda at, names: names if at.endswith("/campaigns") else [])
        shutil.copytree(FIXTURES / "specs", self.home / "specs", dirs_exist_ok=True)
        shutil.copytree(FIXTURES / "specs", self.folder / "specs")  # as approved, for the check
        for program in ("osamed", "osame"):
            shutil.copy(BUILD / program, self.home)
        (self.home / "var").mkdir(mode=0o700)
        self.secret("drop.key", self.drop.user_key.read_text())
        self.secret("trunk.password", self.passwords["osame"] + "\n")
        self.secret("sms.password", self.gateway.password + "\n")
        uid = unprivileged()[0] if unprivileged() else os.geteuid()
        self.secret("osame.conf", CONFIG.format(
            start=START, drop=self.drop.settings(), trunk=self.trunk.uri, sms=self.gateway,
            lines=LINES, uid=uid))
        self.give_away(self.home)
        made = self.command(self.home / "osame", "archive", "keygen", self.home / "archive.key")
        if made.returncode != 0:
            raise AssertionError(f"osame archive keygen: {made.stderr}")
        self.secret("core.key", self.drop.user_key.read_text(), self.folder / "core")
        (self.folder / "core" / "known_hosts").write_text(
            f"[127.0.0.1]:{self.drop.port} " + Path(f"{self.drop.host_key}.pub").read_text())
        self.start_osamed()

    def start_osamed(self):
        self.osamed = Osamed(self.folder / "osamed")
        self.osamed.start([self.home / "osamed", "-c", self.home / "osame.conf"], drop_root=True,
                          cwd=self.home, seconds=20, ready=self.answers)

    def reopen(self, more):
        """After stop_osame(): once more, with more of a configuration."""
        with open(self.home / "osame.conf", "a", encoding="utf-8") as f:
            f.write(more)
        self.start_osamed()

    def words(self):
        return f"rehearsal from {START}, {LINES} lines, specs of the repository with the demo's campaigns"

    def secret(self, name, text, folder=None):
        path = (folder or self.home) / name
        path.write_text(text)
        path.chmod(0o600)
        self.give_away(path)

    def give_away(self, path):
        """To the user that the peers and osamed run as."""
        if unprivileged():
            for each in [path, *path.rglob("*")]:
                os.chown(each, *unprivileged(), follow_symlinks=False)

    # ---- ask ----

    def command(self, *argv, input=None):
        ids = unprivileged()
        as_nobody = {"user": ids[0], "group": ids[1], "extra_groups": []} if ids else {}
        return subprocess.run([str(a) for a in argv], cwd=self.home, capture_output=True, text=True,
                              input=input, timeout=60, **as_nobody)

    def osame(self, *words):
        """The rows of a listing, or the one answer."""
        done = self.command(self.home / "osame", "-c", self.home / "operators.sock", "--json", *words)
        if done.returncode != 0:
            raise AssertionError(f"osame {' '.join(words)}: {done.returncode}: {done.stderr or done.stdout}")
        answers = [json.loads(line) for line in done.stdout.splitlines()]
        if answers and "rows" in answers[0]:
            return [row for a in answers for row in a["rows"]]
        return answers[0] if answers else {}

    def verify_archive(self, *words):
        """What an auditor gets to see: status and output."""
        done = self.command(self.home / "osame", *words, "archive", "verify", "--key",
                            self.home / "archive.key.pub", self.home / "var/archive")
        return done.returncode, done.stdout

    def answers(self):
        if not (self.home / "operators.sock").exists():
            return False
        try:
            return bool(self.status())
        except AssertionError:
            return False

    def status(self):
        return self.osame("status")

    def upload(self, path):
        """As a core system does: SFTP, a temporary name, then the rename."""
        shutil.copy(path, self.home / path.name)
        self.give_away(self.home / path.name)
        core = self.folder / "core"
        batch = (f'put "{self.home / path.name}" "{self.drop.root}/in/.{path.name}.tmp"\n'
                 f'rename "{self.drop.root}/in/.{path.name}.tmp" "{self.drop.root}/in/{path.name}"\n')
        done = self.command("sftp", "-q", "-b", "-", "-F", "none", "-i", core / "core.key", "-P", self.drop.port,
                            "-o", f"UserKnownHostsFile={core / 'known_hosts'}", "-o", "IdentitiesOnly=yes",
                            "-o", "StrictHostKeyChecking=yes", f"{self.drop.user}@127.0.0.1", input=batch)
        if done.returncode != 0:
            raise AssertionError(f"sftp {path.name}: {done.stderr}")

    # ---- stop ----

    def peers(self):
        boxes = self.gateway.boxes if self.gateway else []
        return [p for p in [self.osamed, *self.people.values(), *self.sipps.values(), self.trunk,
                            *reversed(boxes), self.drop] if p]

    def stop_osame(self):
        """In order, and it must end by itself."""
        self.osamed.process.terminate()
        wait_until(lambda: not self.osamed.alive(), 15, 0.1, why="osamed ends after TERM")
        if self.osamed.process.returncode != 0:
            raise AssertionError(f"osamed ended with {self.osamed.process.returncode}")

    def stop(self):
        """Everything that was started, as one: a person waits for the registrar otherwise."""
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda p: p.stop(), self.peers()))

    def tails(self):
        for peer in self.peers():
            if peer is self.osamed or not peer.alive():
                yield peer.name, peer.tail(25)
