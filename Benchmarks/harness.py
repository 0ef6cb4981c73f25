"""What the benchmarks share: a mail server that counts, an installation to measure, programs with their time and
memory, and how a figure is told."""
import ast
import datetime
import json
import os
import platform
import re
import socket
import sqlite3
import statistics
import subprocess
import tempfile
import time

BODY = "\n\n".join(["This is a post in the online discussion on the implementation of the Protocol. " * 5] * 5)
median = statistics.median


def run(command):
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_for_port(port, limit=10):
    end = time.time() + limit
    while time.time() < end:
        try:
            return socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.02)
    raise SystemExit(f"nothing listens on port {port}")


class Launcher:
    """Starts programs from a process that was forked while this one was small: Linux counts what the parent held at the
    moment of the fork into the peak size of a child."""

    def __init__(self):
        self.socket, theirs = socket.socketpair()
        if os.fork() == 0:
            self.socket.close()
            self.serve(theirs)
            os._exit(0)
        theirs.close()

    def serve(self, connection):
        while command := connection.recv(65536):
            start = time.time()
            pid = os.posix_spawn(command.split(b"\0")[0], command.split(b"\0"), os.environ)
            _, status, usage = os.wait4(pid, 0)
            cpu = usage.ru_utime + usage.ru_stime
            figures = os.waitstatus_to_exitcode(status), time.time() - start, cpu, usage.ru_maxrss / 1024
            connection.sendall(repr(figures).encode())

    def run(self, command):
        """Returns the exit code, wall seconds, CPU seconds and the peak resident size in MB."""
        self.socket.sendall("\0".join(command).encode())
        return ast.literal_eval(self.socket.recv(65536).decode())


class Bench:
    """What a run of benchmarks was asked for, the directory that it works in, and the figures so far."""

    def __init__(self, launcher, server, binary, rounds, quick, work, json_file=None):
        self.launcher, self.rounds, self.quick, self.work = launcher, rounds, quick, work
        self.binary = os.path.abspath(binary)
        # The URI of the PostgreSQL server of Tests/with-postgres, if it runs this.
        self.server = server
        self.json_file, self.figures = json_file, []

    def size(self, n, least=1):
        return max(least, n // 10) if self.quick else n

    def tell(self, name, text, outcome, goal, is_good, **figure):
        """Prints a figure against its goal, and keeps it: see `keep`."""
        verdict = "reached" if is_good else "NOT REACHED"
        print(f"{name:11s} {text}\n{'':11s} {outcome}   goal {goal}   {verdict}", flush=True)
        self.keep(name, goal=goal, is_good=is_good, **figure)

    def keep(
            self, name, value, unit, samples, floor=None, floor_of=None, floor_samples=(), goal=None, is_good=None,
            **also):
        """A figure for the JSON file, which holds all so far, also when a later one fails. `samples` are the single
        readings behind `value`; `floor` is what it is held against, in the same unit."""
        self.figures.append({
            "name": name, "goal": goal, "reached": is_good, "value": value, "unit": unit, "floor": floor,
            "floor_of": floor_of, "ratio": value / floor if floor else None, "samples": list(samples),
            "floor_samples": list(floor_samples), "also": also, "quick": self.quick, "machine": machine(),
            "date": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds")})
        if self.json_file:
            with open(self.json_file, "w") as file:
                json.dump(self.figures, file, indent=2)
                file.write("\n")


def machine():
    with open("/proc/cpuinfo") as file:
        model = re.search(r"(?m)^model name\s*: (.*)$", file.read())
    return {
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "processor": model[1] if model else None, "cores": os.cpu_count(),
        "memory_mb": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20}


class Sink:
    """smtp-sink with its message counter read from its output."""

    def __init__(self, work):
        self.port = free_port()
        self.path = os.path.join(work, f"sink.{self.port}")
        self.out = open(self.path, "wb")
        user = ["-u", "nobody"] if os.geteuid() == 0 else []
        self.process = subprocess.Popen(
            ["smtp-sink", *user, "-c", f"127.0.0.1:{self.port}", "1000"], stdout=self.out, stderr=self.out)
        wait_for_port(self.port)

    def count(self):
        with open(self.path, "rb") as f:
            f.seek(max(0, os.path.getsize(self.path) - 800))
            seen = re.findall(rb"mesg=(\d+)", f.read())
        return int(seen[-1]) if seen else 0

    def expect(self, target, limit=600):
        end = time.time() + limit
        while self.count() < target:
            if time.time() > end:
                raise SystemExit(f"only {self.count()} of {target} messages arrived")
            time.sleep(0.005)

    def rate(self, n, send):
        """Messages a second from the beginning of `send` to the last of the n here; and what `send` returned."""
        base, start = self.count(), time.time()
        result = send()
        self.expect(base + n)
        return n / (time.time() - start), result

    def stop(self):
        self.process.kill()
        self.process.wait()


class Site:
    """An installation made by `watchpost init`, with its forum filled through plain SQL, as a web developer would."""

    def __init__(self, bench, port, people, connections=10, mode="instant", settings=""):
        self.bench, self.binary, self.people = bench, bench.binary, people
        self.dir = tempfile.mkdtemp(prefix="site.", dir=bench.work)
        run([self.binary, "init", self.dir])
        with open(f"{self.dir}/watchpost.yaml", "a") as f:
            f.write(f"\ndelivery:\n  transport: smtp://127.0.0.1:{port}\n  connections: {connections}\n{settings}")
        for name, steps in (
                ("collect", "collect"), ("fanout", "fan-out"), ("deliver", "deliver"), ("digests", "digest"),
                ("queue", "collect, fan-out"), ("dispatch", "collect, fan-out, deliver")):
            with open(f"{self.dir}/jobs/{name}.yaml", "w") as f:
                f.write(f"steps: [{steps}]\ndeadline: 2h\n")
        self.forum = sqlite3.connect(f"{self.dir}/forum.sqlite", isolation_level=None)
        self.sql("BEGIN")
        self.sql("INSERT INTO discussion (title, slug) VALUES ('Implementation', 'implementation')")
        self.sql("INSERT INTO thread (discussion, title, url) VALUES (1, 'Experiences', 'https://forum.example.org/1')")
        self.forum.executemany(
            "INSERT INTO participant (name, address, mode, language) VALUES (?, ?, ?, 'en')",
            ((f"User {i}", f"user{i}@example.net", mode) for i in range(people)))
        self.sql("COMMIT")

    def sql(self, text, values=()):
        return self.forum.execute(text, values)

    def watch_all(self, thread=1):
        self.sql("INSERT INTO watch (scope, target, participant, since) "
                 "SELECT 'thread', ?, id, 0 FROM participant", (thread,))

    def post(self, thread=1, body=BODY):
        now = int(time.time()) - 300
        self.sql("INSERT INTO post (thread, author, body, created_at, url) "
                 "VALUES (?, NULL, ?, ?, 'https://forum.example.org/p')", (thread, body, now))

    def command(self, job):
        return [self.binary, "run", job, "--config", f"{self.dir}/watchpost.yaml"]

    def run(self, job):
        """Returns wall seconds, CPU seconds and the peak resident size in MB."""
        status, *used = self.bench.launcher.run(self.command(job))
        if status != 0:
            raise SystemExit(f"watchpost run {job} ended with status {status}")
        return used

    def ledger(self):
        return sqlite3.connect(f"{self.dir}/ledger.sqlite", isolation_level=None)
