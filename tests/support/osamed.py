"""The engine itself as a peer: osamed with a configuration, a copy of the specs and a folder of
its own, run as nobody when we are root, and `osame` as its operators.

    with Osamed(folder, trunk=callee.uri) as engine:
        engine.campaign(waves=[VOICE])           # a short campaign and its scenario
        engine.run()
        engine.drop_in("015_202096_taisho_1.csv", targets([person(1, "0265784111")]))
        run = engine.start_run()
        engine.wait_run("closed")
        engine.out_files("kekka")                # [OutFile(name, number, rows = dicts by column)]

The configuration is written at run(): give sections before it, e.g. engine.keys["engine"]["poll"].
"""
import csv
import io
import json
import os
import re
import shutil
import signal
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.peer import PATIENCE, Peer, unprivileged, wait_until

ROOT = Path(__file__).resolve().parent.parent.parent
BUILD = (ROOT / os.environ.get("OSAME_BUILD", "build/release")).resolve()
PROGRAMS = Path(os.environ.get("OSAME_PROGRAMS", BUILD))  # where whoever runs osamed may read them
SCHEMAS = Path(os.environ.get("OSAME_SCHEMAS", ROOT / "schemas"))
STAFF, MANAGER, AUDITOR, OTHER = 61001, 61002, 61003, 61004  # Unix users of Osamed.two_departments()

# Whole days and short waits: the rehearsal clock jumps over them, and no test stands at a window's edge.
WINDOW = '<window days="all" from="9:00" to="20:00"/>'
VOICE = (f'<wave id="denwa" channel="voice" from-day="0" to-day="0" attempts="1" ring="5 s">{WINDOW}</wave>')
VOICE_TWICE = ('<wave id="denwa" channel="voice" from-day="0" to-day="0" attempts="2" ring="5 s">'
               f'{WINDOW}<retry outcome="other" after="1 h"/></wave>')
VOICE_NEXT_DAY = ('<wave id="denwa2" channel="voice" from-day="1" to-day="1" attempts="1" ring="5 s">'
                  f'{WINDOW}</wave>')
SMS = (f'<wave id="sms" channel="sms" from-day="2" to-day="2" attempts="1" text="reminder">{WINDOW}</wave>')

CAMPAIGN = """\
<?xml version="1.0" encoding="UTF-8"?>
<campaign xmlns="urn:osame:campaign:1" id="{id}" department="{department}" kind="{kind}">
  <title>試験の配信業務</title>
  <files layout="{layout}" pattern="{pattern}"/>
  <dates base="{start}" start="{start}" end="{end}" due="2026-12-25"{demand}/>
  <voice scenario="{scenario}" caller="0265784111" limit="{limit}"/>
  <sms sender="0265784111"/>
  {waves}
</campaign>
"""

# About three seconds of speech. The keys may be pressed at once; the amount needs the birthday.
SHORT = """\
<?xml version="1.0" encoding="UTF-8"?>
<vxml version="2.1" xml:lang="ja-JP" o:kind="reminder"
      xmlns="http://www.w3.org/2001/vxml" xmlns:o="urn:osame:scenario:1">
  <property name="timeout" value="1s"/>
  <property name="interdigittimeout" value="1s"/>
  <form id="a">
    <field name="who">
      <prompt>ご本人は1を。</prompt>
      <option dtmf="1" value="self"/>
      <noinput><goto next="#z"/></noinput>
      <filled><o:reached code="self"/><o:level n="1"/><goto next="#b"/></filled>
    </field>
  </form>
  <form id="b">
    <field name="birth" type="digits?length=4">
      <prompt>お誕生日を。</prompt>
      <noinput><goto next="#z"/></noinput>
      <filled>
        <if cond="matches_birth(birth)">
          <o:reached code="matched"/><o:level n="2"/><goto next="#c"/>
        <else/>
          <o:reached code="mismatch"/><goto next="#z"/>
        </if>
      </filled>
    </field>
  </form>
  <form id="c">
    <block>
      <prompt bargein="false"><say-as interpret-as="currency"><value expr="target.debts[0].amount"/></say-as>です。</prompt>
      <o:heard/>
      <o:reply name="answer" expr="'heard'"/>
      <goto next="#z"/>
    </block>
  </form>
  <form id="z"><block><prompt>失礼します。</prompt><exit/></block></form>
</vxml>
"""

