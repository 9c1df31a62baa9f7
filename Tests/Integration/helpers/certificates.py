"""What a server may show: the right certificate, and one that is wrong in each way."""

from harness import CertificateAuthority


class Certificates:
    """Certificates for `localhost`, each a file and its key file, made when they are first asked for."""

    WRONG = ("another name", "expired", "another authority")

    def __init__(self, folder):
        """`folder` is fresh."""
        self.folder = folder
        self.authority = self._authority("ours")
        self.other_authority = self._authority("another")
        self._made = {}

    @property
    def trusted(self):
        """The file with our authority, for clients."""
        return self.authority.certificate

    @property
    def right(self):
        return self["right"]

    @property
    def client(self):
        """Our own certificate, for servers that want one."""
        return self["client"]

    @property
    def foreign_client(self):
        """A client's certificate that our authority knows nothing of."""
        return self["foreign client"]

    def __getitem__(self, kind):
        if kind not in self._made:
            self._made[kind] = self._issue(kind)
        return self._made[kind]

    def _issue(self, kind):
        name = kind.replace(" ", "-")
        match kind:
            case "right" | "renewed":
                return self.authority.issue(name)
            case "another name":
                return self.authority.issue(name, ("DNS:elsewhere.example",))
            case "expired":
                return self.authority.issue(name, expired=True)
            case "another authority":
                return self.other_authority.issue(name)
            case "client":
                return self.authority.issue(name, ("DNS:notifyd.example",))
            case "foreign client":
                return self.other_authority.issue(name, ("DNS:notifyd.example",))
        raise KeyError(kind)

    def _authority(self, name):
        folder = self.folder / name
        folder.mkdir()
        return CertificateAuthority(folder, name)
