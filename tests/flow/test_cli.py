"""The programs from outside: osamed --check and --dump, osame against an engine of ours.

The engine here is a socket that answers as it is told, so that every failure between
the command line and an engine can be made.
"""
import json
import os
import re
import shutil
import socket
import subprocess
import threading
from pathlib import Path

import pytest

from tests.support.peer import remove, temporary_folder

BUILD = Path(os.environ.get("OSAME_BUILD", "build/release")).resolve()
ROOT = Path(__file__).resolve().parents[2]


def run(program, *args, env=None, cwd=ROOT, timeout=60):
    return subprocess.run([BUILD / program, *map(str, args)], capture_output=True, text=True,
                          timeout=timeout, cwd=cwd, env={**os.environ, "OSAME_SOCKET": "", **(env or {})})


@pytest.fixture
def folder():
    made = temporary_folder()
    yield made
    remove(made)


# ---- osamed ----

def test_dump_is_a_valid_file(folder):
    made = run("osamed", "--dump")
    assert made.returncode == 0
    (folder / "osame.conf").write_text(made.stdout)
    assert run("osamed", "--check", folder / "osame.conf").returncode == 0


def test_manual_is_in_the_docs():
    made = run("osamed", "--dump=man")
    assert made.returncode == 0
    assert made.stdout in (ROOT / "docs/configuration.md").read_text()


def test_check_says_file_line_and_remedy(folder):
    conf = folder / "bad.conf"
    conf.write_text("[engine]\ntick = 5\ncolour = red\n")
    for args in (["--check", conf], ["-c", conf]):
        bad = run("osamed", *args)
        assert bad.returncode == 4
        assert f"{conf}:2: error: tick = 5 needs a unit" in bad.stderr
        assert f"{conf}:3: error: unknown key \"colour\"" in bad.stderr
        assert "section [trunk NAME] is missing" in bad.stderr
        assert "not started" in bad.stderr or "nothing was started" in bad.stderr
        assert bad.stdout == ""


@pytest.mark.parametrize("args, status", [
    ([], 2), (["--nothing"], 2), (["--check"], 2), (["--check", "a", "b"], 2),
    (["--dump=html"], 2), (["--version"], 0), (["--help"], 0),
    (["--check", "/nonexistent"], 4),
])
def test_osamed_usage(args, status):
    assert run("osamed", *args).returncode == status



# ---- an engine of ours ----

class Engine:
    """Answers each line with answer(call): members of a message, bytes sent as they are (half a line
    ends the connection), or None: it ends without a word."""

    def __init__(self, path, answer):
        self.path, self.answer, self.calls = str(path), answer, []
        self.server = socket.socket(socket.AF_UNIX)
        self.server.bind(self.path)
        self.server.listen(4)
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def serve(self):
        while True:
            try:
                client, _ = self.server.accept()
            except OSError:
                return
            try:
                self.talk(client)
            except ConnectionError:
                pass  # osame left before it read all

    def talk(self, client):
        with client, client.makefile("rb") as lines:
            for line in lines:
                call = json.loads(line)
                self.calls.append((call["method"], call["params"]))
                answer = self.answer(call)
                if answer is None:
                    return
                if isinstance(answer, dict):
                    answer = json.dumps({"jsonrpc": "2.0", "id": call["id"], **answer}).encode() + b"\n"
                client.sendall(answer)
                if not answer.endswith(b"\n"):
                    return

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.shutdown(socket.SHUT_RDWR)
        self.server.close()
        self.thread.join(5)


def result(value):
    return lambda call: {"result": value}


def osame(folder, answer, *args):
    with Engine(folder / "s", answer) as engine:
        done = run("osame", "-c", folder / "s", *args)
    os.unlink(folder / "s")
    return done, engine.calls


