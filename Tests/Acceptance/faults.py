#!/usr/bin/env python3
"""The matrix of faults: each fault × (embedded forum, foreign forum by a mapping) × (SQLite, PostgreSQL), with the
real program and a mail server that misbehaves.

A small forum has twelve watchers in four domains, nine at once and three by digest. A post goes out; the fault is done;
posts follow, and cron's jobs run three times. Then must hold: all other mail has arrived; what is wrong was told once,
in words that say what to do, with the exit status of the README's table; `watchpost status` shows it. The fault is
mended, its one command is given where it names one, and: what was kept back arrives, nothing is lost, nothing doubled,
and the jobs are silent again.

usage: [Tests/with-postgres] Tests/Acceptance/faults.py [--quick] [--only NAME …] [--binary FILE] [--workers N]
       [--verbose]

Without Tests/with-postgres the two columns of PostgreSQL are left out, and that is said. As root the program runs as
the user who owns that server, else as nobody: what files forbid is tried too. A wrong clock takes Debian's faketime.
"""
import argparse
import concurrent.futures
import os
import pathlib
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback

import faults_of_data
import faults_of_relay
from fault import Fault
from fault_site import Refused, Site, said
from installation import Failed
from scripted_relay import certificate

ROOT = pathlib.Path(__file__).resolve().parents[2]
AT_DAY, ALL = ("dispatch", "digest"), ("dispatch", "digest", "maintain")
COLUMNS = [("embedded", "sqlite"), ("embedded", "postgres"), ("foreign", "sqlite"), ("foreign", "postgres")]


def faults_in(module):
    """Its classes, in their order, without those that others are made of: they have no title."""
    return [
        value for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, Fault) and value.__module__ == module.__name__ and value.name]


class Cell:
    """One fault on one forum."""

    def __init__(self, fault, kind, database, options):
        self.fault, self.kind, self.database, self.options = fault(), kind, database, options
        self.problems = []  # (check, what was expected and seen)

    def require(self, check, holds, words):
        if not holds:
            self.problems.append((check, words() if callable(words) else words))

    def play(self):
        """None, or why this cell was skipped."""
        reason = self.fault.skip(self.kind, self.database)
        if self.database == "postgres" and not self.options.server:
            reason = reason or "no PostgreSQL"
        if reason:
            return reason
        name = f"{type(self.fault).__name__}_{self.kind}_{self.database}".lower()
        site = None
        try:
            site = Site(
                self.options.binary, self.options.directory / name, self.kind == "embedded",
                self.options.server if self.database == "postgres" else None, self.options.user,
                self.options.certificate, name)
            self.course(site)
        except (Failed, Refused, OSError, subprocess.SubprocessError) as problem:
            self.problems.append(("course", f"{type(problem).__name__}: {problem}"))
            if self.options.verbose:
                traceback.print_exc()
        finally:
            if site:
                if hasattr(self.fault, "clean"):
                    self.fault.clean(site)
                if self.options.verbose:
                    for said in site.said:
                        print(f"    {name}: {said.job} {said.status}: {said.text}")
                site.close()
        return None

    def course(self, site):
        fault = self.fault
        if not fault.is_early:
            site.tick(AT_DAY)
            if not fault.is_first_evening:
                site.post()
                site.tick(AT_DAY)
                self.require(
                    "before", not site.missing(), lambda: f"before the fault, {self.lack(site)}; {said(site.said)}")
        is_refused = False
        try:
            fault.harm(site)
        except Refused:
            is_refused = True
        self.require(
            "refused", is_refused == fault.is_refused(site),
            f"the database {'refused' if is_refused else 'took'} what the fault wrote")
        self.is_there = not is_refused
        before = site.arrived()
        if not fault.is_early:
            site.post()
            site.post()
        ticks = [site.tick(), site.tick(AT_DAY)]
        site.hours_pass()
        ticks.append(site.tick(AT_DAY))
        self.meanwhile(site, [fault.said] + ticks, before)
        if self.is_there:
            fault.mend(site)
            if fault.command:
                ended = site.watchpost.tell(*fault.command)
                self.require(
                    "command", ended.returncode == 0,
                    f"watchpost {' '.join(fault.command)}: {ended.returncode}: {ended.stdout}{ended.stderr}")
        site.tick()
        if fault.is_early:
            site.post()
        for jobs in (AT_DAY, AT_DAY, ALL):
            site.hours_pass()
            last = site.tick(jobs)
        self.afterwards(site, last)

    def meanwhile(self, site, ticks, before):
        fault, is_there = self.fault, self.is_there
        runs = [run for tick in ticks for run in tick]
        codes = [run.status for tick in ticks[1:] for run in tick if run.job == "dispatch"]
        waits = {
            key for key, address in site.due.items()
            if is_there and not before[address, key[1]] and fault.withheld(site, *key)}
        missing = set(site.missing())
        self.require(
            "arrives", not missing - waits,
            lambda: f"others' mail: {self.lack(site, missing - waits)}; {said(runs)}")
        self.require("waits", not (waits - missing), lambda: f"should wait, and came: {sorted(waits - missing)[:3]}")
        expected = fault.exit_status if is_there else 0
        self.require("exit", set(codes) == {expected}, f"exit status {codes}, expected {expected}; {said(runs)}")
        text = "\n".join(run.text for run in runs if run.text)
        tells, shows = (fault.tells, fault.shows) if is_there else ((), ())
        lacking = [word for word in tells or () if word not in text]
        self.require("tells", not lacking, f"nothing told of {lacking}: {said(runs)}")
        if tells == ():
            self.require("tells", not text, f"nothing was to be told: {said(runs)}")
        elif fault.told_ticks:
            speaking = [number for number, tick in enumerate(ticks) if any(run.text for run in tick)]
            lines = [line for run in runs for line in run.text.splitlines()]
            self.require(
                "once", len(speaking) <= fault.told_ticks and len(lines) == len(set(lines)),
                f"told in ticks {speaking}, {len(lines) - len(set(lines))} lines again: {said(runs)}")
        if shows:
            for kind, words in zip(("status", "status --json"), site.status()):
                lacking = [word for word in shows if word not in words]
                self.require("status", not lacking, f"`{kind}` shows nothing of {lacking}: {words.strip()}")

    def afterwards(self, site, last):
        missing = site.missing()
        self.require("heals", not missing, lambda: f"lost: {self.lack(site, missing)}; {said(site.said[-9:])}")
        doubled, unexpected = site.doubled(), site.unexpected()
        self.require("doubled", not doubled, f"{len(doubled)} came twice: {doubled[:3]}")
        self.require("unexpected", not unexpected, f"{len(unexpected)} were nobody's: {unexpected[:3]}")
        self.require(
            "silent", all(run.status == 0 and not run.text for run in last), f"still told once mended: {said(last)}")

    @staticmethod
    def lack(site, missing=None):
        missing = site.missing() if missing is None else missing
        return f"{len(missing)} of {len(site.due)} copies missing, such as {sorted(missing)[:3]}"


