"""What make demo claims, held against the peers' own logs.

  every accepted debt has exactly one final result row      (out/, against the rows that came)
  no call or SMS without an intent, none twice              (kamailio's log by Call-ID, Kannel's by
                                                             receipt URL: both carry the attempt id)
  none after its payment was taken, none outside a window   (the same, on the clock of clock.log)
  files: counts of receipts, numbers never used twice, delivered bytes as recorded

gather() collects while osamed still answers, check() judges. A check is a function that yields one
line for each thing that is wrong; how much it looked at is counted too, so that a check that saw
nothing fails.
"""
import csv
import datetime
import hashlib
import json
import re
import xml.etree.ElementTree as ElementTree
from bisect import bisect_right
from collections import Counter
from types import SimpleNamespace

from tests.support.peer import wait_until

JST = datetime.timezone(datetime.timedelta(hours=9))
NS = "{urn:osame:campaign:1}"
# A recall that comes when the channel has just looked for the last time is answered "too late":
# what left in that moment may reach the peer a moment after the commit.
TOO_LATE_S = 1.0
SECOND = 1.0  # Kannel's log has whole seconds
KEY = ("宛名番号", "科目", "調定年度", "賦課年度", "期別", "通知書番号")


def read_csv(path):
    with open(path, encoding="utf-8-sig", newline="") as f:
        return list(csv.DictReader(f))


def gather(stage):
    """Everything that is looked at, from Osame and from its peers."""
    e = SimpleNamespace()
    e.runs = {r["run"]: stage.osame("run", "show", str(r["run"])) for r in stage.osame("run", "list")}
    e.attempts = {a["attempt"]: a for a in stage.osame("attempts")}
    e.intakes = {i["intake"]: i for i in stage.osame("intake", "list")}
    e.row_errors = {i: stage.osame("intake", "show", str(i)) for i in e.intakes}
    e.there, e.outfiles = wait_until(lambda: delivered(stage), 30, 0.3, why="what went out is delivered")
    e.alerts = stage.osame("alerts")
    e.status = stage.status()
    e.clock = Clock((stage.home / "var/clock.log").read_text())
    e.out = stage.drop.root / "out"
    e.given = {p.name.rsplit(".", 1)[0]: read_csv(p) for p in (stage.drop.root / "in/taken").iterdir()}
    e.windows = {p.stem: windows_of(p) for p in (stage.folder / "specs/campaigns").glob("*.xml")}
    e.relays = [(x["epoch"], x["callid"], x["to"]) for x in stage.trunk.lines() if x["dir"] == "relay"]
    e.messages = stage.gateway.handed_over()
    e.texts = stage.gateway.received()
    e.at_callees = callids_at_callees(stage)
    e.persons_called = {number: p.calls for number, p in stage.people.items()}
    e.archive = stage.verify_archive("--json")
    e.taken = taken_times(stage.osamed.log.read_text(errors="replace"))
    return e


def delivered(stage):
    """The names in out/ and the records, when each file is delivered. The clock of a rehearsal goes on
    while we look, and may make another file: a record is older than its file, so names come first."""
    there = {p.name for p in (stage.drop.root / "out").iterdir() if not p.name.startswith(".")}
    records = stage.osame("outfiles")
    return (there, records) if all(f["state"] == "delivered" for f in records) else None


class Clock:
    """clock.log: from a real instant on the rehearsal clock shows that."""

    def __init__(self, text):
        self.jumps = sorted(tuple(int(w) for w in line.split()) for line in text.splitlines() if line.strip())
        self.real = [r for r, _ in self.jumps]

    def rehearsal(self, epoch):
        real = int(epoch * 1000)
        at = max(bisect_right(self.real, real) - 1, 0)
        return (self.jumps[at][1] + real - self.jumps[at][0]) / 1000

    def civil(self, epoch):
        return datetime.datetime.fromtimestamp(self.rehearsal(epoch), JST)


