"""A stand-in of Karaden's SMS API, by what its makers publish (docs/sms.md names the pages and the client library).

    with Karaden() as gateway:
        gateway.keys()          # for a [gateway …] section
        gateway.answer = "refuse"            # what the next submissions get: see ANSWERS
        gateway.messages                     # what it took, oldest first: dicts with the published fields
        gateway.result(message, "received")  # what the network said of it

It is strict where Karaden is: the token, the version, the form, eleven digits, 660 characters. Where the published
pages are silent (what it answers beyond 200, 400, 401, 403, 404, 422 and 429) a test chooses.
"""
import json
import re
import threading
import time
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, parse_qsl, urlsplit

TENANT, TOKEN, SERVICE = "159bfd33-b9b7-f424-4755-c119b324591d", "t0ken+/=", 7
ANSWERS = {
    "accept": "200 and the message",
    "refuse": "422: something of this message is wrong",
    "slow": "429 with Retry-After: 1",
    "broken": "500, nothing kept",
    "broken-kept": "500, and the message was kept all the same",
    "silent": "no answer, nothing kept",
    "silent-kept": "no answer, and the message was kept",
    "garbled": "200 with half an answer; the message was kept",
}


class Karaden:
    host = "127.0.0.1"

    def __init__(self, port=0, has_more=False):
        self.port, self.answer, self.messages, self.asked = port, "accept", [], []
        self.list_answer = None      # a status that questions by tag get instead
        self.ignore_tag = False      # a list that is not filtered
        self.has_more = has_more
        self.lock = threading.Lock()
        self.release = threading.Event()  # lets the silent ones go at the end

    # ---- life ----

    def start(self):
        stand_in = self

        class Handler(_Handler):
            karaden = stand_in
        self.release.clear()
        self.server = ThreadingHTTPServer((self.host, self.port), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True)
        self.thread.start()
        return self

    def stop(self):
        self.release.set()
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()

    def keys(self, **more):
        return {"kind": "karaden", "url": f"http://{self.host}:{self.port}/api", "tenant": TENANT,
                "password": TOKEN, **more}

    # ---- what tests look at, and do ----

    def of(self, attempt):
        """The messages whose tag is of that attempt."""
        with self.lock:
            return [m for m in self.messages if any(re.match(rf"osame-{attempt}-", t) for t in m["tags"])]

    def questions(self, part):
        with self.lock:
            return sum(part in path for path in self.asked)

    def result(self, message, sent_result, status="done", result="done"):
        with self.lock:
            message.update(status=status, sent_result=sent_result, result=result,
                           sent_at=_now(), updated_at=_now())
            if sent_result == "received":
                message.update(received_at=_now(), charged_at=_now())


def _now():
    return time.strftime("%Y-%m-%dT%H:%M:%S+09:00", time.gmtime(time.time() + 9 * 3600))


def _check(form):
    """What is wrong with a form, as `errors`: {} for nothing."""
    errors = {}
    if form.get("service_id") != str(SERVICE):
        errors["service_id"] = ["サービス設定IDが正しくありません。"]
    if not re.fullmatch(r"0[6789]0[0-9]{8}", form.get("to", "")):
        errors["to"] = ["携帯電話番号を入力してください。"]
    if not 0 < len(form.get("body", "").encode("utf-16-le")) // 2 <= 660:
        errors["body"] = ["660文字以内で入力してください。"]
    if form.get("is_shorten", "false") not in ("true", "false"):
        errors["is_shorten"] = ["真偽値を入力してください。"]
    if "limited_at" in form and not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+09:00", form["limited_at"]):
        errors["limited_at"] = ["ISO 8601形式で入力してください。"]
    return errors


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def _json(self, status, value, headers=()):
        body = json.dumps(value, ensure_ascii=False).encode()
        self.send_response(status)
        for name, text in (("Content-Type", "application/json"), ("Content-Length", len(body)), *headers):
            self.send_header(name, str(text))
        self.end_headers()
        self.wfile.write(body)

    def _error(self, status, code, errors=None, headers=()):
        self._json(status, {"object": "error", "code": code, "message": "エラー", "errors": errors or {}}, headers)

    def _may(self, path):
        if self.headers.get("Authorization") != f"Bearer {TOKEN}":
            self._error(401, "unauthorized")
        elif self.headers.get("Karaden-Version") != "2023-01-01":
            self._error(400, "bad_request")
        elif not path.startswith(f"/api/{TENANT}/messages"):
            self._error(404, "not_found")
        else:
            return True
        return False

    def do_POST(self):
        k = self.karaden
        text = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        if not self._may(self.path):
            return
        if self.headers.get("Content-Type") != "application/x-www-form-urlencoded":
            return self._error(400, "bad_request")
        pairs = parse_qsl(text, keep_blank_values=True, strict_parsing=True)
        form = dict(pairs)
        tags = [v for n, v in pairs if re.fullmatch(r"tags\[\d*\]", n)]
        errors = _check(form)
        answer = k.answer
        if errors or answer == "refuse":
            return self._error(422, "unprocessable_entity", errors)
        if answer == "slow":
            return self._error(429, "too_many_requests", headers=[("Retry-After", 1)])
        message = None
        if answer in ("accept", "broken-kept", "silent-kept", "garbled"):
            units = len(form["body"].encode("utf-16-le")) // 2
            message = {
                "id": str(uuid.uuid4()), "object": "message", "project_id": 1, "service_id": SERVICE,
                "billing_address_id": 1, "to": form["to"], "body": form["body"], "tags": tags,
                "is_shorten": form.get("is_shorten") == "true", "result": "processing", "status": "waiting",
                "sent_result": "none", "carrier": "unknown",
                "charged_count_per_sent": 1 if units <= 70 else -(-units // 66), "scheduled_at": _now(),
                "limited_at": form.get("limited_at"), "sent_at": None, "received_at": None, "charged_at": None,
                "created_at": _now(), "updated_at": _now()}
            with k.lock:
                k.messages.append(message)
        if answer.startswith("silent"):
            k.release.wait(60)
            self.close_connection = True
        elif answer.startswith("broken"):
            self._error(500, "internal_server_error")
        elif answer == "garbled":
            body = json.dumps(message).encode()[:40]
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
        else:
            self._json(200, message)

    def do_GET(self):
        k = self.karaden
        url = urlsplit(self.path)
        with k.lock:
            k.asked.append(self.path)
        if not self._may(url.path):
            return
        rest = url.path[len(f"/api/{TENANT}/messages"):]
        query = parse_qs(url.query)
        if rest == "":
            if k.list_answer:
                return self._error(k.list_answer, "error", headers=[("Retry-After", 1)])
            tag = query.get("tag", [None])[0]
            with k.lock:
                data = [dict(m) for m in k.messages
                        if (k.ignore_tag or tag is None or tag in m["tags"])
                        and str(m["service_id"]) == query.get("service_id", [str(SERVICE)])[0]]
            return self._json(200, {"object": "list", "has_more": k.has_more, "data": data})
        with k.lock:
            hits = [dict(m) for m in k.messages if m["id"] == rest.lstrip("/")]
        if not hits:
            return self._error(404, "not_found")
        return self._json(200, hits[0])
