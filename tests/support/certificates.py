"""Certificates for tests, made by openssl on the spot: an authority, and what it vouches for.

    ca = Authority(folder)
    ca.issue("trunk", ip="127.0.0.1")          # trunk.pem and trunk.key in its folder
    ca.issue("old", ip="127.0.0.1", expired=True)
"""
import subprocess
from pathlib import Path

CONFIG = """[ca]
default_ca = ours
[ours]
database = {folder}/index.txt
new_certs_dir = {folder}
serial = {folder}/serial
private_key = {folder}/ca.key
certificate = {folder}/ca.pem
default_md = sha256
policy = any
copy_extensions = copy
unique_subject = no
[any]
commonName = supplied
"""


def openssl(*argv):
    done = subprocess.run(["openssl", *map(str, argv)], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr


class Authority:
    def __init__(self, folder, name="Test CA"):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True)
        self.folder.chmod(0o755)
        self.pem = self.folder / "ca.pem"
        openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", 2,
                "-subj", f"/CN={name}", "-keyout", self.folder / "ca.key", "-out", self.pem)
        (self.folder / "index.txt").write_text("")
        (self.folder / "serial").write_text("01\n")
        (self.folder / "ca.cnf").write_text(CONFIG.format(folder=self.folder))

    def issue(self, name, dns=None, ip=None, expired=False):
        """(certificate, key)."""
        key, request, pem = (self.folder / f"{name}.{end}" for end in ("key", "csr", "pem"))
        subject = f"DNS:{dns}" if dns else f"IP:{ip}"
        openssl("req", "-newkey", "rsa:2048", "-nodes", "-subj",
                f"/CN={dns or ip}", "-addext", f"subjectAltName={subject}", "-keyout", key, "-out", request)
        dates = ("20200101000000Z", "20200102000000Z") if expired else ("20200101000000Z", "20491231000000Z")
        openssl("ca", "-batch", "-config", self.folder / "ca.cnf", "-startdate", dates[0], "-enddate", dates[1],
                "-in", request, "-out", pem, "-notext")
        key.chmod(0o644)  # kamailio reads it as nobody: a key of a test, gone with it
        return pem, key

    def folder_for(self, place, *identity):
        """A tls_folder of ours: this authority is trusted; with an identity, we show that."""
        place = Path(place)
        place.mkdir(parents=True)
        (place / "cafile.pem").write_text(self.pem.read_text())
        if identity:
            agent = place / "agent.pem"
            agent.write_text("".join(Path(part).read_text() for part in identity))
            agent.chmod(0o600)
        return place
