"""A certificate authority for tests."""

import pathlib
import subprocess


class CertificateAuthority:
    """Makes certificates by openssl that are good for a day. `certificate` is the file that the other side trusts."""

    def __init__(self, folder, name="test authority"):
        self.folder = pathlib.Path(folder)
        self.certificate = self.folder / "ca.pem"
        self._key = self.folder / "ca.key"
        self._openssl(
            "req", "-x509", *_NEW_KEY, "-keyout", self._key, "-out", self.certificate, "-days", "1",
            "-subj", f"/CN=notifyd {name}",
        )  # fmt: skip

    def issue(self, name="localhost", alternatives=("DNS:localhost", "IP:127.0.0.1"), expired=False):
        """A certificate and its key, as two files called `name`; an expired one is a day past its end."""
        certificate, key = self.folder / f"{name}.pem", self.folder / f"{name}.key"
        request, extensions = self.folder / f"{name}.csr", self.folder / f"{name}.ext"
        extensions.write_text(f"subjectAltName={','.join(alternatives)}\n")
        self._openssl("req", *_NEW_KEY, "-keyout", key, "-out", request, "-subj", f"/CN={name}")
        self._openssl(
            "x509", "-req", "-in", request, "-CA", self.certificate, "-CAkey", self._key, "-CAcreateserial",
            "-extfile", extensions, "-out", certificate, "-days", "-1" if expired else "1",
        )  # fmt: skip
        return certificate, key

    def _openssl(self, *arguments):
        done = subprocess.run(["openssl", *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError(f"openssl {arguments[0]} failed: {done.stderr}")


_NEW_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
