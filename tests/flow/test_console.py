"""The web console from outside, by curl, before a real engine: signing in, sessions, what is refused
and how, roles and the department wall, the audit log. Each rule of docs/console.md is tried."""
import base64
import hashlib
import hmac
import json
import os
import re
import socket
import ssl
import struct
import subprocess
import time

import pytest

from tests.support.certificates import Authority
from tests.support.console import COOKIE, CONSOLE_UID, HOST, Console, console_keys
from tests.support.osamed import PROGRAMS, ROOT, Osamed, person, targets
from tests.support.peer import remove, temporary_folder, unprivileged, wait_until


@pytest.fixture(scope="module")
def place():
    folder = temporary_folder("osame-flow-")
    yield folder
    remove(folder)


@pytest.fixture(scope="module")
def authority(place):
    return Authority(place / "ca")


@pytest.fixture(scope="module")
def engine(place):
    with Osamed(place / "osame", rehearsal=False) as osamed:
        osamed.campaign()
        osamed.keys["department kokuho"] = {"name": "保険課", "phone": "0265784112", "caller": "0265784112"}
        osamed.keys["console"] = console_keys(osamed.folder)
        osamed.run()
        osamed.drop_in("015_202096_taisho_1.csv", targets([person(1, "0265784101", "09012345671"), person(2, "0265784102")]))
        osamed.wait_run("draft", 1)
        yield osamed


@pytest.fixture(scope="module")
def console(place, engine, authority):
    with Console(place / "console", engine, authority) as c:
        yield c


@pytest.fixture(scope="module")
def manager(console):
    return console.person("kacho", "manager")


# ---- headers, methods, bodies ----

WANTED = {
    "strict-transport-security": "max-age=31536000", "x-content-type-options": "nosniff", "referrer-policy": "no-referrer",
    "x-frame-options": "DENY", "cross-origin-opener-policy": "same-origin",
}


@pytest.mark.parametrize("what", ["page", "missing page", "call", "refused call"])
def test_headers_stand_on_everything(console, what):
    reply = {"page": lambda: console.curl("/"), "missing page": lambda: console.curl("/nothing"),
             "call": lambda: console.post("/api/session.show"), "refused call": lambda: console.curl("/api/status")}[what]()
    for name, value in WANTED.items():
        assert reply.headers.get(name) == value, (name, reply)
    policy = reply.headers["content-security-policy"]
    for word in ("default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", "form-action 'none'", "base-uri 'none'"):
        assert word in policy
    assert "unsafe" not in policy and "http" not in policy
    assert reply.headers["cache-control"] == ("no-cache" if what == "page" else "no-store")
    assert "server" not in reply.headers


REFUSED = {
    "a page that is not there": (("/../console.conf", "--path-as-is"), None, 404),
    "a file of another type": (("/notes.txt",), None, 404),
    "another host's name": (("/", "-H", "Host: evil.example"), None, 421),
    "a call by GET": (("/api/status",), None, 405),
    "a page by POST": (("/", "-H", "Content-Type: application/json"), b"{}", 405),
    "a form, as another site's page could send": (("/api/stop.all", "-H", "Content-Type: text/plain"), b"{}", 415),
    "another origin": (("/api/stop.all", "-H", "Content-Type: application/json", "-H", "Origin: https://evil.example"), b"{}", 403),
    "another site, by the browser's word": (("/api/stop.all", "-H", "Content-Type: application/json", "-H",
                                             "Sec-Fetch-Site: cross-site"), b"{}", 403),
    "a body over 48 kB": (("/api/status", "-H", "Content-Type: application/json"), b"{" + b" " * 60000 + b"}", 413),
    "the same in pieces": (("/api/status", "-H", "Content-Type: application/json", "-H", "Transfer-Encoding: chunked"),
                           b"{" + b" " * 60000 + b"}", 413),
    "no JSON": (("/api/status", "-H", "Content-Type: application/json"), b"x", 400),
    "no object": (("/api/status", "-H", "Content-Type: application/json"), b"[]", 400),
    "nested deeply": (("/api/status", "-H", "Content-Type: application/json"), b'{"a":' * 40 + b"1" + b"}" * 40, 400),
    "numbers that grow when they are written again": (("/api/status", "-H", "Content-Type: application/json"),
                                                      b'{"a":[' + b"1e15," * 9000 + b"1]}", 413),
    "a method of no name": (("/api/", "-H", "Content-Type: application/json"), b"{}", 404),
    "a method with a line's end": (("/api/status%0a{}", "-H", "Content-Type: application/json"), b"{}", 404),
    "no session": (("/api/status", "-H", "Content-Type: application/json"), b"{}", 401),
    "an invented session": (("/api/status", "-H", "Content-Type: application/json", "-b", f"{COOKIE}={'0' * 64}"), b"{}", 401),
    "an upload without a session": (("/upload/intake.put?name=x.csv",), b"x", 401),
}


