import Curl

/// What goes wrong before anything can be fetched, in words that a person can act on; settings are named as they stand
/// in the file.
extension MailboxTrouble {
  /// - Parameters:
  ///   - text: libcurl's own words, from its error buffer; may be empty.
  ///   - isConnected: TCP has connected.
  ///   - said: the last line that the server said; empty: none.
  init(connecting result: CurlResult, text: String, isConnected: Bool, said: String, _ settings: ServerSettings) {
    let detail = text.isEmpty ? "\(result)" : text
    let refusal = Refusal(said)
    let (kind, problem) = Self.explain(result, detail, isConnected, refusal, settings)
    let isAnswered = kind == .busy || kind == .dialogue || kind == .login && refusal == .no
    self.init(kind, mailbox: settings.label, problem: problem, answer: isAnswered ? said : nil)
  }

  /// What a line of the server means, if it is a no.
  private enum Refusal {
    /// It says no, and nothing else.
    case no
    /// It cannot tell, or will not just now: says nothing of user and password (RFC 5530, RFC 2449 section 8.1, RFC
    /// 3206).
    case notNow
    /// It is none.
    case none

    init(_ line: String) {
      let text = line.uppercased()
      let words = text.split(separator: " ", maxSplits: 2).map(String.init)
      let codes = [
        "[UNAVAILABLE]", "[INUSE]", "[IN-USE]", "[LIMIT]", "[LOGIN-DELAY]", "[SYS/TEMP]", "[SERVERBUG]",
        "[CONTACTADMIN]",
      ]
      if text.hasPrefix("* BYE") {
        self = .notNow
      } else if text.hasPrefix("-ERR") || words.count > 1 && ["NO", "BAD"].contains(words[1]) {
        self = codes.contains { text.contains($0) } ? .notNow : .no
      } else {
        self = .none
      }
    }
  }

  private static func explain(
    _ result: CurlResult, _ detail: String, _ isConnected: Bool, _ refusal: Refusal, _ settings: ServerSettings
  ) -> (Kind, String) {
    switch (result, refusal) {
    case (.couldNotResolveHost, _):
      (.unreachable, "the name \(settings.host) has no address; is it spelt right? (\(detail))")
    case (.couldNotConnect, _): (.unreachable, "no connection; is a mail server listening there? (\(detail))")
    case (.timedOut, _): (.unreachable, "no answer in time; inbound.timeout sets the limit (\(detail))")
    case (.peerNotVerified, _):
      (
        .tls,
        "its certificate cannot be trusted: \(detail). Use the name that the certificate was issued for, or name its "
          + "authority's file in inbound.ca_file"
      )
    case _ where result.isOfAuthorities:
      (
        .tls,
        "the certificates of inbound.ca_file cannot be used: \(settings.caFile ?? "the system's, since none is set"): "
          + detail
      )
    case (.tlsNotOffered, _):
      (.tls, "it does not offer STARTTLS or refused it, and nothing is fetched in clear text instead (\(detail))")
    case _ where result.isOfHandshake:
      (
        .tls,
        settings.security == .implicit
          ? "the TLS handshake failed; if this port does not speak TLS from the start, write "
            + "\(settings.kind.rawValue):// in inbound.mailbox (\(detail))"
          : "the TLS handshake failed; does this port speak TLS? (\(detail))"
      )
    case (_, .notNow): (.busy, "it lets nobody in just now; that says nothing of user and password")
    case (.loginDenied, .no), (.authenticationFailed, .no):
      (
        .login,
        "the login as \(settings.credentials) was refused; check the user in inbound.mailbox, inbound.password and "
          + "inbound.auth"
      )
    case (.loginDenied, .none), (.authenticationFailed, .none):
      (
        .login,
        "it offers no way to log in that inbound.auth allows"
          + (settings.security == .none ? "; many servers do so only on an encrypted connection" : "") + " (\(detail))"
      )
    case (_, .no): (.busy, "it greeted with a no, and lets nobody in from here")
    default:
      (
        isConnected ? .dialogue : .unreachable,
        settings.security == .implicit
          ? "it said nothing that is \(settings.kind.rawValue.uppercased()): \(detail)"
          : "it said nothing that is \(settings.kind.rawValue.uppercased()); if this port is for TLS from the start, "
            + "write \(settings.kind.rawValue)s:// in inbound.mailbox (\(detail))"
      )
    }
  }
}
