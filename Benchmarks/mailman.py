"""the same to 1,000 watchers; against GNU Mailman 3.3 with VERP (from PyPI, into a virtual environment)"""
import os
import subprocess
import sys
import time

from harness import BODY, Sink, Site, free_port, median, run, wait_for_port


def measure(bench):
    n = 1000 if not bench.quick else 200
    sink, other = Sink(bench.work), Sink(bench.work)
    site = Site(bench, sink.port, n)
    site.watch_all()
    site.run("dispatch")
    peer = Mailman(bench.work, other.port, n)
    ours, theirs = [], []
    try:
        for _ in range(bench.rounds):
            theirs.append(other.rate(n, peer.send)[0])
            site.post()
            ours.append(sink.rate(n, lambda: site.run("dispatch"))[0])
    finally:
        peer.stop()
        sink.stop(), other.stop()
    ratio = median(ours) / median(theirs)
    bench.tell(
        "mailman", f"{median(ours):,.0f}/s, Mailman {median(theirs):,.0f}/s, {n} recipients",
        f"{ratio:.0f} x Mailman with VERP", ">= 50", ratio >= 50,
        value=median(ours), unit="messages/s", samples=ours, floor=median(theirs), floor_of="Mailman 3.3 with VERP",
        floor_samples=theirs)


class Mailman:
    def __init__(self, work, port, n):
        var, self.lmtp = os.path.join(work, "mailman"), free_port()
        venv = os.path.join(work, "mailman-venv")
        run([sys.executable, "-m", "venv", venv])
        run([f"{venv}/bin/pip", "install", "-q", "mailman==3.3.10"])
        os.makedirs(var)
        config = f"{var}/mailman.cfg"
        with open(config, "w") as f:
            f.write(
                f"[mailman]\nsite_owner: admin@example.org\nlayout: here\n[paths.here]\nvar_dir: {var}\n"
                f"[database]\nclass: mailman.database.sqlite.SQLiteDatabase\nurl: sqlite:///{var}/mailman.db\n"
                f"[mta]\nincoming: mailman.mta.null.NullMTA\noutgoing: mailman.mta.deliver.deliver\n"
                f"smtp_host: 127.0.0.1\nsmtp_port: {port}\nlmtp_host: 127.0.0.1\nlmtp_port: {self.lmtp}\n"
                f"verp_personalized_deliveries: yes\nverp_delivery_interval: 1\n"
                f"[webservice]\nhostname: 127.0.0.1\nport: {free_port()}\n")
        self.command = [f"{venv}/bin/mailman"] + (["--run-as-root"] if os.geteuid() == 0 else [])
        self.env = dict(os.environ, MAILMAN_CONFIG_FILE=config)
        members = f"{var}/members"
        with open(members, "w") as f:
            f.writelines(f"User {i} <user{i}@example.net>\n" for i in range(n))
        self.call("create", "-o", "admin@example.org", "forum@example.org")
        self.call("addmembers", "-W", members, "forum@example.org")
        self.call("start")
        wait_for_port(self.lmtp, limit=120)
        time.sleep(5)

    def call(self, *words, check=True):
        subprocess.run(
            self.command + list(words), env=self.env, check=check, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def send(self):
        import smtplib  # not sooner: see Launcher
        stamp = time.time()
        with smtplib.LMTP("127.0.0.1", self.lmtp) as s:
            s.sendmail(
                "user0@example.net", ["forum@example.org"],
                f"From: User 0 <user0@example.net>\nTo: forum@example.org\nSubject: Experiences {stamp}\n"
                f"Message-ID: <{stamp}@example.net>\nDate: Mon, 26 May 2014 12:00:00 +0000\nMIME-Version: 1.0\n"
                f"Content-Type: text/plain; charset=utf-8\n\n{BODY}")

    def stop(self):
        self.call("stop", check=False)
