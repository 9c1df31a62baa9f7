#!/usr/bin/python3
"""test.py: runs what `make test` has built, the servers it needs around it.

    test.py [swift] [integration] [-- pytest's arguments]

`swift` is `swift test` with a private RabbitMQ and Postgres; `integration` is pytest on Tests/Integration, which starts
its own. Shows failures and a summary; the whole output is in .build/test-logs.
"""

import os
import pathlib
import re
import signal
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
LOGS = ROOT / ".build/test-logs"
# What of `swift test` is worth a line on the way: failures, and what the compiler or the runtime complains about.
WORTH_SHOWING = re.compile(r"^(✘|(?![◇✔↳]).*(error:|warning:|Exited with|[Cc]rashed))")
SUMMARY = re.compile(r"Test run with|Executed \d+ tests")

sys.path.insert(0, str(ROOT / "Tests/Integration"))


def main():
    # So that the servers are stopped when a CI system ends the job.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    arguments = sys.argv[1:]
    further = arguments[arguments.index("--") + 1 :] if "--" in arguments else []
    chosen = arguments[: arguments.index("--")] if "--" in arguments else arguments
    unknown = set(chosen) - {"swift", "integration"}
    if unknown:
        sys.exit(f"test.py: {', '.join(sorted(unknown))}: not swift or integration")
    LOGS.mkdir(parents=True, exist_ok=True)
    results = []
    if "swift" in chosen or not chosen:
        results.append(run_swift())
    if "integration" in chosen or not chosen:
        results.append(run_integration(further))
    print()
    for name, passed, summary, seconds in results:
        print(f"{'passed' if passed else 'FAILED'}  {name}: {summary} ({seconds:.0f} s)")
    sys.exit(0 if all(result[1] for result in results) else 1)


def run_swift():
    from harness import CertificateAuthority, Postgres, RabbitMQ, Workspace

    started = time.monotonic()
    print("swift test: starting a private RabbitMQ and Postgres", flush=True)
    with Workspace() as workspace:
        authority = CertificateAuthority(workspace.folder("authority"))
        with (
            Postgres(workspace.folder("postgres")) as postgres,
            RabbitMQ(workspace.folder("rabbitmq"), authority=authority) as broker,
        ):
            servers = {
                "NOTIFYD_TEST_DATABASE_URL": postgres.create_database("notifyd_test"),
                "NOTIFYD_TEST_AMQP_URL": broker.url(),
                "NOTIFYD_TEST_AMQPS_URL": broker.secure_url(),
                "NOTIFYD_TEST_AMQPS_CA": str(authority.certificate),
            }
            print("swift test: running", flush=True)
            status, summary = stream(
                ["swift", "test", "--skip-build", "--no-parallel"], {**os.environ, **servers}, LOGS / "swift.log", WORTH_SHOWING
            )
    return "swift test", status == 0, summary, time.monotonic() - started


def run_integration(arguments):
    started = time.monotonic()
    print("integration tests: running", flush=True)
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--tb=short", "-q"]
    # The tests' folders (logs, outboxes) stay there until the next run, to be looked at.
    command += [f"--basetemp={LOGS / 'integration'}", "Tests/Integration"]
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    status, summary = stream([*command, *arguments], environment, LOGS / "integration.log", re.compile(""))
    return "integration tests", status == 0, summary, time.monotonic() - started


def stream(command, environment, log, worth_showing):
    """Runs it, all output to `log`, what is worth showing to us as well. Returns exit status and its last summary."""
    summary = ""
    last = ""
    with open(log, "w", encoding="utf-8") as file:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
        try:
            for line in process.stdout:
                file.write(line)
                if worth_showing.search(line):
                    print(line, end="", flush=True)
                if SUMMARY.search(line):
                    summary = line
                last = line.strip() and line or last
        except BaseException:
            process.terminate()
            raise
        finally:
            process.wait()
    # Without the frames that the tools put around it, and without their own clock.
    text = re.sub(r"^[^\w]+|( (in|after) [\d.]+ ?s(econds)?\b.*)?[=\s.]+$", "", summary or last)
    if process.returncode != 0:
        print(f"the whole output: {log.relative_to(ROOT)}")
        text = text or f"ended with {process.returncode}"
    return process.returncode, text


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