@pytest.mark.parametrize("words, method, params", [
    (["status"], "status", {}),
    (["run"], "run.list", {}),
    (["run", "list", "--state", "draft"], "run.list", {"state": "draft"}),
    (["run", "show", "7"], "run.show", {"run": 7}),
    (["run", "submit", "7"], "run.submit", {"run": 7}),
    (["run", "approve", "7"], "run.approve", {"run": 7}),
    (["run", "start", "7"], "run.start", {"run": 7}),
    (["run", "pause", "7"], "run.pause", {"run": 7}),
    (["run", "resume", "7"], "run.resume", {"run": 7}),
    (["run", "close", "7"], "run.close", {"run": 7}),
    (["run", "stop", "7"], "run.stop", {"run": 7}),
    (["stop-all"], "stop.all", {}),
    (["target", "list", "--run", "7"], "target.list", {"run": 7}),
    (["target", "show", "--run", "7", "000012345"], "target.show", {"run": 7, "person": "000012345"}),
    (["attempts", "--run", "7", "--open"], "attempt.list", {"run": 7, "open": True}),
    (["campaign"], "campaign.list", {}),
    (["campaign", "show", "reminder"], "campaign.show", {"campaign": "reminder"}),
    (["campaign", "check", "reminder"], "campaign.check", {"campaign": "reminder"}),
    (["intake"], "intake.list", {}),
    (["intake", "show", "3"], "intake.show", {"intake": 3}),
    (["outfiles"], "outfile.list", {}),
    (["alerts"], "alert.list", {}),
    (["spool"], "spool.list", {}),
])
def test_words_are_methods(folder, words, method, params):
    done, calls = osame(folder, result({"rows": []}), *words)
    assert done.returncode == 0, done.stderr
    assert calls == [(method, params)]


@pytest.mark.parametrize("words, complaint", [
    ([], "usage:"),
    (["dance"], "no such command: dance"),
    (["run", "dance"], "one word too many: dance"),
    (["run", "show"], "needs the run"),
    (["run", "show", "seven"], "run must be a whole number"),
    (["run", "show", "0"], "run must be a whole number"),
    (["run", "show", "7", "8"], "one word too many: 8"),
    (["run", "show", "7", "--state", "draft"], "takes no --state"),
    (["run", "list", "--state", "nice"], "state must be one of"),
    (["target", "list"], "needs the parameter \"run\""),
    (["target", "show", "1"], "needs the parameter \"run\""),
    (["campaign", "show", "../x"], "campaign must be an identifier"),
    (["run", "stop", "7", "--watch"], "cannot be watched"),
    (["status", "--limit", "0"], "--limit"),
    (["attempts", "--run", "1", "--run", "2"], "given twice"),
    (["--colour", "status"], "unrecognized option"),
    (["layout", "check"], "needs one or several files"),
    (["spec", "check", "a", "b"], "needs one folder"),
])
def test_usage_sends_nothing(folder, words, complaint):
    done, calls = osame(folder, result({}), *words)
    assert done.returncode == 2
    assert complaint in done.stderr
    assert calls == []


def test_pages_are_fetched_to_the_end(folder):
    def answer(call):
        first = int(call["params"].get("after", "0"))
        rows = [{"run": i, "state": "draft"} for i in range(first, first + 3)]
        return {"result": {"rows": rows, **({"next": str(first + 3)} if first < 6 else {})}}

    done, calls = osame(folder, answer, "run")
    assert done.stdout.split() == ["RUN", "STATE"] + [w for i in range(9) for w in (str(i), "draft")]
    assert [c[1] for c in calls] == [{}, {"after": "3"}, {"after": "6"}]
    done, calls = osame(folder, answer, "run", "--json")
    assert [len(json.loads(line)["rows"]) for line in done.stdout.splitlines()] == [3, 3, 3]


