"""What README.md, CONTRIBUTING.md, CHANGELOG.md and docs/ name is there, and what people need is named.

Nothing here needs a server. The program says which commands, options and keys there are; the sources say the rest.
"""

import functools
import json
import re
import shlex

import pytest

from harness import ROOT, notifyd
from helpers.documents import pages

# What stands for something of the reader's, and a value that the program takes in its place.
PLACEHOLDERS = {"ID": "42", "TYPE": "payment.completed", "CHANNEL": "email", "ADDRESS": "a@example.com", "N": "2",
                "R": "2", "REASON": "smtp.550", "REVISION": "1"}
# Options between backticks that are another program's.
FOREIGN_OPTIONS = {"--vhost": "rabbitmqctl", "--build-arg": "docker build", "--role": "pg_restore",
                   "--daemon": "scripts/sanitize", "--filter": "swift test"}
# Paths of other packages, and of the reader's own.
FOREIGN_PATHS = ("/etc/resolv.conf", "/etc/ssl/certs", "/etc/prometheus", "/etc/systemd", "/proc", "/run/secrets",
                 "/run/systemd", "/var/backups", "/home", "/root", "/dev/", "/tmp")
TEST_VARIABLES = re.compile(r"NOTIFYD_TEST_[A-Z0-9_]+")
NOWHERE = "/nowhere/notifyd.yaml"

PAGES = pages()
HISTORY = "CHANGELOG.md"  # may name what is gone


def sources(*folders, suffix="*.swift"):
    return "\n".join(path.read_text() for folder in folders for path in sorted((ROOT / folder).rglob(suffix)))


@functools.cache
def swift():
    return sources("Sources")


@functools.cache
def commands():
    """The options of each command by its words: ("dlq", "list") → {"--type", …}."""
    found = {}

    def walk(command, words):
        options = {("--" if name["kind"] == "long" else "-") + name["name"]
                   for argument in command.get("arguments", []) for name in argument.get("names", [])}
        found[words] = options
        for each in command.get("subcommands", []):
            if each["commandName"] != "help":
                walk(each, (*words, each["commandName"]))

    walk(json.loads(notifyd("--experimental-dump-help").output)["command"], ())
    return found


@functools.cache
def keys():
    """Every configuration key with its variable."""
    outcome = notifyd("config", "--json", variables={"NOTIFYD_EMAIL_PROVIDERS": "file"})
    return {line["key"]: line["environment"] for line in outcome.json()}


@functools.cache
def error_codes():
    return set(re.findall(r'static let \w+ = ErrorCode\(rawValue: "([^"]+)"\)', swift()))


@functools.cache
def metrics():
    text = sources("Sources/NotifyDaemon/Metrics", "Sources/Telemetry")
    return set(re.findall(r'"((?:notifyd|process|messaging)_\w+)"', text))


@functools.cache
def alerts():
    return re.findall(r"^ *- alert: (\w+)$", (ROOT / "deploy/prometheus/alerts.yml").read_text(), re.MULTILINE)


@functools.cache
def installed():
    """Where the package puts things: by its own lists, its scripts and the units."""
    found = {"/usr/share/doc/notifyd"}
    pages = (ROOT / "deploy/debian/notifyd.manpages").read_text().split()
    found |= {f"/usr/share/man/man{page[-1]}/{page}.gz" for page in pages}
    found |= {f"/lib/systemd/system/{path.name}" for path in (ROOT / "deploy/systemd").iterdir()}
    for line in (ROOT / "deploy/debian/notifyd.install").read_text().split("\n"):
        if line and not line.startswith("#"):
            source, folder = line.split()
            found.add(f"/{folder}/{source.split('/')[-1]}")
    for path in [*(ROOT / "deploy/systemd").iterdir(), *(ROOT / "deploy/debian").glob("notifyd.p*")]:
        found |= set(re.findall(r"(?<![\w.}])/(?:etc|usr|var|run|lib)/[\w@./%*-]+", path.read_text()))
    return found


@functools.cache
def messages():
    """What the log says: literals of the sources, and a line for each outcome."""
    outcomes = re.findall(r"^ +case (\w+)", sources("Sources/Pipeline/Outcomes"), re.MULTILINE)
    return {*re.findall(r'"([^"\n]+)"', swift()), *(f"notification {outcome}" for outcome in outcomes)}


@functools.cache
def compose():
    """docker-compose.yml, which has variables of its own."""
    return (ROOT / "docker-compose.yml").read_text()