@pytest.mark.parametrize("what", REFUSED)
def test_refused(console, what):
    options, data, status = REFUSED[what]
    reply = console.curl(*options, data=data)
    assert reply.status == status, reply


def test_a_page_is_sent_once(console):
    first = console.curl("/app.js")
    assert first.status == 200 and first.headers["content-type"].startswith("text/javascript")
    again = console.curl("/app.js", "-H", f"If-None-Match: {first.headers['etag']}")
    assert again.status == 304 and again.body == b""


@pytest.mark.parametrize("version, works", [("TLSv1_1", False), ("TLSv1_2", True), ("TLSv1_3", True)])
def test_tls(console, authority, version, works):
    context = ssl.create_default_context(cafile=authority.pem)
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    context.minimum_version = context.maximum_version = getattr(ssl.TLSVersion, version)

    def shake():
        with socket.create_connection(("127.0.0.1", console.port)) as raw, context.wrap_socket(raw, server_hostname=HOST) as s:
            return s.version()
    if works:
        assert shake()
    else:
        with pytest.raises((ssl.SSLError, ConnectionError)):
            shake()


# ---- addresses and time ----

@pytest.fixture
def guarded(place, engine, authority):
    """One that lets nobody but an office in, and believes a proxy at 127.0.0.1."""
    with Console(place / f"guarded-{time.monotonic_ns()}", engine, authority, allow="192.0.2.0/24 2001:db8::/32",
                 proxy="127.0.0.1", slow="1 s") as c:
        yield c


@pytest.mark.parametrize("forwarded, status", [
    ("192.0.2.7", 200), ("2001:db8::7", 200), ("198.51.100.1", 403), ("", 403), ("nonsense", 403),
    ("192.0.2.7, 198.51.100.1", 403), ("198.51.100.1, 192.0.2.7", 200), ("::ffff:192.0.2.7", 200)])
def test_a_forwarded_address_is_the_proxys_last_word(guarded, forwarded, status):
    assert guarded.curl("/", "-H", f"X-Forwarded-For: {forwarded}").status == status


@pytest.mark.parametrize("client, proxy, status", [("192.0.2.7", "198.51.100.1", 403), ("198.51.100.1", "192.0.2.7", 200)])
def test_a_proxys_own_line_stands_behind_the_clients(guarded, client, proxy, status):
    """HAProxy adds a line; what the client wrote in his own is not believed."""
    assert guarded.curl("/", "-H", f"X-Forwarded-For: {client}", "-H", f"X-Forwarded-For: {proxy}").status == status


def test_nobody_else_is_let_in_nor_believed(guarded):
    """127.0.0.2 is no proxy: whatever it claims, its connection ends before TLS."""
    with socket.socket() as s:
        s.bind(("127.0.0.2", 0))
        s.settimeout(20)
        s.connect(("127.0.0.1", guarded.port))
        try:
            context = ssl._create_unverified_context()
            context.wrap_socket(s, server_hostname=HOST)
            raise AssertionError("it spoke TLS with a stranger")
        except (ssl.SSLError, OSError):
            pass
    wait_until(lambda: "what=address from=127.0.0.2" in guarded.log.read_text(), 5)


@pytest.mark.parametrize("how", ["says nothing", "says its request drop by drop", "sends a body drop by drop"])
def test_slow_clients_are_cut(guarded, authority, how):
    context = ssl.create_default_context(cafile=authority.pem)
    raw = socket.create_connection(("127.0.0.1", guarded.port))
    raw.settimeout(60)
    began = time.monotonic()
    try:
        if how == "says nothing":
            assert raw.recv(1) == b""
        else:
            with context.wrap_socket(raw, server_hostname=HOST) as s:
                head = b"POST /api/status HTTP/1.1\r\nHost: " + f"{HOST}:{guarded.port}".encode() + b"\r\n"
                if how != "says its request drop by drop":
                    head += b"X-Forwarded-For: 192.0.2.7\r\nContent-Type: application/json\r\nContent-Length: 4000\r\n\r\n"
                s.sendall(head)
                while True:
                    s.sendall(b"x")
                    time.sleep(0.05)
                    assert time.monotonic() - began < 40, "it was never cut"
    except OSError:
        pass
    finally:
        raw.close()
    assert time.monotonic() - began >= 0.5


