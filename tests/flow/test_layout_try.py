"""osame layout try and describe: what a sample is understood as, without an engine."""
import json
import subprocess

import pytest

from tests.support.osamed import BUILD, ROOT

HEAD = "市区町村コード,業務ID,宛名番号,科目,調定年度,賦課年度,期別,通知書番号,消込種別,残額\r\n"
GOOD = "202096,014,100,002,2026,2026,1,A1,1,\r\n"
LAYOUT = ROOT / "specs/layouts/payments.xml"


def run(program, *words):
    return subprocess.run([BUILD / program, *words], cwd=ROOT, capture_output=True, text=True, timeout=60)


def attempt(tmp_path, text, *options, layout=LAYOUT):
    sample = tmp_path / "sample.csv"
    sample.write_bytes(text if isinstance(text, bytes) else text.encode())
    return run("osame", *options, "layout", "try", layout, sample)


@pytest.mark.parametrize("what, text, status, says", [
    ("good", HEAD + GOOD, 0, "1 rows: 1 good, 0 refused; 0 warnings"),
    ("nothing but a header", HEAD, 0, "0 rows: 0 good, 0 refused; 0 warnings"),
    ("mended", HEAD + GOOD.replace(",002,", ",2,"), 0, "row 1: warning E0002 科目:"),
    ("a row refused", HEAD + GOOD + GOOD.replace(",1,\r", ",2,\r"), 1, "row 2: ERROR E0004 残額:"),
    ("a file refused", HEAD + '"x', 4, "REFUSED E0004"),
    ("another file altogether", "a,b\r\n", 4, "REFUSED E0004"),
    ("CP932 for UTF-8", (HEAD + GOOD).encode("cp932"), 4, "REFUSED E0002"),
])
def test_status_and_words(tmp_path, what, text, status, says):
    done = attempt(tmp_path, text)
    assert done.returncode == status, done
    assert says in done.stdout, done


def test_a_row_is_shown_as_understood(tmp_path):
    done = attempt(tmp_path, HEAD + GOOD.replace(",2026,2026,", ",R8,,"))
    assert "person=100 gyomu=014 tax=002 fuka_year=2026 chotei_year=2026" in done.stdout
    assert "payment=full" in done.stdout


def test_json(tmp_path):
    done = attempt(tmp_path, HEAD + GOOD + GOOD.replace("014", "999") + GOOD.replace(",2026,2026,", ",R8,,"), "--json")
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 1
    assert lines[0]["row"] == 1 and lines[0]["fields"]["person"] == "100"
    assert lines[1] == {"row": 2, "error": "E0005", "item": "業務ID", "words": "コード表にない値です。"}
    assert lines[2]["row"] == 3 and lines[2]["warning"] == "E0002" and lines[2]["item"] == "調定年度"
    assert lines[3]["row"] == 3 and lines[3]["fields"]["chotei_year"] == "2026"
    assert lines[4] == {"rows": 3, "good": 2, "refused": 1, "warnings": 1}


def test_rows_come_in_the_order_of_the_file(tmp_path):
    sample = next((ROOT / "tests/fixtures/demo/files").glob("015_*"))
    done = run("osame", "--json", "layout", "try", ROOT / "specs/layouts/targets-015.xml", sample)
    rows = [json.loads(line)["row"] for line in done.stdout.splitlines() if '"fields"' in line]
    assert rows == sorted(rows) and len(rows) > 10


def test_every_sample_is_read_and_named(tmp_path):
    good = next((ROOT / "tests/fixtures/demo/files").glob("000_*"))
    bad = tmp_path / "bad.csv"
    bad.write_text("x\n")
    done = run("osame", "layout", "try", LAYOUT, bad, "/nonexistent", good)
    assert done.returncode == 4 and "/nonexistent" in done.stderr
    lines = done.stdout.splitlines()
    assert lines.index(f"== {bad}") < lines.index(f"== {good}") and "rows:" in lines[-1]
    done = run("osame", "--json", "layout", "try", LAYOUT, bad, good)
    assert [o["file"] for o in map(json.loads, done.stdout.splitlines()) if "file" in o] == [str(bad), str(good)]


@pytest.mark.parametrize("words, status, says", [
    (["layout", "try"], 2, "needs a layout and a sample"),
    (["layout", "try", LAYOUT], 2, "needs a layout and a sample"),
    (["layout", "sing", LAYOUT], 2, "layout try FILE SAMPLE"),
    (["layout", "try", ROOT / "specs/layouts/results.xml", LAYOUT], 2, "go out"),
    (["layout", "try", LAYOUT, "/nonexistent"], 4, "/nonexistent"),
    (["layout", "try", "/nonexistent", LAYOUT], 4, "/nonexistent"),
    (["layout", "describe", "/nonexistent"], 4, "/nonexistent"),
    (["layout", "check", ROOT / "README.md"], 4, "ends with .xml"),
    (["layout", "try", ROOT / "README.md", LAYOUT], 4, "ends with .xml"),
])
def test_usage(words, status, says):
    done = run("osame", *words)
    assert done.returncode == status and says in done.stderr, done


def test_describe_is_the_page(tmp_path):
    done = run("osame", "layout", "describe", LAYOUT)
    assert done.returncode == 0
    assert done.stdout == (ROOT / "docs/layouts/payments.md").read_text()
