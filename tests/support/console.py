"""The web console as a peer: osame-console over TLS before a real engine, run as a Unix user of its
own when we are root; and people with accounts, passwords and authenticators.

    engine.keys["console"] = console_keys(folder)      # before engine.run()
    with Console(folder, engine, authority) as console:
        hanako = console.person("hanako", "manager operator")   # made, invited, signed in
        hanako.call("status")                                   # (HTTP status, JSON)
        console.curl("/")                                       # from outside
"""
import base64
import hashlib
import hmac
import http.client
import json
import os
import socket
import ssl
import struct
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.osamed import BUILD, ROOT
from tests.support.peer import PATIENCE, Peer, free_port, unprivileged

CONSOLE_UID = 61100
HOST = "osame.test"
COOKIE = "__Host-osame"


def console_keys(folder):
    """The [console] section of the engine."""
    uid = CONSOLE_UID if unprivileged() else os.geteuid()
    return {"socket": Path(folder) / "console.sock", "user": uid, "url": f"https://{HOST}"}


def totp(secret, step):
    mac = hmac.new(base64.b32decode(secret), struct.pack(">Q", step), hashlib.sha1).digest()
    at = mac[-1] & 15
    return f"{(struct.unpack('>I', mac[at:at + 4])[0] & 0x7fffffff) % 1000000:06d}"


@dataclass
class Reply:
    status: int
    headers: dict
    body: bytes
    cookies: list = field(default_factory=list)

    @property
    def json(self):
        return json.loads(self.body)