def test_limit_ends_a_listing(folder):
    def answer(call):
        n = call["params"]["limit"]
        return {"result": {"rows": [{"run": i} for i in range(min(n, 3))], "next": "00"}}

    done, calls = osame(folder, answer, "run", "--limit", "5")
    assert done.returncode == 0
    assert [c[1]["limit"] for c in calls] == [5, 2]
    assert len(done.stdout.splitlines()) == 6


def test_an_empty_listing_says_so(folder):
    assert osame(folder, result({"rows": []}), "run")[0].stdout == "none\n"


def test_what_stands_beside_rows(folder):
    done, _ = osame(folder, result({"state": "taken", "rows": [{"row": 3, "code": "E0002"}]}),
                    "intake", "show", "1")
    assert done.stdout == "state: taken\n\nROW  CODE\n  3  E0002\n"


def test_terminal_commands_in_names_are_not_obeyed(folder):
    done, _ = osame(folder, result({"rows": [{"name": "a\033]0;owned\007.csv"}]}), "spool")
    assert "\033" not in done.stdout and "a?]0;owned?.csv" in done.stdout


def error(code, message):
    return lambda call: {"error": {"code": code, "message": message}}


@pytest.mark.parametrize("answer, status, words", [
    (error(-32005, "run 7 is closed"), 1, "osame: run 7 is closed"),
    (error(-32002, "for managers"), 1, "for managers"),
    (error(-32001, "uid 5 is no user"), 3, "uid 5 is no user"),
    (lambda call: None, 3, "closed the connection"),
    (lambda call: b"garbage\n", 3, "protocol error"),
    (lambda call: b"{}\n", 3, "protocol error"),
    (lambda call: b"x" * 70000 + b"\n", 3, "protocol error"),
    (lambda call: b'{"jsonrpc":"2.0",', 3, "closed the connection"),
])
def test_what_the_engine_may_answer(folder, answer, status, words):
    done, _ = osame(folder, answer, "run", "show", "7")
    assert done.returncode == status
    assert words in done.stderr
    assert done.stdout == ""


def test_a_refusal_as_json(folder):
    done, _ = osame(folder, error(-32005, "no"), "--json", "run", "show", "7")
    assert done.returncode == 1
    assert json.loads(done.stdout)["error"]["code"] == -32005


def test_a_check_that_found_errors_is_a_refusal(folder):
    done, _ = osame(folder, result({"ok": False, "problems": [{"line": 3, "what": "bad"}]}),
                    "campaign", "check", "x")
    assert done.returncode == 1
    assert "bad" in done.stdout


def test_no_engine(folder):
    done = run("osame", "-c", folder / "nobody", "status")
    assert done.returncode == 3
    assert f"cannot reach the engine at {folder}/nobody" in done.stderr
    assert run("osame", "status", env={"OSAME_SOCKET": str(folder / "none")}).returncode == 3


def test_the_socket_is_found_in_a_configuration(folder):
    text = run("osamed", "--dump").stdout
    conf = folder / "osame.conf"
    conf.write_text(text.replace("/run/osame/operators.sock", "s"))
    with Engine(folder / "s", result("fine")):
        done = run("osame", "-c", conf, "status")
    assert (done.returncode, done.stdout) == (0, "fine\n")
    conf.write_text("[engine]\n")
    assert run("osame", "-c", conf, "status").returncode == 4


def test_watch_ends_when_the_run_is_over(folder):
    states = iter(["running", "running", "closed"])
    done, calls = osame(folder, lambda call: {"result": {"run": 7, "state": next(states)}},
                        "run", "show", "7", "--watch")
    assert done.returncode == 0
    assert len(calls) == 3 and done.stdout.count("running") == 2


def test_a_full_disk_is_no_success(folder):
    with Engine(folder / "s", result("fine")):
        with open("/dev/full", "w") as full:
            done = subprocess.run([BUILD / "osame", "-c", folder / "s", "status"], stdout=full,
                                  stderr=subprocess.PIPE, text=True, timeout=30)
    assert done.returncode == 1 and "cannot write" in done.stderr


