"""The shipped nginx configuration (docs/nginx.conf) before the console: who is behind it is who is asked
about, and nobody can say that he is somebody else."""
import json
import os
import subprocess
import time

import pytest

from tests.support.certificates import Authority
from tests.support.console import HOST, Console, console_keys, totp
from tests.support.osamed import ROOT, Osamed
from tests.support.peer import Peer, free_port, remove, tcp_open, temporary_folder

OFFICE, STRANGER = "127.0.0.2", "127.0.0.3"


class Nginx(Peer):
    name = "nginx"

    def __init__(self, folder, console):
        super().__init__(folder)
        self.port = console.public
        crt, key = console.authority.issue("nginx", dns=HOST)
        text = (ROOT / "docs" / "nginx.conf").read_text()
        for was, now in {"listen 443 ssl": f"listen 127.0.0.1:{self.port} ssl", "    listen [::]:443 ssl;\n": "",
                         "osame.ina.example": HOST, "127.0.0.1:8443": f"127.0.0.1:{console.port}", "/etc/osame/nginx.crt": str(crt),
                         "/etc/osame/nginx.key": str(key), "/etc/osame/ca.pem": str(console.authority.pem),
                         "#ssl_client_certificate /etc/osame/staff-ca.pem": f"ssl_client_certificate {console.staff.pem}",
                         "#ssl_verify_client": "ssl_verify_client"}.items():
            assert was in text, f"docs/nginx.conf has no {was}"
            text = text.replace(was, now)
        places = "".join(f"{kind}_temp_path {self.folder}/{kind};\n" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        root = "user root;\n" if os.geteuid() == 0 else ""
        self.config = self.folder / "nginx.conf"
        self.config.write_text(f"{root}daemon off;\nworker_processes 1;\nerror_log stderr;\npid {self.folder}/pid;\nevents {{}}\n"
                               f"http {{\naccess_log off;\n{places}{text}}}\n")

    def __enter__(self):
        return self.start(["/usr/sbin/nginx", "-p", self.folder, "-e", "stderr", "-c", self.config], ready=lambda: tcp_open(self.port))


@pytest.fixture(scope="module")
def console():
    folder = temporary_folder("osame-flow-")
    with Osamed(folder / "osame", rehearsal=False) as engine:
        engine.campaign()
        engine.keys["console"] = console_keys(engine.folder)
        engine.run()
        public = free_port()
        console = Console(folder / "console", engine, Authority(folder / "ca"), allow=OFFICE, proxy="127.0.0.1",
                          url=f"https://{HOST}:{public}", client_certificates="yes")
        console.staff = Authority(folder / "staff")
        console.public = public
        with console, Nginx(folder / "nginx", console):
            console.url = f"https://{HOST}:{public}"
            yield console
    remove(folder)


def ask(console, who, path="/", *more, data=None):
    """A client at that address of this machine, who resolves the public name to nginx."""
    return console.curl(path, "--interface", who, "--resolve", f"{HOST}:{console.public}:127.0.0.1", *more, data=data)


def test_the_office_is_let_in(console):
    reply = ask(console, OFFICE)
    assert reply.status == 200 and "default-src 'none'" in reply.headers["content-security-policy"]


@pytest.mark.parametrize("claim", [(), ("-H", f"X-Forwarded-For: {OFFICE}"), ("-H", f"X-Forwarded-For: {OFFICE}, {OFFICE}"),
                                   ("-H", f"Forwarded: for={OFFICE}"), ("-H", f"X-Real-IP: {OFFICE}")])
def test_nobody_else_whatever_he_claims(console, claim):
    assert ask(console, STRANGER, "/", *claim).status == 403


def test_the_forwarded_address_is_on_record(console):
    made = console.engine.osame("user", "add", "tanto", "--name", "担当", "--department", "zeimu", "--role", "staff")
    token = made.json["link"].split("#invite=")[1]
    reply = ask(console, OFFICE, "/api/invite.look", "-H", "Content-Type: application/json", data=b'{"token":"%s"}' % token.encode())
    assert reply.status == 200, reply
    row = next(r for r in console.engine.rows("audit") if r["method"] == "invite.look")
    assert row["from"] == OFFICE and row["user"] == "tanto"


def test_a_client_certificate_stands_for_the_code(console):
    """Checked by nginx; the account knows its fingerprint. What a client says of itself, nginx writes over."""
    def post(method, *more, **params):
        return ask(console, OFFICE, f"/api/{method}", "-H", "Content-Type: application/json", *more, data=json.dumps(params).encode())

    link = console.engine.osame("user", "add", "shomei", "--name", "証明", "--department", "zeimu", "--role", "staff").json["link"]
    token, password = link.split("#invite=")[1], "kumo no ue no tori"
    secret = post("invite.look", token=token).json["result"]["secret"]
    assert post("invite.take", token=token, password=password, code=totp(secret, int(time.time()) // 30)).status == 200
    crt, key = console.staff.issue("shomei", dns="shomei.ina.example")
    shown = subprocess.run(["openssl", "x509", "-in", crt, "-noout", "-fingerprint", "-sha1"], capture_output=True, text=True, check=True)
    console.engine.osame("user", "certificate", "shomei", "--fingerprint", shown.stdout.strip().split("=")[1])
    strange, strange_key = console.authority.issue("strange", dns="shomei.ina.example")
    claim = ("-H", "X-Client-Verify: SUCCESS", "-H", f"X-Client-Certificate: {shown.stdout.strip().split('=')[1].replace(':', '').lower()}")
    sign = {"user": "shomei", "password": password}
    assert post("session.open", "--cert", crt, "--key", key, **sign).status == 200
    assert post("session.open", **sign).status == 401, "without it"
    assert post("session.open", *claim, **sign).status == 401, "claimed only"
    assert post("session.open", "--cert", strange, "--key", strange_key, *claim, **sign).status in (400, 401), "of another authority"