# One second, nothing to press.
QUICK = """\
<?xml version="1.0" encoding="UTF-8"?>
<vxml version="2.1" xml:lang="ja-JP" o:kind="reminder"
      xmlns="http://www.w3.org/2001/vxml" xmlns:o="urn:osame:scenario:1">
  <form id="z"><block><prompt>失礼します。</prompt><o:heard/><exit/></block></form>
</vxml>
"""

COLUMNS = ("市区町村コード,宛名番号,氏名,フリガナ,生年月日,科目,調定年度,賦課年度,期別,通知書番号,納期限,未納額,"
           "電話番号1,電話区分1,SMS可否1,電話番号2,電話区分2,SMS可否2,電話番号3,電話区分3,SMS可否3,整理番号,備考").split(",")
PAYMENT_COLUMNS = "市区町村コード,業務ID,宛名番号,科目,調定年度,賦課年度,期別,通知書番号,消込種別,残額".split(",")


def person(n, phone="", mobile="", **changes):
    """One row of a targets file: person n, his home number, his mobile (SMS allowed)."""
    row = {"市区町村コード": "202096", "宛名番号": f"{100000 + n}", "氏名": "髙橋　太郎",
           "フリガナ": "タカハシ　タロウ", "生年月日": "1970-05-21", "科目": "002", "調定年度": "2026",
           "賦課年度": "2026", "期別": "3", "通知書番号": f"N{n:05d}", "納期限": "2026-11-30",
           "未納額": f"{10000 + n}", "整理番号": f"S{n}", "備考": f"備考,\"{n}\""}
    if phone:
        row |= {"電話番号1": phone, "電話区分1": "1", "SMS可否1": "0"}
    if mobile:
        row |= {"電話番号2": mobile, "電話区分2": "2", "SMS可否2": "1"}
    return row | changes


def payment(n, rest=None, **changes):
    """One row of a payments file for person(n): all of it, or `rest` is left."""
    return {"市区町村コード": "202096", "業務ID": "015", "宛名番号": f"{100000 + n}", "科目": "002",
            "調定年度": "2026", "賦課年度": "2026", "期別": "3", "通知書番号": f"N{n:05d}",
            "消込種別": "1" if rest is None else "2", "残額": "0" if rest is None else str(rest)} | changes


def csv_bytes(columns, rows):
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([row.get(name, "") for name in columns] for row in rows)
    return out.getvalue().encode()


def targets(rows):
    return csv_bytes(COLUMNS, rows)


def payments(rows):
    return csv_bytes(PAYMENT_COLUMNS, rows)


@dataclass
class OutFile:
    name: str
    data: bytes
    rows: list = field(default_factory=list)

    def __post_init__(self):
        self.rows = list(csv.DictReader(io.StringIO(self.data.decode("utf-8-sig"), newline="")))

    @property
    def number(self):
        return int(re.search(r"_(\d{6})_\d{14}\.", self.name)[1])


@dataclass
class Answer:
    code: int
    out: str
    err: str

    @property
    def json(self):
        return json.loads(self.out)


