"""a relay 50 ms away, 8 connections; against libcurl's own SMTP upload (8 curl processes, connections kept)"""
import asyncio
import os
import subprocess
import threading
import time

from harness import Sink, Site, free_port, median, wait_for_port


class FarRelay:
    """Passes connections on with half a round trip's delay in each direction."""

    def __init__(self, target, round_trip):
        self.port, self.target, self.delay = free_port(), target, round_trip / 2
        threading.Thread(target=lambda: asyncio.run(self.serve()), daemon=True).start()
        wait_for_port(self.port)

    async def serve(self):
        server = await asyncio.start_server(self.accept, "127.0.0.1", self.port)
        await server.serve_forever()

    async def accept(self, reader, writer):
        await asyncio.sleep(2 * self.delay)  # the handshake's round trip
        there, back = await asyncio.open_connection("127.0.0.1", self.target)
        await asyncio.gather(self.pump(reader, back), self.pump(there, writer), return_exceptions=True)

    async def pump(self, source, sink):
        queue = asyncio.Queue()

        async def write():
            while (item := await queue.get()) is not None:
                due, data = item
                await asyncio.sleep(max(0, due - time.monotonic()))
                sink.write(data)
                await sink.drain()
            sink.close()

        writing = asyncio.create_task(write())
        while data := await source.read(65536):
            queue.put_nowait((time.monotonic() + self.delay, data))
        queue.put_nowait(None)
        await writing


def upload(port, message, connections, share):
    """Sends so many messages over each of so many connections, each kept by one curl; returns messages a second."""
    start = time.time()
    curls = []
    for _ in range(connections):
        words = ["curl", "-s", "--no-progress-meter"]
        for i in range(share):
            words += (["--next", "-s"] if i else []) + [
                "--mail-from", "a@example.org", "--mail-rcpt", "b@example.net", "-T", message,
                f"smtp://127.0.0.1:{port}/bench"]
        curls.append(subprocess.Popen(words))
    if any([c.wait() for c in curls]):
        raise SystemExit("curl failed")
    return connections * share / (time.time() - start)


def measure(bench):
    n, connections = bench.size(2000, least=400), 8
    sink = Sink(bench.work)
    far = FarRelay(sink.port, 0.05)
    site = Site(bench, far.port, n, connections)
    site.watch_all()
    site.run("dispatch")
    message = os.path.join(bench.work, "message")
    with open(message, "w") as f:
        f.write("Subject: Experiences\r\n\r\n" + "This is a line of a post in the online discussion.\r\n" * 80)
    ours, theirs = [], []
    for _ in range(bench.rounds):
        theirs.append(upload(far.port, message, connections, 400 // connections))
        site.post()
        ours.append(sink.rate(n, lambda: site.run("dispatch"))[0])
    sink.stop()
    ratio = median(ours) / median(theirs)
    bench.tell(
        "slow_relay",
        f"{median(ours):,.0f}/s, libcurl's upload {median(theirs):,.0f}/s, 50 ms away, {connections} connections",
        f"{ratio:.1f} x libcurl", ">= 3", ratio >= 3,
        value=median(ours), unit="messages/s", samples=ours, floor=median(theirs), floor_of="libcurl's own upload",
        floor_samples=theirs)
