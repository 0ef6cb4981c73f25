"""A mail server on loopback that answers as a script says, as relays that misbehave do, and keeps what it takes."""
import email
import email.policy
import pathlib
import re
import socket
import ssl
import subprocess
import threading

TOKEN = re.compile(r"token\d+end")
# What a script returns for: no answer, and the connection ends.
CLOSE = object()
# What a script returns for: no answer, the connection stays.
SILENCE = object()


def certificate(directory):
    """A key and a certificate for 127.0.0.1 and relay.example.org that nobody has signed but itself."""
    key, cert = pathlib.Path(directory) / "relay.key", pathlib.Path(directory) / "relay.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-keyout", key, "-out", cert,
         "-subj", "/CN=relay.example.org", "-addext", "subjectAltName=IP:127.0.0.1,DNS:relay.example.org"],
        check=True, capture_output=True)
    cert.chmod(0o644)
    return key, cert


class Relay:
    """Takes what comes, unless `script` answers.

    `script(verb, argument, session)` is asked before each answer, with the verbs CONNECT, EHLO, STARTTLS, AUTH, MAIL,
    RCPT, DATA, DOT (the argument is the message) and QUIT; it returns a reply, CLOSE, SILENCE, or None for what a good
    relay says.
    """

    extensions = ["PIPELINING", "8BITMIME", "SMTPUTF8", "SIZE 50000000", "ENHANCEDSTATUSCODES"]

    def __init__(self, cert=None):
        self.script, self.drops_what_is_buffered, self.asks_password = None, False, False
        self.taken = []  # (address, Message-ID, tokens in its text)
        self.connections = 0
        self.tls = None
        if cert:
            self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.tls.load_cert_chain(cert[1], cert[0])
        self.lock = threading.Lock()
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=100)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()

    def _accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return  # closed
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=Session(self, connection).serve, daemon=True).start()

    def keep(self, recipient, data):
        message = email.message_from_bytes(data, policy=email.policy.default)
        text = "\n".join(
            part.get_content() for part in message.walk() if part.get_content_type() == "text/plain")
        with self.lock:
            self.taken.append((recipient, str(message["Message-ID"]), frozenset(TOKEN.findall(text))))


class Session:
    """One connection."""

    def __init__(self, relay, connection):
        self.relay, self.connection, self.buffer = relay, connection, b""
        self.recipients, self.messages, self.is_secure, self.signed_in = [], 0, False, False
        with relay.lock:
            relay.connections += 1

    def serve(self):
        with self.connection:
            try:
                self.connection.settimeout(120)
                self.talk()
            except (OSError, EOFError, ssl.SSLError):
                pass  # the client has gone, which is its right

    def line(self):
        while b"\n" not in self.buffer:
            data = self.connection.recv(65536)
            if not data:
                raise EOFError
            self.buffer += data
        line, self.buffer = self.buffer.split(b"\n", 1)
        return line.rstrip(b"\r")

    def say(self, verb, argument, usual):
        """Answers; whether with a yes."""
        script = self.relay.script
        reply = script(verb, argument, self) if script else None
        if reply is CLOSE:
            raise EOFError
        if reply is SILENCE:
            return False
        reply = usual if reply is None else reply
        self.connection.sendall(reply.encode() + b"\r\n")
        if reply.startswith("421"):
            raise EOFError
        return reply[:1] in "23"

    def talk(self):
        self.say("CONNECT", "", "220 relay.example.org ESMTP")
        while True:
            command = self.line().decode("utf-8", "replace")
            if self.relay.drops_what_is_buffered:
                self.buffer = b""
            verb, _, argument = command.partition(" ")
            verb = verb.upper()
            if verb in ("EHLO", "HELO"):
                self.say("EHLO", argument, self.greeting() if verb == "EHLO" else "250 relay.example.org")
            elif verb == "STARTTLS" and self.relay.tls:
                if self.say(verb, argument, "220 2.0.0 go ahead"):
                    self.connection = self.relay.tls.wrap_socket(self.connection, server_side=True)
                    self.buffer, self.is_secure = b"", True
            elif verb == "AUTH":
                if " " not in argument:  # PLAIN or LOGIN by itself: each asks once more, LOGIN twice
                    for _ in range(1 if argument.upper() == "PLAIN" else 2):
                        self.connection.sendall(b"334 \r\n")
                        argument += f" {self.line().decode()}"
                self.signed_in = self.say(verb, argument, "235 2.7.0 welcome")
            elif verb == "MAIL":
                self.recipients = []
                self.say(verb, argument, "250 2.1.0 OK")
            elif verb == "RCPT":
                address = re.search(r"<(.*?)>", argument)[1]
                if self.say(verb, address, "250 2.1.5 OK"):
                    self.recipients.append(address)
            elif verb == "DATA":
                if not self.recipients:
                    self.connection.sendall(b"554 5.5.1 no valid recipients\r\n")
                elif self.say(verb, argument, "354 go"):
                    self.content()
            elif verb == "QUIT":
                self.say(verb, argument, "221 2.0.0 bye")
                return
            elif verb in ("RSET", "NOOP"):
                self.say(verb, argument, "250 2.0.0 OK")
            else:
                self.say(verb, argument, "502 5.5.2 what?")

    def greeting(self):
        lines = ["relay.example.org", *self.relay.extensions]
        if self.relay.asks_password:
            lines.append("AUTH PLAIN LOGIN")
        if self.relay.tls and not self.is_secure:
            lines.append("STARTTLS")
        return "\r\n".join(f"250{' ' if line is lines[-1] else '-'}{line}" for line in lines)

    def content(self):
        lines = []
        while (line := self.line()) != b".":
            lines.append(line[1:] if line.startswith(b".") else line)
        data = b"\r\n".join(lines)
        if self.say("DOT", data, "250 2.0.0 taken"):
            for recipient in self.recipients:
                self.relay.keep(recipient, data)
        self.messages += 1
        self.recipients = []