def windows_of(path):
    """{channel: [(first day, last day, weekday set, from minute, to minute)]}"""
    root = ElementTree.parse(path).getroot()
    start = datetime.date.fromisoformat(root.find(NS + "dates").get("start"))
    found = {}
    for wave in root.iter(NS + "wave"):
        for w in wave.iter(NS + "window"):
            days = {"weekdays": range(5), "all": range(7)}.get(w.get("days"))
            if days is None:
                raise ValueError(f"{path.name}: this check knows the days \"weekdays\" and \"all\" only")
            minutes = [int(t.split(":")[0]) * 60 + int(t.split(":")[1]) for t in (w.get("from"), w.get("to"))]
            found.setdefault(wave.get("channel"), []).append(
                (start + datetime.timedelta(int(wave.get("from-day"))),
                 start + datetime.timedelta(int(wave.get("to-day"))), set(days), *minutes))
    return found


def in_window(windows, when):
    minute = when.hour * 60 + when.minute
    return any(first <= when.date() <= last and when.weekday() in days and start <= minute < end
               for first, last, days, start, end in windows)


def callids_at_callees(stage):
    """Call-IDs of the INVITEs that sipp itself saw."""
    found = Counter()
    for sipp in stage.sipps.values():
        ids = {re.search(r"^Call-ID: *(\S+)", text, re.M)[1] for _, way, text in sipp.messages()
               if way == "in" and text.startswith("INVITE ")}
        found.update(ids)
    return found


def taken_times(log):
    """{intake: epoch} of the moments when its rows were all committed."""
    found = {}
    for when, intake in re.findall(r"^(\S+)Z .*event=taken intake=(\d+) ", log, re.M):
        found[int(intake)] = datetime.datetime.fromisoformat(when + "+00:00").timestamp()
    return found


# ---- what was said about calls and messages ----

def attempt_of_call(callid):
    found = re.fullmatch(r"(\d+)\.\d+@.+", callid)
    return int(found[1]) if found else None


def attempt_of_url(url):
    found = re.search(r"/receipt/(\d+)/", url)
    return int(found[1]) if found else None


def sent(e):
    """[(epoch, attempt id or None, channel, words)] of all that reached a peer."""
    return ([(t, attempt_of_call(c), "voice", f"call {c}") for t, c, _ in e.relays] +
            [(t, attempt_of_url(u), "sms", f"message of {u.split('/')[-2] if '/' in u else u}") for t, _, u in e.messages])


def intended(e, count):
    """No call or SMS without an intent"""
    for _, attempt, channel, words in sent(e):
        count()
        a = e.attempts.get(attempt)
        if not a or a["channel"] != channel:
            yield f"{words} reached a peer, and there is no such intent"
        elif a["state"] == "dropped":
            yield f"{words} reached a peer, and attempt {attempt} is recorded as never sent"
    strangers = set(e.at_callees) - {c for _, c, _ in e.relays}
    for callid in strangers:
        yield f"call {callid} reached a callee, and not through the trunk"


def once(e, count):
    """No attempt reached a peer twice"""
    seen = Counter((channel, attempt) for _, attempt, channel, _ in sent(e))
    for (channel, attempt), n in seen.items():
        count()
        if n > 1:
            yield f"{channel} attempt {attempt} reached the peer {n} times"
    if len(e.messages) != len(e.texts):
        yield f"the SMS centre took {len(e.texts)} messages, and {len(e.messages)} bear a receipt URL"
    numbers = Counter(to for _, _, to in e.relays)
    for number, calls in e.persons_called.items():
        if calls > numbers[number]:
            yield f"a person was called {calls} times, the trunk passed on {numbers[number]}"


def recorded(e, count):
    """Every attempt that is said to have reached the network is in a peer's log"""
    reached = {attempt for _, attempt, _, _ in sent(e)}
    for a in e.attempts.values():
        count()
        if a["state"] not in ("dropped", "ended", "unknown"):
            yield f"attempt {a['attempt']} is still {a['state']}"
        if a["state"] == "ended" and a["code"] not in (40, 41, 63, 64) and a["attempt"] not in reached:
            yield f"attempt {a['attempt']} ended with {a['code']}, and no peer saw it"


