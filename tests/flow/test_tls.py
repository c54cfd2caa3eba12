"""Trunks over TLS and TCP: who is believed, and that calls go over it. Certificates are made here."""
from contextlib import ExitStack

import pytest

from tests.support.certificates import Authority
from tests.support.kamailio import Kamailio
from tests.support.peer import remove, temporary_folder
from tests.support.sip_driver import Driver
from tests.support.sipp import Sipp

ACCOUNTS = {"osame": "correct-horse"}


@pytest.fixture
def folder():
    path = temporary_folder()
    yield path
    remove(path)


class Stage:
    """kamailio with a certificate, a sipp callee behind it, and us."""

    def __init__(self, folder, certificate, trusted, clients=None, scenario="listen", identity=(), **config):
        self.callee = Sipp(folder / "callee", scenario)
        self.trunk = Kamailio(folder / "trunk", ACCOUNTS, tls=(*certificate, clients))
        ours = trusted.folder_for(folder / "tls", *identity)
        self.config = {"tls_folder": ours, "user": "osame", "password": ACCOUNTS["osame"], "register": 1} | config
        self.folder = folder

    def __enter__(self):
        self.callee.run()
        self.trunk.routes = {"0265784111": self.callee.uri}
        self.trunk.run()
        self.driver = Driver(self.folder / "driver", self.trunk.tls_uri, **self.config)
        return self

    def __exit__(self, *_):
        for peer in (self.driver, self.trunk, self.callee):
            peer.stop()

    def methods(self):
        return {e["method"] for e in self.trunk.lines()}


def test_a_call_over_tls(folder):
    """Registration, OPTIONS, call and our BYE."""
    ca = Authority(folder / "ca")
    with Stage(folder, ca.issue("trunk", ip="127.0.0.1"), ca, keepalive=5) as stage:
        stage.driver.wait(lambda e: e["event"] == "trunk" and e["up"] == 1)
        stage.driver.call(7)
        end = stage.driver.end_of(7)
        assert end["code"] == 10 and stage.driver.words(7) == ["placed", "answered", "ended"]
        invite = next(text for _, way, text in stage.callee.messages() if way == "in" and text.startswith("INVITE"))
        assert "SIP/2.0/TLS 127.0.0.1" in invite, "our own leg"
        contact = next(line for line in invite.split("\n") if line.startswith("Contact"))
        assert "transport=tls" in contact


def test_a_call_over_tls_that_they_end(folder):
    """The trunk makes a connection of its own to us for it: both show their certificates."""
    ca = Authority(folder / "ca")
    (folder / "long.ulaw").write_bytes(bytes((0x20, 0xA0)) * 40000)  # 10 s
    with Stage(folder, ca.issue("trunk", ip="127.0.0.1"), ca, scenario="hang_up_at_once",
               identity=ca.issue("us", ip="127.0.0.1"), prompt0=folder / "long.ulaw") as stage:
        stage.driver.wait(lambda e: e["event"] == "trunk" and e["up"] == 1)
        stage.driver.call(7)
        end = stage.driver.end_of(7)
        assert end["by_us"] == 0 and end["code"] == 16


def test_trunks_that_are_not_believed(folder):
    """Asked by OPTIONS, all at once: a handshake that fails is silence, and silence takes its time."""
    ca, other = Authority(folder / "ca"), Authority(folder / "other", "Other CA")
    here = {"ip": "127.0.0.1"}
    cases = {"wrong name": ca.issue("name", dns="sip.elsewhere.example"),
             "another address": ca.issue("address", ip="127.0.0.2"),
             "wrong authority": other.issue("authority", **here),
             "expired": ca.issue("expired", **here, expired=True),
             "it wants our certificate, and we have none": ca.issue("clients", **here)}
    with ExitStack() as stack:
        stages = {}
        for n, (what, certificate) in enumerate(cases.items()):
            place = folder / str(n)
            place.mkdir(mode=0o755)
            clients = ca.pem if "ours" in what or "our " in what else None
            stages[what] = stack.enter_context(Stage(place, certificate, ca, clients, register=0, keepalive=30))
        for what, stage in stages.items():
            down = stage.driver.wait(lambda e: e["event"] == "trunk" and e["status"] >= 400, 20)
            assert down["up"] == 0, what
            stage.driver.call(7)
            assert "no trunk" in stage.driver.wait(lambda e: e["event"] == "dropped")["why"], what
            assert not stage.trunk.lines(), f"{what}: not one message went over it"
            assert not [e for e in stage.driver.events if e["event"] == "trunk" and e["up"]], what


def test_a_bad_certificate_is_not_believed_by_a_call_either(folder):
    """Neither registration nor OPTIONS before it: the INVITE itself finds out."""
    other = Authority(folder / "other", "Other CA")
    with Stage(folder, other.issue("t", ip="127.0.0.1"), Authority(folder / "ca"), register=0) as stage:
        stage.driver.call(7)
        assert stage.driver.end_of(7)["code"] == 40
        assert stage.driver.wait(lambda e: e["event"] == "trunk" and e["up"] == 0), "it rests"
        assert not stage.trunk.lines()


def test_a_trunk_that_wants_to_see_our_certificate(folder):
    ca = Authority(folder / "ca")
    with Stage(folder, ca.issue("trunk", ip="127.0.0.1"), ca, clients=ca.pem,
               identity=ca.issue("us", dns="osame.ina.example")) as stage:
        stage.driver.wait(lambda e: e["event"] == "trunk" and e["up"] == 1)
        stage.driver.call(7)
        assert stage.driver.end_of(7)["code"] == 10


def test_a_call_over_tcp(folder):
    with Sipp(folder / "callee", "listen") as callee, Kamailio(folder / "trunk", ACCOUNTS) as trunk:
        callee.run()
        trunk.routes = {"0265784111": callee.uri}
        trunk.run()
        with Driver(folder / "driver", trunk.uri + ";transport=tcp", user="osame", password=ACCOUNTS["osame"],
                    register=1) as driver:
            driver.wait(lambda e: e["event"] == "trunk" and e["up"] == 1)
            driver.call(7)
            assert driver.end_of(7)["code"] == 10
        invite = next(text for _, way, text in callee.messages() if way == "in" and text.startswith("INVITE"))
    assert "SIP/2.0/TCP 127.0.0.1" in invite
