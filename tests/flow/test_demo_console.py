"""What `make demo KEEP=1` leaves open, without the night before it: an address on this machine, and a link that is
good once for an account that may do everything."""
from tests.support.demo_console import ROLES, Kept, section
from tests.support.osamed import Osamed
from tests.support.peer import remove, temporary_folder


def test_the_address_and_the_link():
    folder = temporary_folder("osame-flow-")
    try:
        engine = Osamed(folder / "osame", rehearsal=False)
        engine.campaign()
        kept = Kept(folder / "kept", engine.folder / "console.sock", lambda *words: engine.osame(*words).json, web=False)
        text = section(engine.folder / "console.sock", kept.url)
        engine.keys["console"] = dict(line.split(" = ") for line in text.split("[console]\n")[1].splitlines())
        with engine:
            engine.run()
            try:
                link = kept.open(department="zeimu")
                assert link.startswith(f"{kept.url}/#invite=hanako.") and kept.url.startswith("https://localhost:")
                assert any(link in line for line in kept.words(link))
                assert kept.console.curl("/").status == 200
                look = kept.console.post("/api/invite.look", {"token": link.split("#invite=")[1]})
                assert look.status == 200 and look.json["result"]["user"] == "hanako"
                account = next(u for u in engine.rows("user") if u["user"] == "hanako")
                assert set(account["roles"].split()) == set(ROLES.split())
            finally:
                kept.stop()
    finally:
        remove(folder)