def is_in_compose(path):
    """Whether docker-compose.yml names this path: one in a container, or a file that is made on the spot."""
    return re.search(rf"(?<![\w./]){re.escape(path)}(?![\w.-])", compose())


@functools.cache
def roles():
    """The database roles that the script makes, by its default prefix."""
    script = (ROOT / "deploy/postgres/roles.sql").read_text()
    return {f"notifyd{name}" for name in re.findall(r"\|\| '(_\w+)' AS", script)}


def every(what, *, history=True):
    """(page's name, each) of all pages."""
    return [(page.name, each) for page in PAGES.values() if history or page.name != HISTORY
            for each in getattr(page, what)]


def words_of(code):
    try:
        return shlex.split(code)
    except ValueError:
        return code.split()


def none_but(problems, seen, least):
    """Fails with the problems; also when fewer than `least` things were looked at, since then nothing was checked."""
    assert seen >= least, f"only {seen} were found to look at"
    assert not problems, "\n".join(["", *map(str, problems)])


def plain_command(words):
    """The longest beginning of the words that is a command, and the rest."""
    for length in range(len(words), -1, -1):
        if tuple(words[:length]) in commands():
            return tuple(words[:length]), words[length:]
    return (), words


# What is named is there


def test_links_lead_somewhere():
    problems, links = [], every("links")
    for name, link in links:
        if link.startswith(("https://", "mailto:")):
            continue
        path, _, anchor = link.partition("#")
        target = (PAGES[name].path.parent / path).resolve() if path else PAGES[name].path
        if not target.exists():
            problems.append(f"{name}: {link} is not there")
        elif anchor:
            page = next((page for page in PAGES.values() if page.path == target), None)
            if page is None or anchor not in page.anchors:
                problems.append(f"{name}: {link} has no such heading")
    none_but(problems, len(links), 50)


def parsed(words):
    """What the program says to these words, and the status of those that it understands.

    It is given a configuration that is not there, which it says only when it has understood all words.
    """
    words = [PLACEHOLDERS.get(word, word) for word in words]
    if {"--help", "-h", "--version", "--example", "--reference"} & set(words) or plain_command(words) == ((), []):
        return notifyd(*words), 0
    if "--config" in words:
        place = words.index("--config")
        words = words[:place] + words[place + 2:]
    return notifyd(*words, "--config", NOWHERE), 78


def test_each_line_of_notifyd_in_a_block_is_understood_by_the_program():
    problems, seen = [], {}
    for _, call in every("calls", history=False):
        if call.words[0].split("/")[-1] == "notifyd":
            seen.setdefault(call.words[1:], call.place)
    for words, place in seen.items():
        outcome, expected = parsed(words)
        if outcome.status != expected:
            problems.append(f"{place}: notifyd {shlex.join(words)}: {outcome.errors or outcome.output}")
    none_but(problems, len(seen), 40)


def test_commands_and_options_between_backticks_are_there():
    problems, seen = [], 0
    options = set().union(*commands().values())
    for name, code in every("codes", history=False):
        words = words_of(code) or [""]
        if words[0] == "notifyd" and len(words) > 1:
            seen += 1
            command, rest = plain_command(words[1:])
            named = {word.split("=")[0] for word in rest if re.match(r"--?[a-z]", word)}
            if not command and not named <= commands()[()] or not command and rest and not rest[0].startswith("-"):
                problems.append(f"{name}: `{code}`: there is no such command")
            elif not named <= commands()[command]:
                problems.append(f"{name}: `{code}`: no option {', '.join(sorted(named - commands()[command]))}")
        elif re.match(r"--[a-z]", words[0]):
            seen += 1
            if words[0].split("=")[0] not in options | set(FOREIGN_OPTIONS):
                problems.append(f"{name}: `{code}`: no command has this option")
    none_but(problems, seen, 60)


def as_key(word):
    """A word as the key it would be: without a value, and a further provider's as those of smtp."""
    return re.sub(r"^smtp\.(NAME|backup)(\.|$)", r"smtp\2", re.split(r"[:=]", word)[0]).rstrip(".…")


def is_code(word):
    answer = r"smtp\.([245](NN|xx|\d\d)|NNN)|http\.([2-5](NN|xx|\d\d)|NNN)|twilio\.(N|\d+)"
    return word in error_codes() or re.fullmatch(answer, word)