def test_not_as_root(console):
    if os.geteuid() != 0:
        pytest.skip("needs root")
    r = subprocess.run([PROGRAMS / "osame-console", "-c", console.config], capture_output=True, text=True, timeout=60)
    assert r.returncode == 1 and "not as root" in r.stderr


@pytest.mark.parametrize("line, words", [
    ("allow = 10.1.2.3/8", "is no network"), ("allow = house", "is no network"), ("url = http://x", "https://"),
    ("url = https://x/", "ends after the host"),
    ("colour = red", "there is no key"), ("port = many", "port"), ("[engine]", "only the section [console]")])
def test_wrong_settings(console, place, line, words):
    keys = {k: v for k, v in console.keys.items() if k != line.split(" = ")[0]}
    conf = place / "wrong.conf"
    conf.write_text("[console]\n" + "".join(f"{k} = {v}\n" for k, v in keys.items()) + line + "\n")
    r = subprocess.run([PROGRAMS / "osame-console", "--check", conf], capture_output=True, text=True, timeout=60)
    assert r.returncode == 4 and words in r.stderr, r


# ---- accounts and sessions ----

def test_a_link_is_good_once(console):
    somebody = console.invited("ichido").accept()
    status, answer = somebody.call("invite.look", token=somebody.token)
    assert status == 404, answer
    status, answer = somebody.call("invite.take", token=somebody.token, password="another password", code="000000")
    assert status == 404, answer
    somebody.sign_in()
    assert somebody.call("session.show")[1]["result"]["roles"] == ["staff"]


@pytest.mark.parametrize("what, password, code, status", [
    ("a short password", "short", None, 409), ("the account's own name", "jibun-jibun-jibun", None, 409),
    ("a common password", "passwordpassword", None, 409), ("the city and the year", "Ina-City-2026!", None, 409),
    ("a wrong code", "long enough a password", "000000", 401)])
def test_a_link_wants_a_good_password_and_a_code(console, what, password, code, status):
    user = f"jibun{abs(hash(what)) % 1000}" if "own name" not in what else "jibun"
    somebody = console.invited(user)
    somebody.secret = somebody.call("invite.look", token=somebody.token)[1]["result"]["secret"]
    answer = somebody.call("invite.take", token=somebody.token, password=password, code=code or somebody.code())
    assert answer[0] == status, answer
    assert console.post("/api/session.open", {"user": user, "password": password, "code": "000000"}).status == 401


def test_each_look_makes_another_secret(console):
    somebody = console.invited("futatsu")
    secrets = [somebody.call("invite.look", token=somebody.token)[1]["result"]["secret"] for _ in range(2)]
    assert secrets[0] != secrets[1]
    somebody.secret = secrets[0]
    assert somebody.call("invite.take", token=somebody.token, password=somebody.password, code=somebody.code())[0] == 401


def test_the_cookie(console, manager):
    somebody = console.invited("kukki").accept()
    reply = console.post("/api/session.open", {"user": somebody.user, "password": somebody.password, "code": somebody.code()})
    assert re.fullmatch(rf"{COOKIE}=[0-9a-f]{{64}}; Path=/; Secure; HttpOnly; SameSite=Strict", reply.cookies[0])
    token = reply.cookies[0].split("=")[1].split(";")[0]
    assert token not in reply.body.decode(), "no page sees the token"
    assert token not in console.log.read_text() + console.engine.log_text()
    assert somebody.password not in console.log.read_text() + console.engine.log_text()


def test_csrf(console, manager):
    for value in ("", "0" * 64, manager.csrf[:-1] + ("0" if manager.csrf[-1] != "0" else "1")):
        assert console.post("/api/status", {}, cookie=manager.cookie, csrf=value).status == 403
    assert manager.call("status")[0] == 200
    shown = console.post("/api/session.show", {}, cookie=manager.cookie)
    assert shown.json["result"]["csrf"] == manager.csrf, "a page that was loaded again gets it back"


SEED = "3132333435363738393031323334353637383930"


def token(console, user, *more, seed=SEED):
    return console.engine.osame("user", "token", user, "--seed", "-", *more, input=seed + "\n", check=False)


