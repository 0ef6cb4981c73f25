#!/usr/bin/env python3
"""Several hosts on one PostgreSQL share the work: nothing is lost, nothing doubled, each does a fair share; when one of them is
killed, what it had begun is doubled at most, under the same Message-ID (S5), and what it had taken the others take over.

Each host is an installation of its own with the same keys and the same two lines of configuration, whose `run dispatch` is
started again and again, as cron would. In network namespaces of their own, with --namespaces (as root, with iproute2).

usage: Tests/with-postgres Tests/Acceptance/hosts.py [--hosts N] [--messages M] [--kills K] [--namespaces] [--binary FILE]

Leases are ended by hand after each kill, since the shortest lasts 15 minutes.
"""
import argparse
import json
import os
import pathlib
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

from installation import Capture, Failed, Installation
from kill import BOUND, CONNECTIONS, GROUP, received

ROOT = pathlib.Path(__file__).resolve().parents[2]


def psql(uri, sql):
    return subprocess.run(
        ["psql", uri, "-v", "ON_ERROR_STOP=1", "-qAtc", sql], check=True, capture_output=True, text=True).stdout.strip()


def server_of_the_run():
    """The URI of the server that Tests/with-postgres started; ends the script without one. SIGTERM cleans up, too."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    return os.environ.get("WATCHPOST_TEST_POSTGRES") or sys.exit(
        "WATCHPOST_TEST_POSTGRES is not set: run this by Tests/with-postgres")


class Namespaces:
    """One network namespace for each host, joined to this machine by a pair of virtual interfaces; what comes in for the
    relay is passed on to the server on loopback. The database is reached by its socket."""

    def __init__(self, count):
        self.names = [f"watchpost{os.getpid()}-{index}" for index in range(count)]
        for index, name in enumerate(self.names):
            outer, inner = f"wp{os.getpid() % 10000}o{index}", f"wp{os.getpid() % 10000}i{index}"
            for words in (
                    f"netns add {name}", f"link add {outer} type veth peer name {inner}", f"link set {inner} netns {name}",
                    f"addr add 10.213.{index}.1/24 dev {outer}", f"link set {outer} up",
                    f"-n {name} addr add 10.213.{index}.2/24 dev {inner}", f"-n {name} link set {inner} up",
                    f"-n {name} link set lo up"):
                subprocess.run(["ip", *words.split()], check=True)

    def pass_on(self, port):
        for index in range(len(self.names)):
            listener = socket.create_server((f"10.213.{index}.1", port))
            threading.Thread(target=self.accept, args=(listener, port), daemon=True).start()

    def accept(self, listener, port):
        while True:
            here, _ = listener.accept()
            there = socket.create_connection(("127.0.0.1", port))
            for source, sink in ((here, there), (there, here)):
                threading.Thread(target=self.pump, args=(source, sink), daemon=True).start()

    @staticmethod
    def pump(source, sink):
        try:
            while data := source.recv(65536):
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            sink.close()  # one end was killed: the other must hear of it
            source.close()

    def prefix(self, index):
        return ["ip", "netns", "exec", self.names[index]]

    def close(self):
        for name in self.names:
            subprocess.run(["ip", "netns", "del", name], check=False)


class Host(Installation):
    """One of the machines."""

    def __init__(self, binary, directory, first=None, prefix=()):
        if first:
            shutil.copytree(first.directory, directory)
        super().__init__(binary, directory)
        self.prefix, self.process, self.sent = list(prefix), None, 0

    def start_dispatch(self):
        self.process = subprocess.Popen(
            self.prefix + self.command("run", "dispatch", "--json"), env=self.environment, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def collect(self):
        """Waits for the run and counts what it sent."""
        out, err = self.process.communicate(timeout=900)
        killed = self.process.returncode == -signal.SIGKILL
        if not killed and self.process.returncode != 0:
            raise Failed(f"{self.directory}: status {self.process.returncode}\n{out}{err}")
        if not killed:
            steps = {step["step"]: step for step in json.loads(out)["steps"]}
            self.sent += steps["deliver"]["sent"]
        self.process = None
        return killed


class Cluster:
    def __init__(self, binary, directory, server, port, hosts, messages, namespaces):
        name = f"hosts{os.getpid()}"
        psql(server, f"CREATE DATABASE {name}")
        self.uri = server.replace("/postgres?", f"/{name}?")
        self.messages, self.posts = messages, 0
        for index in range(hosts):
            first = self.hosts[0] if index else None
            host = Host(binary, directory / f"host{index}", first, namespaces.prefix(index) if namespaces else ())
            if index == 0:
                self.hosts = []
                host.configure(
                    f"forum:\n  database: {self.uri}\nledger:\n  database: {self.uri}\n"
                    f"collect:\n  settle: 0s\nsmtp:\n  allow_plain_text: true\n  starttls: never\n"
                    f"delivery:\n  transport: smtp://127.0.0.1:{port}\n  group: {GROUP}\n  connections: {CONNECTIONS}\n")
                host.run("init", str(host.directory), config=False)  # makes the tables there
            self.hosts.append(host)
        if namespaces:
            namespaces.pass_on(port)
            for index, host in enumerate(self.hosts):
                text = host.config.read_text().replace(f"smtp://127.0.0.1:{port}", f"smtp://10.213.{index}.1:{port}")
                host.config.write_text(text)
        psql(self.uri, f"""
            INSERT INTO discussion (title, slug) VALUES ('Risk assessment', 'risk');
            INSERT INTO thread (discussion, title) VALUES (1, 'Living modified fish');
            INSERT INTO participant (name, address)
              SELECT 'Reader ' || n, 'reader' || n || '@example.net' FROM generate_series(1, {messages}) n;
            INSERT INTO watch (scope, target, participant, since) SELECT 'thread', 1, id, 0 FROM participant;
            ANALYZE""")
        self.hosts[0].run("run", "dispatch", silent=True)

    def post(self):
        """A new post, fanned out: what all hosts find when they start."""
        self.posts += 1
        psql(self.uri, f"INSERT INTO post (thread, body, created_at) VALUES (1, 'Post {self.posts}', {int(time.time()) - 1})")

    def count(self, where):
        return int(psql(self.uri, f"SELECT count(*) FROM delivery WHERE {where}"))

    def left(self):
        return self.posts * self.messages - self.count("state = 'sent'")

    def start(self):
        for host in self.hosts:
            host.start_dispatch()

    def finish(self):
        """Every host runs again whenever it has ended, as long as anything is left to take."""
        while True:
            for host in self.hosts:
                if host.process and host.process.poll() is not None:
                    host.collect()
                if not host.process and self.left():
                    host.start_dispatch()
            if not self.left():
                break
            time.sleep(0.02)
        for host in self.hosts:
            if host.process:
                host.collect()

    def end_leases(self):
        psql(self.uri, "UPDATE delivery SET lease_until = 1 WHERE lease IS NOT NULL")


def share(cluster):
    cluster.post()
    cluster.start()
    cluster.finish()
    shares = [host.sent / cluster.messages for host in cluster.hosts]
    print(f"shares    {', '.join(f'{s:.0%}' for s in shares)} of {cluster.messages} messages")
    return min(shares) >= 0.5 / len(shares)


def kill(cluster, kills, rng):
    """Kills one of the hosts at a random moment of a run, so many times; returns how many it had under way each time."""
    under_way = []
    began = time.monotonic()
    cluster.post()
    cluster.start()
    cluster.finish()
    whole = time.monotonic() - began
    while len(under_way) < kills:
        if cluster.left() < cluster.messages / 2:
            cluster.post()
        cluster.start()
        victim = rng.choice(cluster.hosts)
        time.sleep(rng.uniform(0, whole))
        if victim.process.poll() is None:
            victim.process.kill()
        was_killed = [host.collect() for host in cluster.hosts]
        if any(was_killed):
            # The others have ended: what is under way is the dead one's.
            under_way.append(cluster.count("state = 'sending' AND lease_until > 1"))
        cluster.end_leases()
        if cluster.count("state = 'held'"):
            cluster.hosts[0].run("release", "uncertain")
    while cluster.left():
        cluster.end_leases()
        cluster.hosts[0].run("run", "dispatch", expect=(0, 75))
        if cluster.count("state = 'held'"):
            cluster.hosts[0].run("release", "uncertain")
    return under_way


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hosts", type=int, default=3)
    parser.add_argument("--messages", type=int, default=20_000)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--namespaces", action="store_true")
    parser.add_argument("--binary", default=str(ROOT / ".build/release/watchpost"), help="default: %(default)s")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    server = server_of_the_run()
    namespaces = Namespaces(options.hosts) if options.namespaces else None
    try:
        with tempfile.TemporaryDirectory(prefix="watchpost-hosts-") as name:
            directory = pathlib.Path(name)
            with Capture(options.binary, directory / "maildir") as capture:
                cluster = Cluster(
                    options.binary, directory, server, capture.port, options.hosts, options.messages, namespaces)
                is_fair = share(cluster)
                doubled = sum(len(ids) - 1 for ids in received(directory / "maildir").values())
                print(f"doubled   {doubled} without a kill")
                under_way = kill(cluster, options.kills, random.Random(options.seed)) if options.kills else []
                found = received(directory / "maildir")
            expected = cluster.posts * cluster.messages
            lost = expected - len(found)
            again = sum(len(ids) - 1 for ids in found.values())
            changed = sum(len(set(ids)) > 1 for ids in found.values())
            print(f"kills     {len(under_way)} in {cluster.posts} posts of {cluster.messages} messages, {options.hosts} hosts")
            print(f"lost      {lost} of {expected}")
            print(f"under way {sum(under_way)} at the kills, {max(under_way, default=0)} at most; the bound is {BOUND}")
            print(f"doubled   {again}; {changed} under another Message-ID")
            open_ = cluster.count("state <> 'sent'")
            print(f"not sent  {open_} by the ledger")
    finally:
        if namespaces:
            namespaces.close()
    is_good = (is_fair and doubled == 0 and lost == 0 and changed == 0 and open_ == 0
               and max(under_way, default=0) <= BOUND and again <= sum(under_way))
    sys.exit(0 if is_good else 1)


if __name__ == "__main__":
    main()
