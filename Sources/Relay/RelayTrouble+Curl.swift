import Curl
import Mail

/// libcurl's results in words that a person can act on.
extension RelayTrouble {
  /// - Parameters:
  ///   - text: libcurl's own words, from its error buffer; may be empty.
  ///   - replies: what the relay answered so far.
  init(curl result: CurlResult, text: String, replies: [Reply], settings: RelaySettings) {
    let detail = text.isEmpty ? "\(result)" : text
    let (stage, problem) = Self.explain(result, detail, replies, settings)
    let isAnswered = stage == .greeting || stage == .hello || stage == .auth
    self.init(
      stage, relay: settings.name, problem: problem, reply: isAnswered ? replies.last : nil,
      curlCode: Int(result.code))
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
          + "authority's file (caFile)"
      )
    case _ where result.isOfAuthorities:
      (.tls, "the file of trusted authorities cannot be used: \(settings.caFile ?? "the system's"): \(detail)")
    case _ where result.isOfHandshake:
      (.tls, "the TLS handshake failed; does this port speak TLS? (\(detail))")
    case .tlsNotOffered:
      (.tls, "it does not offer STARTTLS or refused it, and nothing is sent in clear text instead (\(detail))")
    case .loginDenied:
      (
        .auth,
        "the login as \(settings.credentials?.description ?? "nobody") was refused; check user, secret and mechanism"
      )
    case .authenticationFailed: (.auth, "the login failed: \(detail)")
    default: unspecific(result, detail, replies, settings)
    }
  }

  /// Results that libcurl gives at more than one stage: told apart by what the relay had answered.
  private static func unspecific(
    _ result: CurlResult, _ detail: String, _ replies: [Reply], _ settings: RelaySettings
  ) -> (Stage, String) {
    let isTimeout = result == .timedOut
    let words = isTimeout ? "not ready for mail within \(settings.timeouts.connect) s (\(detail))" : detail
    let startedTLS = settings.security == .startTLS && replies.filter { $0.code == 220 }.count > 1
    switch replies.last {
    case nil where isTimeout && settings.security != .implicit: return (.greeting, words)
    case nil: return (settings.security == .implicit ? .tls : .greeting, "no greeting: \(words)")
    case _? where startedTLS && replies.last?.code == 220: return (.tls, "the TLS handshake failed: \(words)")
    case let last? where replies.count == 1 && last.code != 220: return (.greeting, "it did not greet: \(words)")
    case let last? where last.code / 100 == 3 || last.code == 535: return (.auth, "the login failed: \(words)")
    default: return (.hello, words)
    }
  }
}