class Osamed(Peer):
    """`sms`: a Kannel (or None: nobody listens there). `sftp`: an Sshd instead of a local folder."""

    name = "osamed"

    def __init__(self, folder, trunk="sip:127.0.0.1:9", sms=None, sftp=None, rehearsal=True,
                 start="2026-12-07 08:00"):
        super().__init__(folder)
        self.ids = unprivileged()
        self.config = self.folder / "osame.conf"
        self.socket = self.folder / "socket"
        self.var = self.folder / "var"
        self.specs = self.folder / "specs"
        self.env = None
        self.drop = Path(sftp.root) if sftp else self.folder / "drop"
        for name in ("in", "in/taken", "in/refused", "out"):
            (self.drop / name).mkdir(parents=True, exist_ok=True)
        shutil.copytree(ROOT / "specs", self.specs)
        for campaign in (self.specs / "campaigns").iterdir():
            campaign.unlink()
        (self.specs / "scenarios" / "short.vxml").write_text(SHORT)
        (self.specs / "scenarios" / "quick.vxml").write_text(QUICK)
        uid = self.ids[0] if self.ids else os.geteuid()
        self.keys = {
            "engine": {
                "var": self.var, "specs": self.specs, "schemas": SCHEMAS, "city": "202096",
                "city_name": "伊那市", "socket": self.socket, "poll": "100 ms", "results_every": "10 min",
                "rehearsal": "yes" if rehearsal else "no",
                **({"rehearsal_start": start} if rehearsal and start else {})},
            "drop core": self.drop_keys(sftp),
            "voice": {"port": 0, "media_from": 0, "media_to": 0, "lines": 4, "hangup_wait": "1 s"},
            # Most peers of the tests are telephones, which take an OPTIONS for a call.
            "trunk main": {"uri": trunk, "domain": "ina.example", "keepalive": "0 s"},
            "sms": {"receipt_port": 0},
            "gateway kannel": {"url": sms.sendsms_url if sms else "http://127.0.0.1:9/sendsms", "timeout": "5 s",
                               **({"user": sms.user, "password": sms.password} if sms else {})},
            # Most tests are about something else than payments; those that are say so themselves.
            "department zeimu": {"name": "税務課", "phone": "0265784111", "caller": "0265784111",
                                 "payments_check": "off"},
            "user hanako": {"uid": uid, "name": "高遠花子", "department": "zeimu",
                            "roles": "manager staff operator auditor administrator"},
        }
        if "OSAME_OPEN_JTALK" in os.environ:  # of conftest.py
            self.keys["speech"] = {"program": os.environ["OSAME_OPEN_JTALK"]}

    def drop_keys(self, sftp):
        if not sftp:
            return {"kind": "local", "folder": self.drop}
        s = sftp.settings()
        key = self.folder / "drop.key"  # a copy that osamed's user may read, and nobody else
        key.write_bytes(Path(s["key_file"]).read_bytes())
        key.chmod(0o600)
        return {"kind": "sftp", "host": s["host"], "port": s["port"], "user": s["user"],
                "key_file": key, "host_key": s["host_key"], "root": s["root"],
                "timeout": "2 s", "retry_first": "50 ms", "retry_most": "400 ms"}

    # ---- specs and configuration ----

    def campaign(self, id="saikoku", waves=(VOICE,), kind="reminder", layout="targets-015",
                 pattern="015_202096_taisho_*.csv", scenario="short", department="zeimu",
                 limit="30 s", start="2026-12-07", end="2026-12-10", demand="2026-12-11"):
        demand = f' demand="{demand}"' if kind == "reminder" else ""
        text = CAMPAIGN.format(id=id, waves="\n  ".join(waves), kind=kind, layout=layout, pattern=pattern,
                               scenario=scenario, department=department, limit=limit, start=start, end=end, demand=demand)
        (self.specs / "campaigns" / f"{id}.xml").write_text(text)

    def two_departments(self):
        """zeimu (the campaign's) with taro, jiro and saburo, kokuho with shiro: who may do what."""
        self.keys["department kokuho"] = {"name": "保険課", "phone": "0265784112", "caller": "0265784112"}
        self.user("taro", STAFF, "staff")
        self.user("jiro", MANAGER, "manager operator")
        self.user("saburo", AUDITOR, "auditor")
        self.user("shiro", OTHER, "manager staff operator", "kokuho")

    def user(self, name, uid, roles, department="zeimu"):
        self.keys[f"user {name}"] = {"uid": uid, "name": name, "department": department, "roles": roles}

    def write_config(self):
        text = ""
        for section, keys in self.keys.items():
            text += f"[{section}]\n" + "".join(f"{k} = {v}\n" for k, v in keys.items())
        self.config.write_text(text)
        self.config.chmod(0o600)
        self.own_all()

    def own_all(self):
        """Everything of ours belongs to whoever osamed runs as; peers' folders beside it do not."""
        if not self.ids:
            return
        os.chown(self.folder, *self.ids)
        for place in (self.config, self.specs, self.drop, self.folder / "drop.key"):
            if not place.exists():
                continue
            for path in (place, *place.rglob("*")):
                os.chown(path, *self.ids, follow_symlinks=False)

    # ---- life ----

    def run(self, seconds=15):
        self.write_config()
        return self.restart(seconds)

    def restart(self, seconds=15):
        """Starts it (again, after kill9() or stop()) on the same folder."""
        seen = self.log.stat().st_size if self.log.exists() else 0
        return self.start([PROGRAMS / "osamed", "-c", self.config], drop_root=True, seconds=seconds, env=self.env,
                          ready=lambda: b"event=started" in self.log.read_bytes()[seen:])

    def __exit__(self, kind, *_):
        if kind:
            self.kill9()  # the test failed already, and says why
        else:
            self.stop()

    def kill9(self):
        self.kill()
        self.process = None

    def stop(self, seconds=10.0):
        """As an operator would; a death of its own is a failure of the test."""
        if self.process is None:
            return
        code = self.process.poll()
        if code is None:
            os.killpg(self.process.pid, signal.SIGTERM)
            try:
                code = self.process.wait(seconds * PATIENCE)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
                self.process = None
                raise AssertionError(f"osamed did not stop within {seconds} s\n{self.tail()}") from None
        self.process = None
        if code != 0:
            raise AssertionError(f"osamed ended with {code}\n{self.tail()}")

    def until(self, what, seconds, why, every=0.05):
        """wait_until, with the log as it is when the time is over."""
        def alive():
            if not self.alive():
                raise AssertionError(f"osamed ended\n{self.tail()}")
            return what()
        try:
            return wait_until(alive, seconds, every, why)
        except AssertionError as e:
            raise AssertionError(f"{e}\n{self.tail()}") from None

    def log_text(self):
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def wait_log(self, words, seconds=10, count=1, every=0.005):
        return self.until(lambda: self.log_text().count(words) >= count, seconds, f"{words} in the log", every)

    # ---- operators ----

    def osame(self, *words, uid=None, check=True, js=True, input=None):
        """The command line as this Unix user (default: whoever runs osamed, 高遠花子)."""
        ids = {}
        if self.ids:
            ids = {"user": self.ids[0] if uid is None else uid, "group": self.ids[1], "extra_groups": []}
        argv = [str(PROGRAMS / "osame"), "-c", str(self.socket), *(["--json"] if js else []), *map(str, words)]
        r = subprocess.run(argv, capture_output=True, text=True, timeout=60 * PATIENCE, input=input, **ids)
        answer = Answer(r.returncode, r.stdout, r.stderr)
        if check:
            assert r.returncode == 0, f"osame {words}: {r.returncode} {r.stdout} {r.stderr}\n{self.tail()}"
        return answer

    def rows(self, *words, uid=None):
        """All rows of a listing."""
        return [row for page in self.osame(*words, uid=uid).out.splitlines() for row in json.loads(page)["rows"]]

    def run_row(self, run=1):
        return self.osame("run", "show", run).json

    def wait_run(self, state, run=1, seconds=40):
        def there():
            r = self.osame("run", "show", run, check=False)
            return r.json if r.code == 0 and r.json["state"] == state else None
        return self.until(there, seconds, f"run {run} is {state}", every=0.1)

    def start_run(self, run=1, seconds=20):
        """From draft to running, as one person may under the rehearsal clock."""
        self.wait_run("draft", run, seconds)
        for verb in ("submit", "approve", "start"):
            self.osame("run", verb, run)
        return run

    def target(self, n, run=1):
        return self.osame("target", "show", "--run", run, 100000 + n).json

    def unmasked(self, n, run=1):
        """His whole names and numbers: on record."""
        return self.osame("target", "unmask", "--run", run, 100000 + n, "--reason", "試験").json

    def attempts(self, *words):
        return self.rows("attempts", *words)

    # ---- the drop ----

    def drop_in(self, name, data, mtime=None):
        """The core system's way: a temporary name, then a rename."""
        temporary = self.drop / "in" / f".{name[:100]}.tmp"
        temporary.write_bytes(data)
        if self.ids:
            os.chown(temporary, *self.ids)
        if mtime is not None:
            os.utime(temporary, (mtime, mtime))
        temporary.rename(self.drop / "in" / name)

    def wait_taken(self, name, folder="taken", count=1, seconds=20):
        def there():
            return len([p for p in (self.drop / "in" / folder).iterdir() if p.name.startswith(f"{name}.")]) >= count
        self.until(there, seconds, f"{name} in in/{folder}")

    def out_files(self, kind=""):
        """Files in out/ of that kind (kekka, kosho, uketsuke, error, teisei), by number."""
        return [OutFile(p.name, p.read_bytes()) for p in sorted((self.drop / "out").iterdir())
                if kind in p.name and not p.name.startswith(".") and p.suffix == ".csv"]

    def out_rows(self, kind):
        return [row for f in self.out_files(kind) for row in f.rows]

    def wait_out(self, kind, count=1, seconds=20):
        return self.until(lambda: len(f := self.out_files(kind)) >= count and f, seconds,
                          f"{count} files {kind} in out/")

    def wait_delivered(self, seconds=30):
        """No row of a run that is over waits for a file, and no file for the drop."""
        def all_out():
            # the runs first: a row is taken into a file by the commit that makes the file
            if any(r["rows_waiting"] for r in self.rows("run", "list") if r["state"] in ("closed", "stopped")):
                return False
            files = self.rows("outfiles")
            return files and all(f["state"] == "delivered" for f in files)
        self.until(all_out, seconds, "all files are delivered", every=0.1)
