"""The program's own table of keys, and each way to give one."""

import json

import harness
from harness.certificates import CertificateAuthority


class KeyTable:
    """Every key with a value of its own, all of them together a valid configuration."""

    def __init__(self, folder):
        outcome = harness.notifyd("config", "--reference", "--json")
        assert outcome.status == 0, outcome
        self.keys = {row["key"]: row for row in outcome.json()}
        self.folder = folder
        # Certificate and key in one file, which is looked into for each.
        readable = folder / "any.pem"
        pair = CertificateAuthority(folder).issue()
        readable.write_text("".join(path.read_text() for path in pair))
        # `smtp,backup` is the example of email.providers, and backup has the same keys as smtp.
        for key, row in list(self.keys.items()):
            if key.startswith("smtp."):
                self.keys[key.replace("smtp.", "smtp.backup.")] = {
                    **row, **{name: _of_backup(row[name]) for name in ("environment", "credential", "file")}}
        self.values = {key: str(readable) if row["example"].endswith(".pem") else row["example"]
                       for key, row in self.keys.items()}

    def as_file(self):
        """YAML with a mapping for each part of a name. JSON is YAML."""
        tree = {}
        for key, value in self.values.items():
            *sections, name = key.split(".")
            mapping = tree
            for section in sections:
                mapping = mapping.setdefault(section, {})
            mapping[name] = value
        path = self.folder / "all.yaml"
        path.write_text(json.dumps(tree, indent=2))
        return path

    def as_credentials(self):
        credentials = self.folder / "credentials"
        credentials.mkdir()
        for key, row in self.keys.items():
            (credentials / row["credential"]).write_text(self.values[key] + "\n")
        return {"CREDENTIALS_DIRECTORY": str(credentials)}

    def as_variables(self):
        return {row["environment"]: self.values[key] for key, row in self.keys.items()}

    def as_variable_files(self):
        """The others, which cannot be given so, as variables."""
        variables = {}
        for key, row in self.keys.items():
            if row["file"]:
                path = self.folder / row["file"]
                path.write_text(self.values[key] + "\n")
                variables[row["file"]] = str(path)
            else:
                variables[row["environment"]] = self.values[key]
        return variables

    def source(self, key, way):
        """What has to stand in the source of a key given that way."""
        row = self.keys[key]
        return {"file": "all.yaml", "credentials": row["credential"], "variables": row["environment"],
                "variable files": row["file"] or row["environment"]}[way]


def _of_backup(name):
    return name and name.replace("SMTP_", "SMTP_BACKUP_").replace("smtp_", "smtp_backup_")