def windows(e, count):
    """No call or SMS outside a window of its campaign"""
    for epoch, attempt, channel, words in sent(e):
        a = e.attempts.get(attempt)
        if not a:
            continue
        count()
        allowed = e.windows[e.runs[a["run"]]["campaign"]].get(channel, [])
        if channel == "sms":
            # one that a conversation asked for follows it, in the window of that call
            allowed = allowed + (e.windows[e.runs[a["run"]]["campaign"]]["voice"] if a["wave"] < 3 else [])
        slack = SECOND if channel == "sms" else 0
        if not any(in_window(allowed, e.clock.civil(epoch + s)) for s in (0, slack)):
            yield f"{words} at {e.clock.civil(epoch):%m-%d %H:%M:%S}: no window is open then"


def when_intended(e, count):
    """Each intent stood on disk before its call or SMS"""
    for epoch, attempt, _, words in sent(e):
        a = e.attempts.get(attempt)
        if not a:
            continue
        count()
        stamp = datetime.datetime.fromisoformat(a["intended"] + "+09:00").timestamp()
        # whole seconds of a real log: the instant is up to a second later, maybe behind a jump
        latest = e.clock.rehearsal(epoch + (SECOND if a["channel"] == "sms" else 0))
        if stamp > latest:
            yield f"{words} came {stamp - latest:.1f} s before its intent"


# ---- debts ----

def targets(e):
    """{intake: rows} of the target files that were taken."""
    return {i: e.given[x["name"]] for i, x in e.intakes.items() if x["run"] and x["name"] in e.given}


def refused_rows(e, intake):
    return {x["row"] for x in e.row_errors[intake] if x["kind"] == "refused"}


def accepted(e):
    """{(intake, row): the row as it came}"""
    return {(i, n): row for i, rows in targets(e).items() for n, row in enumerate(rows, 1)
            if n not in refused_rows(e, i)}


def out_rows(e, part):
    """[(file name, row)] of all out/ files of one kind."""
    return [(p.name, row) for p in sorted(e.out.glob(f"*_{part}_*.csv")) for row in read_csv(p)]


def one_result(e, count):
    """Every accepted debt has exactly one final result row"""
    debts = accepted(e)
    results = Counter()
    for name, row in out_rows(e, "kekka"):
        key = (int(row["受付番号"]), int(row["行番号"]))
        results[key] += 1
        came = debts.get(key)
        if came is None:
            yield f"{name}: a result for row {key[1]} of intake {key[0]}, which was not accepted"
        elif any(came[k] != row[k] for k in KEY) or came["整理番号"] != row["整理番号"]:
            yield f"{name}: row {key[1]} of intake {key[0]} came back with another key"
    for key in debts:
        count()
        if results[key] != 1:
            yield f"row {key[1]} of intake {key[0]} has {results[key]} result rows"


def receipts(e, count):
    """Counts of each receipt are those of its file"""
    rows = {int(r["受付番号"]): r for _, r in out_rows(e, "uketsuke")}
    for i, x in e.intakes.items():
        count()
        r = rows.get(i)
        if r is None:
            yield f"intake {i} has no receipt"
            continue
        given, refused = e.given.get(x["name"], []), int(r["エラー件数"] or 0)
        if int(r["総件数"] or 0) != len(given):
            yield f"intake {i}: the file had {len(given)} rows, its receipt says {r['総件数']}"
        if int(r["受付件数"] or 0) + refused != len(given):
            yield f"intake {i}: taken and refused rows do not add up"
        if refused != len(refused_rows(e, i)):
            yield f"intake {i}: the receipt says {refused} refused, the errors name {len(refused_rows(e, i))}"
    if len(rows) != len(list(e.out.glob("*_uketsuke_*.csv"))):
        yield "a file was acknowledged twice"


def error_kinds(e, count):
    """Wrong rows of every kind were refused, each with its code"""
    for i, x in e.intakes.items():
        if not x["run"]:
            continue
        for n, row in enumerate(e.given[x["name"]], 1):
            wanted = re.match(r"E\d{4}", row["備考"])
            if wanted:
                count()
                codes = {r["code"] for r in e.row_errors[i] if r["row"] == n and r["kind"] == "refused"}
                if codes != {wanted[0]}:
                    yield f"row {n} of {x['name']} should be {wanted[0]}, and is {codes or 'taken'}"


