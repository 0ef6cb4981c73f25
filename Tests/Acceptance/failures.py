#!/usr/bin/env python3
"""A PostgreSQL that goes away in mid-run, refuses to write, or is full: each run ends with status 69 and a sentence, nothing is
lost, what was under way is doubled at most, and the first run after it is well again goes on.

usage: Tests/with-postgres Tests/Acceptance/failures.py [--messages M] [--binary FILE]
"""
import argparse
import os
import pathlib
import random
import shlex
import subprocess
import sys
import tempfile
import time

from hosts import Cluster, psql, server_of_the_run
from installation import Capture, Failed
from kill import BOUND, received

ROOT = pathlib.Path(__file__).resolve().parents[2]


class Failures(Cluster):
    def control(self, *words):
        command = shlex.split(os.environ["WATCHPOST_TEST_POSTGRES_CONTROL"])
        subprocess.run([*command, *words], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/")

    def dispatch(self):
        """Runs once for somebody who looks on, so that all is told; returns the status and what was said."""
        host = self.hosts[0]
        ended = subprocess.run(
            host.command("run", "dispatch", "-v"), env=host.environment, stdin=subprocess.DEVNULL, capture_output=True,
            text=True, timeout=600)
        return ended.returncode, ended.stderr

    def expect_unavailable(self, said, *words):
        status, text = said
        if status != 69 or not all(word in text for word in words) or "geheim" in text:
            raise Failed(f"status {status}, expected 69 with {words}:\n{text}")

    def finish(self):
        """Everything is sent by runs that end well; what the dead run had taken is taken back by hand."""
        for _ in range(20):
            self.end_leases()
            self.hosts[0].run("run", "dispatch", expect=(0, 69, 75))
            if not self.left():
                return
        raise Failed(f"{self.left()} messages are never sent")


def goes_away(cluster, rng):
    """The server is stopped while a run sends, as by a crash, and started again."""
    sent = cluster.posts * cluster.messages
    cluster.post()
    host = cluster.hosts[0]
    process = subprocess.Popen(
        host.command("run", "dispatch", "-v"), env=host.environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True)
    while process.poll() is None and cluster.count("state = 'sent'") - sent < rng.uniform(0.05, 0.5) * cluster.messages:
        time.sleep(0.001)
    cluster.control("stop", "-m", "immediate")
    said = process.communicate(timeout=120)
    cluster.expect_unavailable((process.returncode, said[1]), "postgresql://")
    cluster.expect_unavailable(cluster.dispatch(), "postgresql://")  # it is still down
    cluster.control("start")
    under_way = cluster.count("state = 'sending'")
    cluster.finish()
    return under_way


def is_read_only(cluster):
    """As on a replica that was not promoted."""
    cluster.post()
    psql(cluster.server, f"ALTER DATABASE {cluster.name} SET default_transaction_read_only = on")
    # Our own transactions say what they are; a replica would refuse all the same.
    psql(cluster.server, f"ALTER ROLE watchpost IN DATABASE {cluster.name} SET default_transaction_read_only = on")
    cluster.expect_unavailable(cluster.dispatch(), "read-only")
    psql(cluster.server, f"ALTER DATABASE {cluster.name} RESET default_transaction_read_only")
    psql(cluster.server, f"ALTER ROLE watchpost IN DATABASE {cluster.name} RESET default_transaction_read_only")
    cluster.finish()


def fill(path):
    """Writes until the disk is full."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT)
    try:
        while True:
            os.write(descriptor, b"x" * 4096)
    except OSError:
        os.close(descriptor)


def is_full(cluster, directory):
    """The ledger's largest tables on a small disk of their own, which is full before the post is decided about."""
    small = directory / "small"
    small.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m,mode=777", "tmpfs", str(small)]).returncode != 0:
        return False
    try:
        owner = os.stat(cluster.server.split("host=")[1]).st_uid  # the socket's directory is the server's own
        (small / "space").mkdir()
        os.chown(small / "space", owner, -1)
        psql(cluster.server, f"CREATE TABLESPACE small LOCATION '{small}/space'")
        for table in ("delivery", "decision"):
            psql(cluster.uri, f"TRUNCATE {table}")
            psql(cluster.uri, f"ALTER TABLE {table} SET TABLESPACE small")
        fill(small / "brim")
        cluster.posts = 0
        cluster.post()
        cluster.expect_unavailable(cluster.dispatch(), "No space left")
        if cluster.count("TRUE"):
            raise Failed("copies were queued on a full disk")
        (small / "brim").unlink()
        for table in ("delivery", "decision"):
            psql(cluster.uri, f"ALTER TABLE {table} SET TABLESPACE pg_default")
        cluster.finish()
        return True
    finally:
        try:
            psql(cluster.server, "DROP TABLESPACE IF EXISTS small")
        finally:
            subprocess.run(["umount", "-l", str(small)], check=False)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--messages", type=int, default=10_000)
    parser.add_argument("--binary", default=str(ROOT / ".build/release/watchpost"), help="default: %(default)s")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    server = server_of_the_run()
    rng = random.Random(options.seed)
    with tempfile.TemporaryDirectory(prefix="watchpost-failures-") as name:
        directory = pathlib.Path(name)
        directory.chmod(0o755)
        with Capture(options.binary, directory / "maildir") as capture:
            cluster = Failures(options.binary, directory, server, capture.port, 1, options.messages, None)
            cluster.server, cluster.name = server, f"hosts{os.getpid()}"
            under_way = [goes_away(cluster, rng) for _ in range(3)]
            is_read_only(cluster)
            posts = cluster.posts
            found = received(directory / "maildir")
            was_full = is_full(cluster, directory)
            if not was_full:
                print("full disk SKIPPED: it takes the right to mount a small one")
            last = received(directory / "maildir")
    lost = posts * options.messages - len(found)
    again = sum(len(ids) - 1 for ids in found.values())
    changed = sum(len(set(ids)) > 1 for ids in found.values())
    print(f"server    gone 3 times in mid-run, once read-only, {'once full' if was_full else 'never full'}")
    print(f"lost      {lost} of {posts * options.messages}; after the full disk {len(last) - len(found)} more arrived")
    print(f"doubled   {again}, under way {under_way}, the bound is {BOUND} each; {changed} under another Message-ID")
    is_good = lost == 0 and changed == 0 and again <= BOUND * 3 and max(under_way) <= BOUND
    sys.exit(0 if is_good else 1)


if __name__ == "__main__":
    main()