class Person:
    """Somebody with an account: his password, his authenticator, his browser's cookie."""

    def __init__(self, console, user, link):
        self.console, self.user, self.link = console, user, link
        self.password, self.secret, self.cookie, self.csrf, self.step = f"correct horse {os.urandom(4).hex()}", "", "", "", 0

    @property
    def token(self):
        return self.link.split("#invite=")[1]

    def code(self):
        """A code that was not used yet: one step beside the clock's is good too, so three in a row are there."""
        step = max(self.step + 1, int(time.time()) // 30 - 1)
        while step > int(time.time()) // 30 + 1:
            time.sleep(0.5)
        self.step = step
        return totp(self.secret, step)

    def accept(self):
        status, look = self.call("invite.look", token=self.token)
        assert status == 200, look
        self.secret = look["result"]["secret"]
        status, taken = self.call("invite.take", token=self.token, password=self.password, code=self.code())
        assert status == 200, taken
        return self

    def sign_in(self):
        reply = self.console.post("/api/session.open", {"user": self.user, "password": self.password, "code": self.code()})
        assert reply.status == 200, reply.body
        self.cookie = reply.cookies[0].split(";")[0]
        self.csrf = reply.json["result"]["csrf"]
        return self

    def call(self, method, **params):
        """As the page does: calls one after the other on a connection that is kept."""
        headers = {"Content-Type": "application/json", **({"Cookie": self.cookie} if self.cookie else {}),
                   **({"X-Osame-CSRF": self.csrf} if self.csrf else {})}
        return self.console.kept(f"/api/{method}", json.dumps(params).encode(), headers)


class Connection(http.client.HTTPSConnection):
    """To 127.0.0.1, by the name that the certificate bears."""

    def __init__(self, port, pem):
        super().__init__(HOST, port, timeout=60 * PATIENCE, context=ssl.create_default_context(cafile=pem))

    def connect(self):
        raw = socket.create_connection(("127.0.0.1", self.port), self.timeout)
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sock = self._context.wrap_socket(raw, server_hostname=HOST)


class Console(Peer):
    name = "osame-console"

    def __init__(self, folder, engine, authority, web=None, host=HOST, port=None, **keys):
        super().__init__(folder)
        self.engine, self.authority, self.connection = engine, authority, None
        self.programs = os.environ.get("OSAME_PROGRAMS", BUILD)
        self.port, self.host = port or free_port(), host
        self.url = f"https://{host}:{self.port}"
        self.web = Path(web or self.small_site())
        crt, key = authority.issue("console", dns=host)
        self.key = self.folder / "console.key"
        self.key.write_bytes(key.read_bytes())
        self.key.chmod(0o600)
        self.config = self.folder / "console.conf"
        self.keys = {"socket": engine.keys["console"]["socket"], "url": self.url, "port": self.port, "certificate_file": crt,
                     "key_file": self.key, "web": self.web, "allow": "127.0.0.0/8 ::1", "temporary": self.folder,
                     "contact": "情報政策課 0265-78-4111 内線2222"} | keys

    def small_site(self):
        web = self.folder / "web"
        web.mkdir()
        (web / "index.html").write_text("<!doctype html><title>納め</title>")
        (web / "app.js").write_text("export {};")
        (web / "notes.txt").write_text("not served")
        return web

    def write_config(self):
        self.config.write_text("[console]\n" + "".join(f"{k} = {v}\n" for k, v in self.keys.items()))

    def run(self):
        self.write_config()
        ids = unprivileged()
        extra = {}
        if ids:  # its own user, in the group of the engine's socket
            for path in (self.folder, self.key, self.config):
                os.chown(path, CONSOLE_UID, ids[1])
            extra = {"user": CONSOLE_UID, "group": ids[1], "extra_groups": []}
        program = Path(self.programs) / "osame-console"
        seen = self.log.stat().st_size if self.log.exists() else 0
        out = open(self.log, "ab")
        self.process = subprocess.Popen([program, "-c", self.config], stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                                        cwd=ROOT, start_new_session=True, **extra)
        out.close()
        self.wait(lambda: b"event=started" in self.log.read_bytes()[seen:])
        return self

    def wait(self, ready):
        end = time.monotonic() + 10 * PATIENCE
        while not ready():
            assert self.alive(), f"the console ended\n{self.tail()}"
            assert time.monotonic() < end, self.tail()
            time.sleep(0.02)

    def __enter__(self):
        return self.run()

    def stop(self, seconds=5.0):
        if self.connection:
            self.connection.close()
            self.connection = None
        super().stop(seconds)

    # ---- from outside ----

    def curl(self, path, *options, data=None, host=None):
        """As a browser's request comes; the certificate is checked."""
        argv = ["curl", "-sSg", "-i", "--http1.1", "--max-time", str(30 * PATIENCE), "--cacert", self.authority.pem, "--resolve",
                f"{self.host}:{self.port}:{host or '127.0.0.1'}", "-H", "Expect:", *options]
        if data is not None:
            argv += ["--data-binary", "@-"]
        argv.append(self.url + path)
        r = subprocess.run(list(map(str, argv)), input=data, capture_output=True, timeout=60 * PATIENCE)
        if r.returncode != 0:
            return Reply(0, {}, r.stderr)
        head, _, body = r.stdout.partition(b"\r\n\r\n")
        lines = head.decode().split("\r\n")
        pairs = [line.split(": ", 1) for line in lines[1:]]
        return Reply(int(lines[0].split()[1]), {k.lower(): v for k, v in pairs}, body,
                     [v for k, v in pairs if k.lower() == "set-cookie"])

    def kept(self, path, data, headers):
        for again in (True, False):
            if not self.connection:
                self.connection = Connection(self.port, self.authority.pem)
            try:
                self.connection.request("POST", path, data, headers)
                answer = self.connection.getresponse()
                return answer.status, json.loads(answer.read())
            except (OSError, http.client.HTTPException):
                self.connection.close()  # it was idle for too long, and is cut
                self.connection = None
                if not again:
                    raise

    def post(self, path, params=None, *options, cookie="", csrf="", data=None):
        data = json.dumps(params or {}).encode() if data is None else data
        more = []
        if cookie:
            more += ["-b", cookie]
        if csrf:
            more += ["-H", f"X-Osame-CSRF: {csrf}"]
        return self.curl(path, "-H", "Content-Type: application/json", *more, *options, data=data)

    # ---- people ----

    def invited(self, user, role="staff", department="zeimu", *more):
        made = self.engine.osame("user", "add", user, "--name", f"試験 {user}", "--department", department, "--role", role, *more)
        return Person(self, user, made.json["link"])

    def person(self, user, role="staff", department="zeimu", *more):
        return self.invited(user, role, department, *more).accept().sign_in()