def user_of(server):
    """As whom the program runs: root is forbidden nothing."""
    if os.geteuid() != 0:
        return None
    return os.stat(server.split("host=")[1]).st_uid if server else pwd.getpwnam("nobody").pw_uid


def report(faults, cells):
    """Prints the table; returns how many checks failed that must not."""
    width = max(len(fault.name) for fault in faults)
    print(" " * width + "  " + "  ".join(f"{kind} {database}".ljust(17) for kind, database in COLUMNS))
    failures, reasons, passed = [], {}, set()
    for fault in faults:
        name, row = fault.__name__, []
        for column in COLUMNS:
            cell, reason = cells[fault, column]
            if reason:
                row.append(f"– ({reasons.setdefault(reason, len(reasons) + 1)})")
                continue
            failures += [(name, column, check, words) for check, words in cell.problems]
            passed.add(column)
            row.append("FAILED" if cell.problems else "good" if cell.is_there else "refused")
        print(fault.name.ljust(width) + "  " + "  ".join(text.ljust(17) for text in row).rstrip())
    for reason, number in reasons.items():
        print(f"({number}) {reason}")
    for name, (kind, database), check, words in failures:
        print(f"FAILED {name} {kind} {database}: {check}: " + " ".join(words.split()))
    return len(failures)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a few faults, for every change to the program")
    parser.add_argument("--only", nargs="+", metavar="NAME", help="these faults, by the names of their classes")
    parser.add_argument("--binary", default=str(ROOT / ".build/debug/watchpost"), help="default: %(default)s")
    parser.add_argument("--workers", type=int, default=4, help="cells at a time (default: %(default)s)")
    parser.add_argument("--verbose", action="store_true", help="what every run said")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    faults = [
        fault for fault in faults_in(faults_of_data) + faults_in(faults_of_relay)
        if (not options.quick or fault.is_quick) and (not options.only or fault.__name__ in options.only)]
    options.server = os.environ.get("WATCHPOST_TEST_POSTGRES")
    options.user = user_of(options.server)
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="watchpost-faults-") as name:
        options.directory = pathlib.Path(name)
        options.directory.chmod(0o755)
        binary = options.directory / "watchpost"
        shutil.copy(options.binary, binary)  # where the user who runs it can read it
        binary.chmod(0o755)
        options.binary = binary
        options.certificate = certificate(options.directory)
        cells = {
            (fault, column): Cell(fault, *column, options) for fault in faults for column in COLUMNS}
        with concurrent.futures.ThreadPoolExecutor(options.workers) as pool:
            reasons = dict(zip(cells, pool.map(Cell.play, cells.values())))
        failed = report(faults, {key: (cell, reasons[key]) for key, cell in cells.items()})
    done = sum(1 for reason in reasons.values() if not reason)
    print(f"{len(faults)} faults, {done} cells, {failed} failed checks, {time.monotonic() - began:.0f} s")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
