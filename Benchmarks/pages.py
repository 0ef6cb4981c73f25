"""the participants' pages: CPU of `watchpost serve` for a page; and CPU a message of a run of 20,000 while 40 pages a
second are asked for, against the same run alone"""
import glob
import http.client
import os
import re
import subprocess
import threading

from harness import Sink, Site, free_port, median, wait_for_port

TICKS = os.sysconf("SC_CLK_TCK")


def measure(bench):
    n, port, sink = bench.size(20_000), free_port(), Sink(bench.work)
    site = Site(bench, sink.port, n, settings=f"web:\n  listen: 127.0.0.1:{port}\n")
    config = f"{site.dir}/watchpost.yaml"
    text = open(config).read().replace("site:\n", f"site:\n  url: http://127.0.0.1:{port}\n", 1)
    open(config, "w").write(text)
    link = first_link(bench, site)
    serve = subprocess.Popen([bench.binary, "serve", "--config", config], stdout=subprocess.DEVNULL)
    wait_for_port(port)
    site.watch_all()
    site.run("dispatch")
    alone, beside, page = [], [], []
    for _ in range(bench.rounds):
        site.post()
        _, (_, used, _) = sink.rate(n, lambda: site.run("dispatch"))
        alone.append(used / n * 1e6)
        visitors = Visitors(port, link)
        site.post()
        _, (_, used, _) = sink.rate(n, lambda: site.run("dispatch"))
        asked = visitors.stop()
        beside.append(used / n * 1e6)
        visitors, before = Visitors(port, link, pause=0, most=bench.size(2_000)), cpu(serve.pid)
        asked_at_once = visitors.wait()
        page.append((cpu(serve.pid) - before) / asked_at_once * 1e3)
    serve.terminate()
    serve.wait()
    sink.stop()
    ratio = median(beside) / median(alone)
    bench.tell(
        "pages", f"{median(page):.2f} ms CPU a page; a message {median(alone):.0f} us CPU alone, "
        f"{median(beside):.0f} us beside {asked} pages", f"{ratio:.2f} of a run alone", "<= 1.1, 1 ms a page",
        ratio <= 1.1 and median(page) <= 1, value=median(beside), unit="us CPU a message", samples=beside,
        floor=median(alone), floor_of="a run alone", floor_samples=alone, cpu_ms_a_page=median(page))


def first_link(bench, site):
    """The link of a mail to one person, by a server that keeps it."""
    site.sql("INSERT INTO watch (scope, target, participant, since) VALUES ('thread', 1, 1, 0)")
    site.run("dispatch")
    kept = f"{bench.work}/kept"
    capture = subprocess.Popen(
        [bench.binary, "capture", "--port", "0", "--maildir", kept], stdout=subprocess.PIPE, text=True)
    port = int(capture.stdout.readline().rsplit(":", 1)[1])
    site.post()
    subprocess.run(
        site.command("dispatch"), check=True, env=os.environ | {"WATCHPOST_DELIVERY_TRANSPORT": f"smtp://127.0.0.1:{port}"})
    capture.terminate()
    capture.wait()
    site.sql("DELETE FROM watch")
    mail = open(glob.glob(f"{kept}/new/*")[0]).read().replace("=\n", "").replace("=3D", "=")
    return re.search(r"/u/[a-z2-7]+", mail)[0]


def cpu(pid):
    """Seconds of CPU that a process has used."""
    fields = open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


class Visitors:
    """Forty pages a second, each for another visitor, until they are stopped or have asked often enough."""

    def __init__(self, port, link, pause=0.025, most=float("inf")):
        self.port, self.link, self.pause, self.most = port, link, pause, most
        self.asked, self.stopping = 0, threading.Event()
        self.thread = threading.Thread(target=self.ask)
        self.thread.start()

    def ask(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.port)
        while self.asked < self.most and not self.stopping.wait(self.pause):
            connection.request("GET", self.link, headers={"X-Forwarded-For": f"198.51.{self.asked // 250 % 250}.{self.asked % 250}"})
            answer = connection.getresponse()
            if answer.status != 200 or b"<form" not in answer.read():
                raise SystemExit(f"a page was answered with {answer.status}")
            self.asked += 1

    def stop(self):
        self.stopping.set()
        return self.wait()

    def wait(self):
        self.thread.join()
        return self.asked
