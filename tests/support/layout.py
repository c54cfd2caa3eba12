"""A layout of specs/layouts/ as tests need it: its columns, and rows with every column filled.

    layout = Layout("targets-014")
    layout.file([layout.row(1, care="sms-only", amount="500")])   # bytes, by field or by item
"""
import csv
import io
import xml.etree.ElementTree as ET

from tests.support.osamed import ROOT

NS = "{urn:osame:layout:1}"

# What fills a column that a test says nothing of, by field.
USUAL = {
    "name": "髙橋　太郎", "kana": "タカハシ　タロウ", "birth_date": "1970-05-21", "chotei_year": "2026",
    "fuka_year": "2026", "period": "3", "due_date": "2026-11-30", "amount": "12300", "number1": "",
    "kind1": "home", "sms1": "no", "kind2": "mobile", "sms2": "yes", "kind3": "work", "sms3": "no", "late_charge": "150",
    "pay_method": "slip", "demand_sent": "2026-12-03", "slip_until": "2026-12-25", "contact": "self",
    "name_group": "900001", "household": "800001", "language": "ja", "care": "none",
}


class Layout:
    def __init__(self, name, specs=ROOT / "specs"):
        root = ET.parse(specs / "layouts" / f"{name}.xml").getroot()
        file = root.find(f"{NS}file")
        self.name, self.kind, self.gyomu = name, root.get("kind"), root.get("gyomu")
        self.pattern = file.get("pattern")
        self.encoding = "cp932" if file.get("encoding") == "CP932" else "utf-8"
        self.columns = [c for c in root.find(f"{NS}columns") if c.get("item")]
        self.items = [c.get("item") for c in self.columns]
        self.fields = {c.get("field") for c in root.find(f"{NS}columns")} - {None}

    def cell(self, column, value):
        """The file's own code for a mapped value, or the value."""
        codes = {m.get("value", m.get("code")): m.get("code") for m in column.findall(f"{NS}map")}
        return codes.get(value, value)

    def first_code(self, column):
        maps = column.findall(f"{NS}map")
        return maps[0].get("code") if maps else ""

    def row(self, n, **values):
        values = {"person": f"{100000 + n}", "notice": f"N{n:05d}"} | values
        row = {}
        for column in self.columns:
            item, field = column.get("item"), column.get("field")
            if item in values:
                row[item] = values[item]
            elif column.get("value") is not None:
                row[item] = column.get("value")
            elif field in values:
                row[item] = self.cell(column, values[field])
            elif self.kind == "targets" and field in USUAL:
                row[item] = self.cell(column, USUAL[field])
            elif self.kind == "targets" and field in ("gyomu", "tax"):
                row[item] = self.first_code(column)
            else:
                row[item] = ""
        return row

    def file(self, rows):
        out = io.StringIO()
        writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
        writer.writerow(self.items)
        writer.writerows([row[item] for item in self.items] for row in rows)
        return out.getvalue().encode(self.encoding)
