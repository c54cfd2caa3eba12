"""The demonstration's checks can fail: each is given evidence that is right, then wrong in one thing."""
from types import SimpleNamespace

import pytest

from tests.support import demo_claim as claim

T0 = 1796631300  # 2026-12-07 17:15:00 +09:00
ROW = {"宛名番号": "1", "科目": "001", "調定年度": "2026", "賦課年度": "2026", "期別": "4", "通知書番号": "N1",
       "整理番号": "S1", "備考": ""}
RESULT = {**ROW, "受付番号": "1", "行番号": "1", "結果": "10", "連番": "3"}
PAID = {**ROW, "業務ID": "015", "消込種別": "1", "残額": ""}


def evidence(tmp_path):
    """One person, one debt, one call in its window, one result."""
    e = SimpleNamespace()
    e.runs = {1: {"campaign": "c"}}
    e.attempts = {7: {"attempt": 7, "run": 1, "person": "1", "channel": "voice", "state": "ended", "code": 10,
                      "wave": 1, "intended": "2026-12-07 17:15:01"}}
    e.intakes = {1: {"name": "015_x", "run": 1}, 2: {"name": "pay", "run": 0}}
    e.row_errors = {1: [], 2: []}
    e.given = {"015_x": [dict(ROW)], "pay": []}
    e.clock = claim.Clock(f"1000000 {T0 * 1000}\n")
    e.windows = {"c": {"voice": [(claim.datetime.date(2026, 12, 7),) * 2 + ({0}, 17 * 60 + 15, 18 * 60)], "sms": []}}
    e.relays = [(1002.0, "7.1@127.0.0.1", "0265901001")]
    e.messages, e.texts, e.persons_called = [], [], {}
    e.at_callees = {"7.1@127.0.0.1": 1}
    e.taken = {1: 999.0}
    e.out = tmp_path
    e.outfiles, e.there = [], set()
    e.archive = (0, '{"day": "2026-12-07", "state": "signed", "files": 3}\n')
    write(e, "kekka", RESULT)
    return e


def write(e, part, *rows):
    with open(e.out / f"000_{part}_1.csv", "w", encoding="utf-8", newline="") as f:
        w = claim.csv.DictWriter(f, list(rows[0]))
        w.writeheader()
        w.writerows(rows)


def pay(e, at):
    e.given["pay"].append(dict(PAID))
    e.taken[2] = at


def add_call(e, epoch, callid="7.1@127.0.0.1"):
    e.relays.append((epoch, callid, "0265901001"))


CASES = [
    ("right as it is", None, None),
    ("a result is missing", claim.one_result, lambda e: (e.out / "000_kekka_1.csv").unlink()),
    ("a debt has two results", claim.one_result, lambda e: write(e, "kekka", RESULT, RESULT)),
    ("a result for a refused row", claim.one_result,
     lambda e: e.row_errors[1].append({"row": 1, "kind": "refused", "code": "E0001"})),
    ("a result with another key", claim.one_result, lambda e: write(e, "kekka", {**RESULT, "期別": "5"})),
    ("a call of nobody's", claim.intended, lambda e: add_call(e, 1002.0, "8.1@127.0.0.1")),
    ("a call that is no attempt's at all", claim.intended, lambda e: add_call(e, 1002.0, "x@y")),
    ("a call recorded as dropped", claim.intended, lambda e: e.attempts[7].update(state="dropped")),
    ("a call past the trunk", claim.intended, lambda e: e.at_callees.update({"9.1@h": 1})),
    ("a message without an intent", claim.intended,
     lambda e: e.messages.append((1002.0, "0901", "http://h/receipt/8/ab?s=1"))),
    ("a message under a call's id", claim.intended,
     lambda e: e.messages.append((1002.0, "0901", "http://h/receipt/7/ab?s=1"))),
    ("the same call twice", claim.once, lambda e: add_call(e, 1003.0)),
    ("a message that bears no receipt URL", claim.once, lambda e: e.texts.append("?")),
    ("an outcome of a call that no peer saw", claim.recorded, lambda e: e.relays.clear()),
    ("an attempt without an end", claim.recorded, lambda e: e.attempts[7].update(state="placed")),
    ("before the window", claim.windows, lambda e: e.relays.__setitem__(0, (990.0, "7.1@127.0.0.1", "0"))),
    ("after the window", claim.windows, lambda e: e.relays.__setitem__(0, (1000.0 + 2700, "7.1@127.0.0.1", "0"))),
    ("before its intent", claim.when_intended, lambda e: e.attempts[7].update(intended="2026-12-07 17:15:09")),
    ("after its payment", claim.after_payment, lambda e: pay(e, 1000.5)),
    ("a file in out/ that no record knows", claim.files, lambda e: e.there.add("000_kekka_9.csv")),
    ("a changed file in the archive", claim.archive, lambda e: setattr(e, "archive", (
        1, '{"finding": "changed", "day": "2026-12-07", "path": "a/b", "words": "x"}'))),
    ("a day without a signature", claim.archive, lambda e: setattr(e, "archive", (
        0, '{"day": "2026-12-07", "state": "unsigned", "files": 3}'))),
    ("paid, and no word of it", claim.settled,
     lambda e: (pay(e, 1003.0), write(e, "kekka", {**RESULT, "結果": "20"}))),
]


@pytest.mark.parametrize("what, check, break_it", CASES, ids=[c[0] for c in CASES])
def test_checks(tmp_path, what, check, break_it):
    e = evidence(tmp_path)
    if break_it:
        break_it(e)
    for one in ([check] if check else [claim.one_result, claim.intended, claim.once, claim.recorded, claim.windows,
                                       claim.when_intended, claim.files, claim.archive]):
        assert bool(list(one(e, lambda: None))) == bool(check), one.__doc__


def test_seeing_nothing_is_a_failure(tmp_path):
    e = evidence(tmp_path)
    e.relays, e.at_callees, e.attempts = [], {}, {}
    said = []
    real, claim.CHECKS = claim.CHECKS, (claim.intended,)
    try:
        assert claim.check(e, said.append) == 1
    finally:
        claim.CHECKS = real
    assert "nothing was there" in said[-1]