def test_a_token_with_a_button(console):
    """RFC 4226's own seed and codes: the link asks for the device's code and shows no secret."""
    somebody = console.invited("botan")
    assert token(console, somebody.user, "--kind", "hotp").code == 0
    look = somebody.call("invite.look", token=somebody.token)[1]["result"]
    assert look["token"] == "hotp" and "secret" not in look and "uri" not in look
    taken = somebody.call("invite.take", token=somebody.token, password=somebody.password, code="755224")
    assert taken[0] == 200, taken
    sign = {"user": somebody.user, "password": somebody.password}
    answers = [console.post("/api/session.open", sign | {"code": code}).status
               for code in ("755224", "969429", "287082", "338314")]
    assert answers == [401, 200, 401, 200], "each counter once, those before it never, some ahead"
    assert next(u["token"] for u in console.engine.rows("user") if u["user"] == somebody.user) == "hotp"


def test_a_token_with_a_clock(console):
    somebody = console.invited("tokei").accept().sign_in()
    made = token(console, somebody.user, "--kind", "totp", "--digits", "8", "--step", "60", "--form", "base32",
                 seed="GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ")
    assert made.code == 0 and somebody.call("status")[0] == 401, "sessions end"
    mac = hmac.new(bytes.fromhex(SEED), struct.pack(">Q", int(time.time()) // 60), hashlib.sha1).digest()
    at = mac[-1] & 15
    code = f"{(struct.unpack('>I', mac[at:at + 4])[0] & 0x7fffffff) % 10 ** 8:08d}"
    sign = {"user": somebody.user, "password": somebody.password}
    assert console.post("/api/session.open", sign | {"code": somebody.code()}).status == 401, "the telephone's is over"
    assert console.post("/api/session.open", sign | {"code": code}).status == 200


def test_a_token_that_is_lost(console):
    """A new link leaves it with the account, unless the administrator says that it is lost: then an app takes its place."""
    somebody = console.invited("otoshi").accept()
    assert token(console, somebody.user, "--kind", "hotp").code == 0
    somebody.link = console.engine.osame("user", "reset", somebody.user).json["link"]
    assert "secret" not in somebody.call("invite.look", token=somebody.token)[1]["result"]
    somebody.link = console.engine.osame("user", "reset", somebody.user, "--lost").json["link"]
    somebody.accept().sign_in()
    assert next(u["token"] for u in console.engine.rows("user") if u["user"] == somebody.user) == "phone"
    resets = [json.loads(r["params"]) for r in console.engine.rows("audit") if r["method"] == "user.reset"]
    assert {"user": somebody.user, "lost": True} in resets and {"user": somebody.user} in resets


@pytest.mark.parametrize("seed, more", [("ab", ()), ("not hex" * 6, ()), (SEED, ("--digits", "7")), (SEED, ("--form", "base32"))])
def test_a_seed_that_is_none(console, seed, more):
    user = f"tane{abs(hash((seed, more))) % 10000}"
    console.invited(user)
    assert token(console, user, "--kind", "totp", *more, seed=seed).code == 1


PRINT, OTHER = "ab" * 20, "cd" * 32


@pytest.fixture(scope="module")
def certified(place, engine, authority):
    """Behind a proxy at 127.0.0.1 that checks client certificates."""
    with Console(place / "certified", engine, authority, allow="192.0.2.0/24", proxy="127.0.0.1", client_certificates="yes") as c:
        yield c


@pytest.fixture(scope="module")
def bearer(console):
    """Somebody whose certificate is bound to his account."""
    somebody = console.invited("shomei").accept()
    made = console.engine.osame("user", "certificate", somebody.user, "--fingerprint", ":".join(["AB"] * 20))
    assert made.code == 0
    return somebody


def by_certificate(console, somebody, address, print_, verify="SUCCESS", password=None):
    return console.post("/api/session.open", {"user": somebody.user, "password": password or somebody.password}, "-H",
                        f"X-Forwarded-For: 192.0.2.{address}", "-H", f"X-Client-Verify: {verify}", "-H",
                        f"X-Client-Certificate: {print_}")


@pytest.mark.parametrize("what, given, status", [
    ("his own", {"print_": PRINT}, 200), ("another's", {"print_": OTHER}, 401), ("none", {"print_": ""}, 401),
    ("not checked", {"print_": PRINT, "verify": "NONE"}, 401), ("refused", {"print_": PRINT, "verify": "FAILED:expired"}, 401),
    ("a wrong password beside it", {"print_": PRINT, "password": "wrong"}, 401), ("no hex", {"print_": "zz" * 20}, 401)])
def test_a_client_certificate(certified, bearer, what, given, status):
    assert by_certificate(certified, bearer, 10 + len(what), **given).status == status


def test_a_certificate_is_believed_from_the_proxy_alone(console, guarded, bearer):
    """No proxy is configured there; and here none that checks certificates."""
    assert by_certificate(console, bearer, 50, PRINT).status == 401
    assert by_certificate(guarded, bearer, 51, PRINT).status == 401


def test_a_certificate_is_one_accounts(console, certified, bearer):
    other = console.invited("betsujin").accept()
    assert by_certificate(certified, other, 60, PRINT).status == 401, "not bound to him"
    sign = {"user": bearer.user, "password": bearer.password, "code": bearer.code()}
    assert console.post("/api/session.open", sign).status == 200, "a code does as well"
    console.engine.osame("user", "certificate", bearer.user, "--fingerprint", "-")
    assert by_certificate(certified, bearer, 61, PRINT).status == 401, "it was taken from him"
    r = console.engine.osame("user", "certificate", bearer.user, "--fingerprint", "abcd", check=False)
    assert r.code == 1 and "fingerprint" in r.err


def test_secrets_are_nowhere_in_clear(console):
    """Not in the store's files, not in the log, not in the audit log; an argument is refused."""
    somebody = console.invited("himitsu").accept()
    seed = hashlib.sha256(os.urandom(8)).hexdigest()
    assert token(console, somebody.user, "--kind", "totp", seed=seed).code == 0
    r = console.engine.osame("user", "token", somebody.user, "--kind", "totp", "--seed", seed, check=False)
    assert r.code == 2 and "standard input" in r.err
    base32 = base64.b32encode(bytes.fromhex(seed)).rstrip(b"=")
    assert seed not in json.dumps(console.engine.rows("audit")) + console.engine.log_text()
    assert (console.engine.var / "accounts.key").stat().st_mode & 0o777 == 0o600
    for path in (console.engine.var / "store").rglob("*"):
        bytes_ = path.read_bytes() if path.is_file() else b""
        assert base32 not in bytes_ and somebody.secret.encode() not in bytes_, path


def test_a_code_is_good_once(console):
    somebody = console.invited("kaisu").accept()
    code = somebody.code()
    sign = {"user": somebody.user, "password": somebody.password, "code": code}
    assert console.post("/api/session.open", sign).status == 200
    assert console.post("/api/session.open", sign).status == 401


@pytest.mark.parametrize("user, password", [("nobody-there", "x"), ("kacho", "x"), ("kacho", "")])
def test_one_answer_for_all_failures(console, manager, user, password):
    reply = console.post("/api/session.open", {"user": user, "password": password or "y", "code": "000000"})
    assert reply.status == 401 and reply.json["error"]["message"] == "name, password or code is wrong"


def test_guessing_is_stopped(console):
    """By account and address: the right password waits too, others from this address do not."""
    victim, other = console.invited("nerawareta").accept(), console.invited("tonari").accept()
    wrong = {"user": victim.user, "password": "guess", "code": "000000"}
    answers = [console.post("/api/session.open", wrong).status for _ in range(6)]
    assert answers == [401] * 5 + [429]
    right = console.post("/api/session.open", {"user": victim.user, "password": victim.password, "code": victim.code()})
    assert right.status == 429 and "wait" in right.json["error"]["message"]
    other.sign_in()


def test_a_network_of_ipv6_is_one_guesser(console, guarded):
    """Who has a /64 has 2^64 addresses: each new one is no new beginning. The next /64 is somebody else."""
    victim = console.invited("roku").accept()
    wrong = {"user": victim.user, "password": "guess", "code": "000000"}

    def guess(address):
        return guarded.post("/api/session.open", wrong, "-H", f"X-Forwarded-For: {address}").status

    assert [guess(f"2001:db8:1:2::{n}") for n in range(1, 7)] == [401] * 5 + [429]
    assert guess("2001:db8:1:2:ffff:ffff:ffff:ffff") == 429 and guess("2001:db8:1:3::1") == 401


@pytest.mark.parametrize("network, tail", [("a", "0" * 64), ("b", "0" * 62 + ".0"), ("c", "." * 64), ("d", "0" * 63 + "G"), ("e", "short")])
def test_invented_links_are_slowed_whatever_their_form(console, guarded, network, tail):
    """By address, and what has not the form of a link is on no record: nobody writes into the audit log by it."""
    ichiro = console.invited(f"inashi.ichiro-{network}")

    def look(token, address):
        return guarded.post("/api/invite.look", {"token": token}, "-H", f"X-Forwarded-For: {address}").status

    invented = [f"{ichiro.user}.{tail[:-1] + str(n) if n and tail == '0' * 64 else tail}" for n in range(6)]
    here, elsewhere = f"2001:db8:{network}:1::1", f"2001:db8:{network}:2::1"
    assert [look(token, here) for token in invented] == [404] * 5 + [429]
    rows = [r for r in console.engine.rows("audit") if r["user"] == ichiro.user]
    assert len(rows) == (5 if tail == "0" * 64 else 0)
    assert look(ichiro.token, here) == 429 and look(ichiro.token, elsewhere) == 200


@pytest.mark.parametrize("verb, more", [("change", ("--role", "auditor")), ("reset", ()), ("disable", ())])
def test_a_session_ends_with_what_it_was_given_for(console, verb, more):
    somebody = console.person(f"owari-{verb}")
    assert somebody.call("run.list")[0] == 200
    console.engine.osame("user", verb, somebody.user, *more)
    assert somebody.call("run.list")[0] == 401
    sign = {"user": somebody.user, "password": somebody.password, "code": somebody.code()}
    assert console.post("/api/session.open", sign).status == (200 if verb == "change" else 401)


def test_signing_out(console):
    somebody = console.person("sayonara")
    reply = console.post("/api/session.close", {}, cookie=somebody.cookie, csrf=somebody.csrf)
    assert reply.status == 200 and "Max-Age=0" in reply.cookies[0]
    assert somebody.call("run.list")[0] == 401


def test_only_four_sessions_of_an_account(console, manager):
    """The fifth takes the place of the one that was longest unused. (A step of the clock each: 30 s.)"""
    somebody = console.person("ikutsumo")
    first = somebody.cookie, somebody.csrf
    assert console.post("/api/run.list", {}, cookie=first[0], csrf=first[1]).status == 200


def test_sessions_end_by_themselves(place, authority):
    with Osamed(place / "short", rehearsal=False) as osamed:
        osamed.campaign()
        osamed.keys["console"] = console_keys(osamed.folder) | {"session_idle": "1 min"}
        osamed.run()
        with Console(place / "short-console", osamed, authority) as console:
            somebody = console.person("isogi")
            assert somebody.call("session.show")[1]["result"]["idle_s"] == 60
            osamed.stop()
            down = somebody.call("run.list")
            assert down[0] == 503 and down[1]["error"]["since"] and "0265-78-4111" in down[1]["error"]["contact"]
            osamed.restart()
            assert somebody.call("run.list")[0] == 401, "a session ends with the engine"
            somebody.sign_in()
            assert somebody.call("run.list")[0] == 200, "the account does not"


def test_a_vendors_account_has_a_last_day(console):
    r = console.engine.osame("user", "add", "gyosha", "--name", "業者", "--department", "zeimu", "--role", "vendor", check=False)
    assert r.code == 1 and "until" in r.err
    vendor = console.invited("gyosha", "vendor", "zeimu", "--until", "2099-12-31").accept().sign_in()
    assert vendor.call("status")[0] == 200 and vendor.call("run.list")[0] == 403
    late = console.invited("gyosha2", "vendor", "zeimu", "--until", "2020-01-01").accept()
    sign = {"user": late.user, "password": late.password, "code": late.code()}
    assert console.post("/api/session.open", sign).status == 401


# ---- the socket itself ----

def test_the_consoles_socket_is_the_consoles(engine):
    """Another Unix user is closed at once, also the engine's own; a session's methods are not on the operators' socket."""
    if not unprivileged():
        pytest.skip("needs root")
    path = str(engine.keys["console"]["socket"])
    code = ("import socket,sys; s=socket.socket(socket.AF_UNIX); s.connect(sys.argv[1]); "
            "s.sendall(b'{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"status\",\"from\":\"::1\"}\\n'); print(len(s.recv(100)))")
    r = subprocess.run(["/usr/bin/python3", "-c", code, path], capture_output=True, text=True,
                       user=unprivileged()[0], group=unprivileged()[1], extra_groups=[])
    assert r.stdout.strip() in ("0", "") and "Permission" not in r.stderr, r
    engine.wait_log("event=stranger socket=console")
    code = code.replace("status", "session.open")
    r = subprocess.run(["/usr/bin/python3", "-c", code.replace("print(len(s.recv(100)))", "print(s.recv(500).decode())"),
                        str(engine.socket)], capture_output=True, text=True, user=unprivileged()[0], group=unprivileged()[1],
                       extra_groups=[])
    assert "-32601" in r.stdout, r


# ---- files ----

def test_a_file_goes_up_by_its_descriptor(console, engine, manager):
    data = targets([person(77, "0265784177")])
    reply = console.curl("/upload/intake.put?name=015_202096_taisho_77.csv", "-b", manager.cookie, "-H",
                         f"X-Osame-CSRF: {manager.csrf}", data=data)
    assert reply.status == 200, reply
    intake = reply.json["result"]["intake"]
    engine.until(lambda: manager.call("intake.show", intake=intake)[1]["result"]["intake"]["state"] == "taken", 20, "taken")
    forged = console.curl("/upload/intake.put?name=015_202096_taisho_78.csv", "-b", manager.cookie, data=data)
    assert forged.status == 403, "an upload needs the page's own value too"


# ---- roles and the wall: every method, every role, own department and another ----

ROLES = ("administrator", "manager", "staff", "operator", "auditor", "vendor")
TABLE = [[cell.strip(" `") for cell in line.strip("|").split("|")]
         for line in (ROOT / "docs" / "control.md").read_text().splitlines() if re.match(r"\| `[a-z]+[.a-z]*` \|", line)]
METHODS = [(row[0], row[2], row[4].split()) for row in TABLE if row[2] != "console"]
# What a call works on, by parameter; a method that names none of these shows or changes the caller's own alone.
SUBJECT = {"run": 1, "campaign": "saikoku", "intake": 1, "text": "reminder"}


def params_of(method):
    """Right in shape, from the method's own schema."""
    schema = json.loads((ROOT / "schemas" / "control" / f"{method}.json").read_text())
    given = {}
    for name in schema.get("required", []):
        p = schema["properties"][name]
        given[name] = (SUBJECT[name] if name in SUBJECT else p["enum"][0] if "enum" in p else
                       p.get("minimum", 1) if p.get("type") == "integer" else "999999")
    return given


@pytest.fixture(scope="module")
def everybody(console):
    people = {}
    for department in ("zeimu", "kokuho"):
        for role in ROLES:
            more = ("--until", "2099-12-31") if role == "vendor" else ()
            people[role, department] = console.person(f"{department}-{role}", role, department, *more)
    return people


HARMLESS = {"stop.all", "run.stop", "run.close", "run.submit", "retention.run", "text.save", "text.restore"}  # they would change what others look at


def test_every_method_has_a_row():
    names = {p.stem for p in (ROOT / "schemas" / "control").glob("*.json")}
    assert {row[0] for row in TABLE} == names and len(METHODS) > 45


@pytest.mark.parametrize("role", ROLES)
def test_every_method_by_role_and_department(everybody, role):
    """Allowed by the table's word, and by no other; what is another department's is not there."""
    wrong = []
    for method, _, roles in METHODS:
        allowed = roles == ["all"] or role in roles
        for department in ("zeimu", "kokuho"):
            if allowed and method in HARMLESS and (method == "stop.all" or department == "zeimu"):
                continue
            params = params_of(method)
            status, answer = everybody[role, department].call(method, **params)
            denied = answer.get("error", {}).get("code") == -32002
            if denied == allowed:
                wrong.append((method, department, answer))
            if allowed and department == "kokuho" and set(params) & set(SUBJECT) and status != 404 and method != "intake.show":
                if "file" not in answer.get("error", {}).get("message", ""):
                    wrong.append(("wall", method, answer))
            text = json.dumps(answer, ensure_ascii=False)
            if department == "kokuho" and ("100001" in text or "髙橋" in text):
                wrong.append(("another's resident", method, answer))
    assert not wrong, wrong


# ---- the audit log ----

def test_looks_and_commands_are_on_record(console, everybody):
    staff, auditor = everybody["staff", "zeimu"], everybody["auditor", "zeimu"]
    staff.call("target.show", run=1, person="100001")
    staff.call("hold.add", person="100001", kind="care", reason="試験")
    rows = auditor.call("audit.list")[1]["result"]["rows"]
    seen = {(r["user"], r["method"], r["result"]) for r in rows}
    assert (staff.user, "target.show", "looked") in seen
    assert (staff.user, "hold.add", "done") in seen
    assert any(r["method"] == "session.open" and r["result"] == "refused: password" for r in rows)
    look = next(r for r in rows if r["method"] == "target.show" and r["user"] == staff.user)
    assert json.loads(look["params"]) == {"run": 1, "person": "100001"} and look["from"] == "127.0.0.1"
    assert "password" not in json.dumps([r["params"] for r in rows])
    others = everybody["auditor", "kokuho"].call("audit.list")[1]["result"]["rows"]
    assert not {r["user"] for r in others} & {staff.user}, "the wall holds here too"


def test_a_number_is_unmasked_one_by_one(console, everybody):
    """Lists show it shortened; the whole one wants a reason, which is on record before anything is shown."""
    staff, auditor = everybody["staff", "zeimu"], everybody["auditor", "zeimu"]
    shown = staff.call("target.show", run=1, person="100001")[1]["result"]
    assert (shown["name"], shown["kana"]) == ("髙＊＊", "タ＊＊"), "names are masked by the engine, whoever shows them"
    assert not any(w in json.dumps(shown, ensure_ascii=False) for w in ("0265784101", "橋", "カハシ"))
    status, answer = staff.call("target.unmask", run=1, person="100001")
    assert status == 400 and "reason" in answer["error"]["message"]
    status, answer = staff.call("target.unmask", run=1, person="100001", reason="本人から電話 折返しのため")
    assert status == 200 and answer["result"]["numbers"][0] == {"number": "0265784101", "kind": "home"}
    assert (answer["result"]["name"], answer["result"]["kana"]) == ("髙橋　太郎", "タカハシ　タロウ")
    row = next(r for r in auditor.call("audit.list")[1]["result"]["rows"] if r["method"] == "target.unmask")
    assert json.loads(row["params"])["reason"] == "本人から電話 折返しのため" and row["result"] == "looked"
    assert "0265784101" not in json.dumps(row)
    assert auditor.call("target.unmask", run=1, person="100001", reason="x")[0] == 403
    assert everybody["staff", "kokuho"].call("target.unmask", run=1, person="100001", reason="x")[0] == 404


def test_whole_numbers_of_a_list_want_a_reason(console, everybody):
    """And the audit log, which is a list too, shows the numbers that people typed as other lists do."""
    staff, auditor = everybody["staff", "zeimu"], everybody["auditor", "zeimu"]
    assert staff.call("number.add", number="0265784177", mark="stop", reason='本人から "number":"0265784178"')[0] == 200
    for method in ("number.list", "callback.list"):
        status, answer = staff.call(method, whole=True)
        assert status == 409 and "want a reason" in answer["error"]["message"]
    assert "0265784177" not in json.dumps(staff.call("number.list")[1])
    assert "0265784177" in json.dumps(staff.call("number.list", whole=True, reason="照合")[1])
    assert staff.call("callback.list", whole=True, reason="照合")[0] == 200
    rows = auditor.call("audit.list")[1]["result"]["rows"]
    params = json.loads(next(r for r in rows if r["method"] == "number.add" and r["user"] == staff.user)["params"])
    assert params["number"] == "0265***177" and "0265784178" in params["reason"], "a reason is a sentence of its own"
    assert {"whole": True, "reason": "照合"} in [json.loads(r["params"]) for r in rows if r["method"] == "number.list"]
    assert staff.call("number.end", number="0265784177", mark="stop")[0] == 400, "lifting wants a reason too"
    assert auditor.call("number.end", number="0265784177", mark="stop", reason="x")[0] == 403
    assert staff.call("number.end", number="0265784177", mark="stop", reason="撤回")[0] == 200


def test_no_other_entry_is_lifted_than_the_one_picked(engine, everybody):
    """Two stops; the row of one, the number of the other, also of one that is shortened to the same."""
    staff, numbers = everybody["staff", "zeimu"], ("0265784171", "0265794172", "0265794171")
    made = {}
    for n in numbers:
        assert staff.call("number.add", number=n, mark="stop", reason="申出")[0] == 200
        row, = engine.rows("number", "list", "--number", n)
        made[n] = row["made"]
        wait_until(lambda: time.strftime("%S") != row["made"][-2:], 10)
    picked = {"mark": "stop", "shown": "0265***171", "made": made["0265784171"], "reason": "撤回"}
    for other in numbers[1:]:
        status, answer = staff.call("number.end", number=other, **picked)
        assert status == 404 and "picked" in answer["error"]["message"]
    assert all(engine.rows("number", "list", "--number", n) for n in numbers)
    assert staff.call("number.end", number="０２６５ー７８ー４１７１", **picked)[0] == 200
    assert [bool(engine.rows("number", "list", "--number", n)) for n in numbers] == [False, True, True]


def test_the_chain_is_whole(console, engine, everybody):
    status, answer = everybody["auditor", "zeimu"].call("audit.check")
    assert status == 200 and answer["result"]["rows"] == [] and answer["result"]["checked"] > 50
    assert engine.osame("audit", "check").json["rows"] == []


def test_the_operators_are_on_record_too(engine):
    engine.osame("target", "list", "--run", 1)
    assert any(r["method"] == "target.list" and r["from"].startswith("uid ") for r in engine.rows("audit"))