def contacts(e, count):
    """Every counted attempt has exactly one contact record"""
    rows = Counter(int(r["発信番号"]) for _, r in out_rows(e, "kosho"))
    for a in e.attempts.values():
        count()
        wanted = 0 if a["state"] == "dropped" else 1
        if rows[a["attempt"]] != wanted:
            yield f"attempt {a['attempt']} ({a['state']}) has {rows[a['attempt']]} contact records"


# ---- payments ----

def paid_people(e):
    """{(run, person): epoch}: from when on all debts of that person in that run were paid."""
    full = {}
    for i, x in e.intakes.items():
        if x["run"] or x["name"] not in e.given or i not in e.taken:
            continue
        for n, p in enumerate(e.given[x["name"]], 1):
            if p["消込種別"] == "1" and n not in refused_rows(e, i):
                full[(p["業務ID"],) + tuple(p[k] for k in KEY)] = e.taken[i]
    found = {}
    for (intake, _), row in accepted(e).items():
        run = e.intakes[intake]["run"]
        gyomu = e.intakes[intake]["name"][:3]
        at = full.get((gyomu,) + tuple(row[k] for k in KEY))
        found.setdefault((run, row["宛名番号"]), []).append(at)
    return {who: max(times) for who, times in found.items() if None not in times}


def after_payment(e, count):
    """No call or SMS after its payment was taken"""
    paid = paid_people(e)
    for epoch, attempt, _, words in sent(e):
        a = e.attempts.get(attempt)
        when = paid.get((a["run"], a["person"])) if a else None
        if when and epoch > when + TOO_LATE_S:
            yield f"{words}, {epoch - when:.1f} s after the payment was taken"
    for _ in paid:
        count()


# Codes that go before 80 in a debt's result: a conversation that took place is told, paid or not.
TOLD = {"10", "11", "12", "50", "51", "52", "60", "61", "90"}


def settled(e, count):
    """Paid debts say so: 80, a correction, or what the contact found before the payment"""
    corrected = {tuple(r[k] for k in KEY) for _, r in out_rows(e, "teisei") if r["訂正後結果"] == "80"}
    results = {(int(r["受付番号"]), int(r["行番号"])): r for _, r in out_rows(e, "kekka")}
    paid = paid_people(e)
    for (intake, n), row in accepted(e).items():
        if (e.intakes[intake]["run"], row["宛名番号"]) in paid:
            count()
            result = results.get((intake, n))
            if result and result["結果"] not in {"80"} | TOLD and tuple(row[k] for k in KEY) not in corrected:
                yield f"row {n} of intake {intake} is paid; its result is {result['結果']}, without a correction"


def reduced(e, count):
    """Debts paid in part go on with the rest"""
    rest = {}
    for i, x in e.intakes.items():
        if not x["run"] and x["name"] in e.given and i in e.taken:
            rest.update({(p["業務ID"],) + tuple(p[k] for k in KEY): (p["残額"], e.taken[i])
                         for p in e.given[x["name"]] if p["消込種別"] == "2" and p["残額"]})
    results = {(int(r["受付番号"]), int(r["行番号"])): r for _, r in out_rows(e, "kekka")}
    last = {}
    for epoch, attempt, _, _ in sent(e):
        if attempt in e.attempts:
            who = (e.attempts[attempt]["run"], e.attempts[attempt]["person"])
            last[who] = max(epoch, last.get(who, 0))
    for (intake, n), row in accepted(e).items():
        found = rest.get((e.intakes[intake]["name"][:3],) + tuple(row[k] for k in KEY))
        if not found:
            continue
        amount, when = found
        count()
        result = results.get((intake, n))
        contacted = last.get((e.intakes[intake]["run"], row["宛名番号"]), 0) > when + TOO_LATE_S
        if contacted and result and result["未納額"] != amount:
            yield f"row {n} of intake {intake}: {amount} yen are left, its result says {result['未納額']}"


# ---- files ----