def test_keys_and_error_codes_between_backticks_are_there():
    sections = {key.split(".")[0] for key in keys()} | {code.split(".")[0] for code in error_codes()}
    known = set(keys()) | {".".join(key.split(".")[:count]) for key in keys() for count in (1, 2)}
    problems, seen = [], 0
    for name, code in every("codes"):
        word = as_key(code.split()[0])
        if "." in word and word.split(".")[0] in sections and re.fullmatch(r"[a-z]+(\.[\w-]+)+", word):
            if re.search(r"\.(md|py|swift|yml|yaml|svg|json|deb|txt|[a-z]{2}|target|service)$", word):
                continue  # a file
            seen += 1
            if word not in known and not is_code(word) and f'"{word}"' not in swift():
                problems.append(f"{name}: `{code}` is neither a key nor an error code")
    none_but(problems, seen, 150)


def test_each_configuration_that_is_shown_is_one(tmp_path):
    """Blocks of YAML whose sections are those of the configuration are read by the program."""
    sections, seen, problems = {key.split(".")[0] for key in keys()}, 0, []
    for name, block in every("blocks"):
        tops = set(re.findall(r"^(\w+):", block.text, re.MULTILINE))
        if block.language != "yaml" or not tops or not tops <= sections:
            continue
        seen += 1
        path = tmp_path / "notifyd.yaml"
        path.write_text(block.text)
        given = {"NOTIFYD_EMAIL_FROM": "a@b.example"} if "email" not in tops else {}
        given |= {"NOTIFYD_SMTP_PASSWORD": "secret"} if "username:" in block.text else {}
        given |= {"NOTIFYD_TWILIO_AUTH_TOKEN": "secret"} if "twilio" in tops else {}
        outcome = notifyd("config", "--config", path, variables=given)
        if outcome.status != 0:
            problems.append(f"{name}:{block.number}: {outcome.errors}")
    none_but(problems, seen, 2)


def test_variables_and_credentials_are_there():
    variables = {*keys().values(), "NOTIFYD_CONFIG"}
    telemetry = sources("Sources/Telemetry")
    problems, seen = [], 0
    for page in PAGES.values():
        for variable in re.findall(r"\b(?:NOTIFYD|OTEL)_[A-Z0-9_]+\b", page.text):
            seen += 1
            plain = re.sub(r"^NOTIFYD_SMTP_BACKUP_", "NOTIFYD_SMTP_", variable)
            if plain.startswith("OTEL_"):
                good = f'"{plain}"' in telemetry or any(
                    plain.startswith(start) and f'"{plain.removeprefix(start)}"' in telemetry
                    for start in ("OTEL_EXPORTER_OTLP_TRACES_", "OTEL_EXPORTER_OTLP_"))
            else:
                good = ({plain, plain.removesuffix("_FILE")} & variables or TEST_VARIABLES.fullmatch(plain)
                        or f"{{{plain}:-" in compose())
            if not good:
                problems.append(f"{page.name}: {variable}")
        for credential in re.findall(r"(?<=credstore/)(?:[\w-]+\.)?((?:notifyd|otel)_\w+)", page.text):
            seen += 1
            if credential.upper() not in variables and not credential.startswith("otel_exporter_otlp_"):
                problems.append(f"{page.name}: the credential {credential}")
    none_but(problems, seen, 30)


def test_metrics_and_alerts_are_there():
    credentials = {variable.lower() for variable in keys().values()}
    problems, seen = [], 0
    for name, code in every("codes", history=False):
        word = re.split(r"[{\s=]", code)[0]
        if re.fullmatch(r"(notifyd|process|messaging)_\w+", word):
            seen += 1
            plain = re.sub(r"_(bucket|sum|count)$", "", word)
            if plain not in metrics() and word not in credentials | roles():
                problems.append(f"{name}: `{word}` is no metric, no credential and no role")
        if re.fullmatch(r"Notifyd[A-Z]\w+", word):
            seen += 1
            if word not in alerts():
                problems.append(f"{name}: there is no alert `{word}`")
    none_but(problems, seen, 25)