# ---- offline ----

def test_schemas_are_written(folder):
    assert run("osame", "--write-schemas", folder).returncode == 0
    kept = ROOT / "schemas/control"
    names = sorted(p.name for p in folder.iterdir())
    assert names == sorted(p.name for p in kept.iterdir())
    for name in names:
        assert (folder / name).read_text() == (kept / name).read_text()
        json.loads((folder / name).read_text())
    assert run("osame", "--write-schemas", folder / "none").returncode == 4


def test_scenarios_of_the_project_check():
    scenarios = sorted((ROOT / "specs/scenarios").glob("*.vxml"))
    done = run("osame", "scenario", "check", *scenarios)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count(": ok") == len(scenarios) > 0


def test_a_scenario_that_tells_too_much(folder):
    bad = folder / "bad.vxml"
    text = (ROOT / "specs/scenarios/reminder.vxml").read_text()
    bad.write_text(text.replace("<block", "<block", 1)[:len(text) // 2])
    done = run("osame", "--specs", ROOT / "specs", "scenario", "check", bad)
    assert done.returncode == 4
    assert "bad.vxml:" in done.stderr


@pytest.mark.parametrize("object", ["layout", "scenario", "spec"])
def test_files_that_are_not_there(folder, object):
    done = run("osame", "--specs", ROOT / "specs", object, "check", folder / "none")
    assert done.returncode == 4, done.stderr


def test_scenario_say_makes_sound(folder):
    done = run("osame", "--out", folder, "scenario", "say", ROOT / "specs/scenarios/notice.vxml",
               timeout=300)  # a core's work of half a minute
    assert done.returncode == 0, done.stderr
    assert "ノーキゲン" in done.stdout
    first = (folder / "prompt-0.wav").read_bytes()
    assert first[:4] == b"RIFF" and first[8:12] == b"WAVE"
    assert len(first) == 46 + int.from_bytes(first[42:46], "little") > 8000


TO_SOMEBODY = """<vxml version="2.1" o:kind="reminder" xmlns="http://www.w3.org/2001/vxml"
 xmlns:o="urn:osame:scenario:1"><menu id="a"><prompt><say-as interpret-as="name"><value expr="target.name"/></say-as>様
 ですか。</prompt><choice dtmf="1" next="#b"/></menu><form id="b"><field name="f" type="digits?length=4">
 <prompt>月日を。</prompt><filled><if cond="matches_birth(f)"><o:level n="2"/><goto next="#c"/></if></filled></field>
 </form><form id="c"><block><prompt><value expr="target.debts[0].tax"/>の第<value expr="target.debts[0].period"/>期、
 <say-as interpret-as="currency"><value expr="target.total"/></say-as></prompt></block>
 <field name="day" type="digits?length=4"><prompt>いつですか。</prompt></field><block>
 <prompt><say-as interpret-as="date"><value expr="date_of(day, 30)"/></say-as>ですね。</prompt></block></form></vxml>
"""


@pytest.fixture
def say(folder):
    """say(target…): what the resident of --target would hear."""
    path = folder / "somebody.vxml"
    path.write_text(TO_SOMEBODY)
    return lambda *target: run("osame", "--specs", ROOT / "specs", "scenario", "say", path, *target)


def test_scenario_say_to_a_resident(say):
    """His own name and debts, in the way that the call would take: 髙橋 by its variant, since no フリガナ is given."""
    done = say("--target", "name=髙橋花子,kana=,birth=0401,debt=軽自動車税/2026/1/2026-06-01/7200")
    assert done.returncode == 0, done.stderr
    assert "タカハシハナコサマデスカ" in done.stdout
    assert "ケイジドーシャゼーノダイイッキ" in done.stdout and "ナナセンニヒャクエン" in done.stdout
    assert "固定資産税" not in done.stdout, "the invented resident's"
    assert done.stdout.count("日ですね") == 1, "of the keyed dates one is enough"


TWO_DEBTS = ("debt=軽自動車税/2026/1/2026-06-01/7200", "debt=国民健康保険税/2026/1/2026-07-31/12300")


@pytest.mark.parametrize("path", sorted((ROOT / "specs/scenarios").glob("*.vxml")), ids=lambda path: path.stem)
def test_every_sentence_that_ships_can_be_spoken(path):
    target = ",".join(("name=髙橋花子", "kana=タカハシハナコ", "birth=0401", *TWO_DEBTS))
    done = run("osame", "--specs", ROOT / "specs", "scenario", "say", path, "--target", target, timeout=300)
    assert done.returncode == 0, done.stderr


def test_scenario_say_takes_the_next_way_for_a_name_that_cannot_be_read(say):
    done = say("--target", "name=田中ABCé,kana=")
    assert done.returncode == 4, "without フリガナ there is no other way in this scenario"
    assert "cannot be read at" in done.stderr and "é" in done.stderr
    done = say("--target", "name=田中ABCé,kana=タナカ")
    assert done.returncode == 0, done.stderr
    assert "タナカサマデスカ" in done.stdout


@pytest.mark.parametrize("target", ["nam=x", "name", "birth=12", "birth=12ab", "debt=a/b/c/d", "inbound=maybe",
                                    "debt=a/b/c/2026-13-01/5", "debt=a/b/c/2026-01-01/-5", "debt=a/b/c/2026-01-01/"])
def test_a_target_that_is_not_understood(say, target):
    done = say("--target", target)
    assert done.returncode == 2
    assert "is not understood" in done.stderr and done.stdout == ""


def test_layouts_of_the_project_check():
    layouts = sorted((ROOT / "specs/layouts").glob("*.xml"))
    done = run("osame", "layout", "check", *layouts)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count(": ok") == len(layouts) > 0


def test_a_bad_layout_beside_a_good_one(folder):
    good = (ROOT / "specs/layouts/payments.xml").read_text()
    (folder / "payments.xml").write_text(good)
    (folder / "bad.xml").write_text(good.replace("</layout>", "<nonsense/></layout>"))
    assert run("osame", "layout", "check", folder / "payments.xml").returncode == 0
    bad = run("osame", "layout", "check", folder / "bad.xml")
    assert bad.returncode == 4
    assert "bad.xml:" in bad.stderr and "payments.xml" not in bad.stderr


def test_specs_of_the_project_check():
    done = run("osame", "spec", "check", ROOT / "specs")
    assert done.returncode == 0, done.stderr


def test_specs_with_a_scenario_missing(folder):
    specs = folder / "specs"
    shutil.copytree(ROOT / "specs", specs)
    (specs / "scenarios/reminder.vxml").unlink()
    done = run("osame", "spec", "check", specs)
    assert done.returncode == 4
    assert "reminder.vxml" in done.stderr


def test_departments_come_from_the_configuration(folder):
    conf = folder / "osame.conf"
    text = run("osamed", "--dump").stdout
    conf.write_text(text)
    assert run("osame", "-c", conf, "--schemas", ROOT / "schemas", "spec", "check",
               ROOT / "specs").returncode == 0
    conf.write_text(text.replace("[department zeimu]", "[department kaigo]")
                    .replace("department = zeimu", "department = kaigo"))
    done = run("osame", "-c", conf, "--schemas", ROOT / "schemas", "spec", "check", ROOT / "specs")
    assert done.returncode == 4
    assert "add [department zeimu]" in done.stderr


def test_every_option_that_the_help_names_is_known():
    """`osame money --month` and `sms resend --anyway` once stood in the help alone."""
    named = sorted(set(re.findall(r"--[a-z][a-z-]+", run("osame", "--help").stdout)))
    assert len(named) > 20
    for option in named:
        said = run("osame", "no-such-command", option, "x")
        assert "unrecognized" not in said.stderr, option