def files(e, count):
    """Every file that went out is there, as recorded, under a number of its own"""
    numbers = Counter()
    for f in e.outfiles:
        count()
        numbers[f["file"]] += 1
        there = (e.out / f["name"]).exists()
        if f["state"] != "delivered" or not there:
            yield f"file {f['file']} is {f['state']}, and {'is' if there else 'is not'} in out/"
            continue
        data = (e.out / f["name"]).read_bytes()
        if hashlib.sha256(data).hexdigest() != f["sha256"] or len(data) != f["bytes"]:
            yield f"file {f['file']} has other bytes than recorded"
        inside = {int(r["連番"]) for r in read_csv(e.out / f["name"])}
        if inside - {f["file"]}:
            yield f"{f['name']} holds rows of file number {inside}"
    for number, n in numbers.items():
        if n > 1:
            yield f"file number {number} was used {n} times"
    for name in e.there - {f["name"] for f in e.outfiles}:
        yield f"{name} is in out/, and in no record"


def archive(e, count):
    """the archive's sealed days verify: signatures, chain, each file"""
    status, lines = e.archive[0], [json.loads(line) for line in e.archive[1].splitlines()]
    for line in lines:
        if "finding" in line:
            yield f"{line['day']} {line['finding']} {line['path']}: {line['words']}"
        elif line.get("state") == "signed":
            for _ in range(line["files"]):
                count()
        elif line.get("state") == "unsigned":
            yield f"{line['day']} is not signed"
    if status != 0:
        yield f"osame archive verify: status {status}"


CHECKS = (one_result, receipts, error_kinds, intended, when_intended, once, recorded, windows,
          after_payment, settled, reduced, contacts, files, archive)


def check(e, say):
    """Prints each check with its findings; the number of those that failed."""
    failed = 0
    for one in CHECKS:
        seen = Counter()
        wrong = list(one(e, lambda: seen.update(n=1)))
        if not seen["n"]:
            wrong.append("nothing was there to look at")
        failed += bool(wrong)
        say(f"{'FAILED' if wrong else 'ok':6}  {one.__doc__} ({seen['n']})")
        for line in wrong[:10]:
            say(f"          {line}")
        if len(wrong) > 10:
            say(f"          and {len(wrong) - 10} more")
    return failed


def summary(e, say):
    total = {k: sum(e.intakes[i][k] for i in targets(e)) for k in ("rows", "taken", "refused", "warned")}
    people = {row["宛名番号"] for row in accepted(e).values()}
    calls = [a for a in e.attempts.values() if a["channel"] == "voice"]
    texts = [a for a in e.attempts.values() if a["channel"] == "sms"]
    codes = Counter(int(r["結果"]) for _, r in out_rows(e, "kekka"))
    words = {int(r["結果"]): r["結果名"] for _, r in out_rows(e, "kekka")}
    say(f"rows       {total['rows']} came, {total['taken']} taken, {total['refused']} refused, "
        f"{total['warned']} with a warning")
    say(f"people     {len(people)}, in {len(e.runs)} runs")
    say(f"calls      {len(calls)}: " + counted(calls))
    say(f"SMS        {len(texts)}: " + counted(texts))
    say("results    " + ", ".join(f"{code} {words[code]} {n}" for code, n in sorted(codes.items())))
    say(f"payments   {len(paid_people(e))} people settled, "
        f"{len(out_rows(e, 'teisei'))} corrections")
    kinds = Counter(f["kind"] for f in e.outfiles)
    say(f"files      {len(e.intakes)} in, {len(e.outfiles)} out (" +
        ", ".join(f"{k} {n}" for k, n in sorted(kinds.items())) + ")")
    for a in e.alerts:
        say(f"alert      {a['alert']} ({a['state']}): {a['words']}")
    say(f"engine     longest turn {e.status['turn_longest_ms']} ms in {e.status['turns']} turns")


def counted(attempts):
    found = Counter((a["code"], a["outcome"] if a["outcome"] else a["state"]) for a in attempts)
    return ", ".join(f"{code or ''} {word} {n}".strip() for (code, word), n in sorted(found.items()))


def rehearsed(e):
    first, last = e.clock.jumps[0][1], e.clock.jumps[-1][1]
    return str(datetime.timedelta(seconds=(last - first) // 1000))
