import Curl
import Mail

/// What goes wrong while connecting, in words that a person can act on; settings are named as they stand in the file.
extension RelayTrouble {
  /// - Parameters:
  ///   - text: libcurl's own words, from its error buffer; may be empty.
  ///   - replies: what the relay answered so far.
  init(curl result: CurlResult, text: String, replies: [Reply], settings: RelaySettings) {
    // libcurl's words for an end of the connection name the error of another call.
    let isClosed = text.contains("response reading failed")
    let detail = text.isEmpty ? "\(result)" : isClosed ? "it closed the connection instead of answering" : text
    let (stage, problem) = Self.explain(result, detail, replies, settings)
    let isAnswered = stage == .greeting || stage == .hello || stage == .auth
    self.init(
      stage, relay: settings.name, problem: problem, reply: isAnswered ? replies.last : nil,
      curlCode: Int(result.code))
  }

  /// Something took too long, and libcurl was not asked.
  /// - Parameters:
  ///   - seconds: how long it was waited for.
  ///   - isConnected: TCP has connected.
  init(overdue seconds: Double, isConnected: Bool, replies: [Reply], settings: RelaySettings) {
    let time = "within \(seconds < 10 ? "\(seconds)" : "\(Int(seconds))") s"
    let (stage, problem): (Stage, String) =
      switch (isConnected, replies.last) {
      case (false, _): (.connect, "no connection \(time); is the name right, and does a firewall let us through?")
      case (true, nil) where settings.security == .implicit:
        (
          .tls,
          "the TLS handshake and the greeting did not come \(time); does this port speak TLS from the start? If not, "
            + "write smtp:// in delivery.transport"
        )
      case (true, nil):
        (.greeting, "no greeting \(time)\(Self.adviceOnSilence(settings)). smtp.greeting_timeout sets the limit")
      case (true, let last?) where last.code / 100 == 3:
        (.auth, "no answer to the login \(time); smtp.command_timeout sets the limit")
      case (true, _?): (.hello, "not ready for mail: no answer \(time); smtp.command_timeout sets the limit")
      }
    self.init(stage, relay: settings.name, problem: problem, reply: stage == .hello ? replies.last : nil)
  }

  /// The relay lets us in without a login, and the configuration has one.
  init(
    noAUTHFor credentials: RelaySettings.Credentials, _ hello: Reply?, _ offers: Capabilities, _ settings: RelaySettings
  ) {
    var problem = "it does not offer AUTH, but smtp.user (\(credentials.user)) is there to log in with"
    if settings.security == .none, offers.startTLS {
      problem += "; many relays offer it only on an encrypted connection, so set smtp.starttls: required"
    } else {
      problem += "; if it wants no login, set smtp.auth: none, else check host and port in delivery.transport"
    }
    self.init(.auth, relay: settings.name, problem: problem, reply: hello)
  }

  /// A server that waits for the other side's TLS, or turns us away without a word.
  private static func adviceOnSilence(_ settings: RelaySettings) -> String {
    if settings.port == 465, settings.security != .implicit {
      return ": port 465 is for TLS from the start; write smtps:// in delivery.transport"
    }
    return settings.security == .implicit
      ? "" : "; if this port is for TLS from the start, write smtps:// in delivery.transport"
  }

  /// The stage, and what an admin can do about it. One `case` for each result that has one cause.
  private static func explain(
    _ result: CurlResult, _ detail: String, _ replies: [Reply], _ settings: RelaySettings
  ) -> (Stage, String) {
    switch result {
    case .couldNotResolveHost:
      (.connect, "the name \(settings.host) has no address; is it spelt right? (\(detail))")
    case .couldNotConnect: (.connect, "no connection; is a mail server listening there? (\(detail))")
    case .peerNotVerified:
      (
        .tls,
        "its certificate cannot be trusted: \(detail). Use the name that the certificate was issued for, or name its "
          + "authority's file in smtp.ca_file"
      )
    case _ where result.isOfAuthorities:
      (
        .tls,
        "the certificates of smtp.ca_file cannot be used: \(settings.caFile ?? "the system's, since none is set"): "
          + detail
      )
    case _ where result.isOfHandshake:
      (
        .tls,
        settings.security == .implicit
          ? "the TLS handshake failed; if this port does not speak TLS from the start, write smtp:// in "
            + "delivery.transport (\(detail))"
          : "the TLS handshake failed; does this port speak TLS? (\(detail))"
      )
    case .tlsNotOffered:
      (.tls, "it does not offer STARTTLS or refused it, and nothing is sent in clear text instead (\(detail))")
    case .loginDenied where replies.last?.code == 421:
      (.auth, "it closed the connection instead of answering the login; that says nothing of user and password")
    case .loginDenied where replies.last.map({ $0.code / 100 == 4 }) ?? false:
      (.auth, "it cannot check the login just now; that says nothing of user and password")
    case .loginDenied where offered(replies) != nil, .authenticationFailed where offered(replies) != nil:
      (
        .auth,
        "the login as \(settings.credentials?.description ?? "nobody") is nothing that it knows: it offers AUTH "
          + "\(offered(replies) ?? ""); set smtp.auth to one of these"
      )
    case .loginDenied:
      (
        .auth,
        "the login as \(settings.credentials?.description ?? "nobody") was refused; check smtp.user, smtp.password and "
          + "smtp.auth"
      )
    case .authenticationFailed: (.auth, "the login failed; does the relay know what smtp.auth says? (\(detail))")
    default: unspecific(detail, replies, settings)
    }
  }

  /// The mechanisms of a relay that was not asked to log anybody in: none of them is what is set, or known to libcurl.
  private static func offered(_ replies: [Reply]) -> String? {
    guard let hello = replies.last, hello.code == 250 else { return nil }
    let line = hello.lines.dropFirst().first { $0.uppercased().hasPrefix("AUTH") }
    let names = line.map { $0.dropFirst(4).drop { " =".contains($0) } } ?? ""
    return names.isEmpty ? nil : String(names)
  }

  /// Results that libcurl gives at more than one stage: told apart by what the relay had answered.
  private static func unspecific(_ detail: String, _ replies: [Reply], _ settings: RelaySettings) -> (Stage, String) {
    let startedTLS = settings.security == .startTLS && replies.filter { $0.code == 220 }.count > 1
    switch replies.last {
    case nil where settings.security == .implicit: return (.tls, "no TLS and no greeting: \(detail)")
    case nil:
      return (.greeting, "it closed the connection without a greeting that is one\(adviceOnSilence(settings))")
    case _? where startedTLS && replies.last?.code == 220: return (.tls, "the TLS handshake failed: \(detail)")
    case let last? where replies.count == 1 && last.code != 220:
      return (.greeting, "it did not greet, and takes no mail from here")
    case let last? where last.code / 100 == 3 || last.code == 535: return (.auth, "the login failed: \(detail)")
    default: return (.hello, detail)
    }
  }
}