def test_make_targets_scripts_and_units_are_there():
    makefile = (ROOT / "Makefile").read_text()
    targets = set(re.findall(r"^([a-z0-9-]+):", makefile, re.MULTILINE))
    calls = [(call.place, call.words) for _, call in every("calls", history=False)]
    calls += [(name, words) for name, code in every("codes", history=False) if (words := words_of(code))]
    problems, seen = [], 0
    for place, words in calls:
        if words[0] == "make" and len(words) > 1:
            seen += 1
            for word in words[1:]:
                variable, is_assigned, _ = word.partition("=")
                if f"$({variable})" not in makefile if is_assigned else word not in targets:
                    problems.append(f"{place}: make {word}")
        if words[0] in ("systemctl", "journalctl"):
            for word in words[1:]:
                unit = re.fullmatch(r"(notifyd)(@)?[\w*]*(\.\w+)?", word)
                if unit:
                    seen += 1
                    file = f"deploy/systemd/notifyd{unit.group(2) or ''}{unit.group(3) or '.service'}"
                    if not (ROOT / file).exists():
                        problems.append(f"{place}: {' '.join(words)}: no {file}")
    none_but(problems, seen, 30)


def test_paths_are_there():
    folders = {path.name for path in ROOT.iterdir() if path.is_dir() and not path.name.startswith(".")}
    words = [(name, code.split()[0]) for name, code in every("codes", history=False)]
    words += [(call.place, word) for _, call in every("calls", history=False) for word in call.words]
    problems, seen = [], 0
    for place, word in words:
        path = word.rstrip("/.,")
        if "/" not in path or re.search(r"[…*()<>|'\"\\$]|://|NAME|VERSION", path):
            continue
        if path.startswith("/"):
            seen += 1
            known = f'{path[1:]}"' in swift() or is_in_compose(path) or any(
                path == each or each.startswith(f"{path}/") or path.startswith(f"{each}/") for each in installed())
            if not known and not path.startswith(FOREIGN_PATHS):
                problems.append(f"{place}: {path} is not installed by the package")
        elif path.split("/")[0] in folders:
            seen += 1
            if not (ROOT / path).exists() and not is_in_compose(f"./{path}"):
                problems.append(f"{place}: {path} is not in the repository")
    none_but(problems, seen, 40)


def test_what_is_searched_for_in_the_journal_is_a_message_a_component_or_a_provider():
    found = re.findall(r"journalctl [^\n|]*\| grep (?:'([^'\n]+)'|\"([^\"\n]+)\"|(\S+))",
                       "\n".join(page.text for page in PAGES.values()))
    words = ["".join(each) for each in found]
    none_but([word for word in words if word not in messages() and f"case {word}" not in swift()], len(words), 4)


def test_each_message_that_the_page_explains_is_one_of_the_sources():
    page = PAGES["docs/logging.md"].text
    explained = re.findall(r"^\| `([^`]+)` \| (?:debug|info|notice|warning|error)", page, re.MULTILINE)
    none_but([each for each in explained if each not in messages()], len(explained), 50)


# What people need is named


def test_each_page_is_reached_from_the_readme():
    linked = {link.split("#")[0] for link in PAGES["README.md"].links}
    none_but([name for name in PAGES if name.startswith("docs/") and name not in linked], len(PAGES), 10)


def test_each_command_is_shown():
    shown = {plain_command(call.words[1:])[0] for _, call in every("calls") if call.words[0] == "notifyd"}
    shown |= {plain_command(code.split()[1:])[0] for _, code in every("codes") if code.startswith("notifyd ")}
    leaves = [words for words in commands() if not any(other[:len(words)] == words and other != words
                                                       for other in commands())]
    none_but([f"notifyd {' '.join(words)}" for words in leaves if words not in shown], len(leaves), 18)


def test_each_key_is_explained():
    explained = set(re.findall(r"`([a-zA-Z.]+)`", "\n".join(
        line.split("|")[1] for line in PAGES["docs/configuration.md"].prose.split("\n") if line.startswith("| `"))))
    none_but([key for key in keys() if key not in explained], len(keys()), 55)


def test_each_error_code_is_explained():
    page = PAGES["docs/error-codes.md"]
    none_but([code for code in error_codes() if f"`{code}`" not in page.text], len(error_codes()), 35)


@pytest.mark.parametrize("page", ["docs/security.md", "docs/architecture.md"])
def test_each_table_of_the_schema_is_explained(page):
    tables = set(re.findall(r"CREATE TABLE (?:IF NOT EXISTS )?(\w+) \(", sources("Sources/NotificationLog/Schema")))
    assert {"event", "parked", "schema_migration"} <= tables
    rows = "\n".join(line.split("|")[1] for line in PAGES[page].prose.split("\n") if line.startswith("| `"))
    named = set(re.findall(r"`(\w+)`", rows))
    none_but([table for table in tables if table not in named], len(tables), 12)
