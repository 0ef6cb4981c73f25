import Foundation
import Identifiers
import Subprocess
import Testing

@testable import Relay

@Suite("S7: TLS", .timeLimit(.minutes(10)))
struct TLSTests {
  @Test("S7: STARTTLS and implicit TLS, with a certificate that is trusted; EHLO after STARTTLS is the one that counts")
  func trusted() async throws {
    for security in [RelaySettings.Security.startTLS, .implicit] {
      guard let (feed, report, lines) = try await throughTLS(security, trusting: true) else { return }
      #expect(feed == [1: "accepted", 2: "accepted"], "\(report.end)")
      #expect(lines.contains("tls MAIL FROM:<bounce+1@forum.example> SIZE=21"), "\(lines)")
      #expect(!lines.contains { $0.hasPrefix("clear MAIL") || $0.hasPrefix("clear AUTH") })
      #expect(lines.contains("tls AUTH PLAIN"))
    }
  }

  @Test("S7: an untrusted certificate is refused before anything is sent, and the trouble says what to do")
  func untrusted() async throws {
    for security in [RelaySettings.Security.startTLS, .implicit] {
      guard let (feed, report, lines) = try await throughTLS(security, trusting: false) else { return }
      #expect(feed == [1: "unsent"])
      let trouble = try #require(report.trouble)
      #expect(trouble.stage == .tls && trouble.description.contains("smtp.ca_file"), "\(trouble)")
      #expect(!lines.contains { $0.contains("MAIL") || $0.contains("AUTH") })
    }
  }

  @Test("S7: without verification an untrusted certificate is taken, because the configuration says so")
  func unverified() async throws {
    guard let (feed, _, _) = try await throughTLS(.startTLS, trusting: false, verify: false) else { return }
    #expect(feed == [1: "accepted", 2: "accepted"])
  }

  @Test(
    "S7: STARTTLS that is not offered, or refused, is a trouble; nothing is sent in clear", arguments: [true, false])
  func noStartTLS(isOffered: Bool) throws {
    let server = ScriptedServer(offers: isOffered ? ["STARTTLS"] : []) {
      $0.verb == "STARTTLS" ? .say("454 4.7.0 not available") : .normal
    }
    defer { server.shutDown() }
    let (feed, report) = try deliver([message(1)], to: server.port) { $0.security = .startTLS }
    #expect(report.trouble?.stage == .tls && feed.kinds == [1: "unsent"], "\(report.end)")
    #expect(!server.transcripts.joined().contains { $0.contains("MAIL") })
  }

  @Test("S7: a relay that says garbage instead of TLS is a trouble", arguments: [true, false])
  func garbage(afterStartTLS: Bool) throws {
    let server = ScriptedServer(offers: ["STARTTLS"]) {
      $0.verb == "STARTTLS" ? .sayAndClose("220 go ahead\r\nthis is no TLS record") : .normal
    }
    defer { server.shutDown() }
    let (feed, report) = try deliver([message(1)], to: server.port) {
      $0.security = afterStartTLS ? .startTLS : .implicit
      $0.timeouts.greeting = 2
      $0.timeouts.hello = 2
    }
    #expect([.tls, .hello].contains(report.trouble?.stage) && feed.kinds == [1: "unsent"], "\(report.end)")
  }

  /// Sends two messages to a small TLS relay in Python.
  /// - Returns: how they ended and what the relay heard; nil, said aloud, where python3 or openssl is missing.
  private func throughTLS(
    _ security: RelaySettings.Security, trusting: Bool, verify: Bool = true
  ) async throws -> (kinds: [DeliveryID: String], report: TransportReport, lines: [String])? {
    let folder = FileManager.default.temporaryDirectory.appending(path: "watchpost-tls-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let (key, certificate) = ("\(folder)/key.pem", "\(folder)/cert.pem")
    do {
      let made = try await Subprocess.run(
        .name("openssl"),
        arguments: [
          "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", key, "-out",
          certificate, "-days", "2", "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1",
        ], output: .discarded)
      guard made.terminationStatus.isSuccess else { throw Missing() }
      let mode = security == .implicit ? "implicit" : "starttls"
      return try await Subprocess.run(
        .name("python3"), arguments: ["-c", relayInPython, mode, certificate, key], input: .none, output: .sequence,
        error: .discarded
      ) { execution in
        var lines: [String] = []
        var result: (kinds: [DeliveryID: String], report: TransportReport)?
        for try await line in execution.standardOutput.strings() {
          let line = line.trimmingCharacters(in: .newlines)
          guard result == nil, let port = Int(line) else {
            lines.append(line)
            continue
          }
          let (feed, report) = try deliver([message(1), message(2)], to: port) {
            $0.security = security
            $0.caFile = trusting ? certificate : nil
            $0.verify = verify
            $0.credentials = .init(user: "tim", secret: "secret", mechanism: .plain)
          }
          result = (feed.kinds, report)
        }
        return result.map { ($0.kinds, $0.report, lines) }
      }.closureResult
    } catch is Missing {
      print("SKIPPED: TLS tests need python3 and openssl")
      return nil
    } catch let error as SubprocessError where error.code == .executableNotFound {
      print("SKIPPED: TLS tests need python3 and openssl")
      return nil
    }
  }

  private struct Missing: Error {}
}

/// Serves one connection, prints its port and then every command with `clear` or `tls` before it.
private let relayInPython = """
  import socket, ssl, sys
  mode, cert, key = sys.argv[1:4]
  context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
  context.load_cert_chain(cert, key)
  listener = socket.create_server(("127.0.0.1", 0))
  print(listener.getsockname()[1], flush=True)
  listener.settimeout(10)
  try:
      link, _ = listener.accept()
      link.settimeout(10)
      secure = mode == "implicit"
      if secure:
          link = context.wrap_socket(link, server_side=True)
      stream = link.makefile("rwb")
      def say(text):
          stream.write(text.encode() + b"\\r\\n")
          stream.flush()
      say("220 tls.example ESMTP")
      content = auth = False
      while True:
          line = stream.readline()
          if not line:
              break
          line = line.decode().rstrip("\\r\\n")
          if content:
              if line == ".":
                  content = False
                  say("250 2.0.0 Ok")
              continue
          print("tls" if secure else "clear", line, flush=True)
          verb = line.split(" ")[0].upper()
          if auth:
              auth = False
              say("235 2.7.0 welcome")
          elif verb == "EHLO":
              say("250-tls.example\\r\\n250-PIPELINING\\r\\n250-SIZE 1000000\\r\\n250 AUTH PLAIN" if secure
                  else "250-tls.example\\r\\n250 STARTTLS")
          elif verb == "STARTTLS":
              say("220 go")
              link = context.wrap_socket(link, server_side=True)
              stream = link.makefile("rwb")
              secure = True
          elif verb == "AUTH":
              auth = True
              say("334 ")
          elif verb == "DATA":
              content = True
              say("354 go on")
          elif verb == "QUIT":
              say("221 Bye")
              break
          else:
              say("250 2.0.0 Ok")
  except (OSError, ssl.SSLError) as error:
      print("error", error, flush=True)
  """
