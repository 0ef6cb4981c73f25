import Foundation
import Glibc
import Jobs
import Mail
import Mistakes
import Relay
import Settings

extension Installation {
  /// The way that mails go.
  /// - Throws: `ConfigurationError` that names the setting which cannot work.
  func transport() throws -> any Transport {
    switch configuration.delivery.transport {
    case .maildir(let path):
      // The process and the host: two runs that deliver into one directory never choose one name.
      return MaildirTransport(path: path, unique: { "\(getpid()).\(ProcessInfo.processInfo.hostName)" })
    case .smtp(let host, let port, let isTLS):
      do {
        return try SMTPTransport(settings: relay(host, port, isTLS))
      } catch {
        throw ConfigurationError(configuration.located(error, key: settingKey(of: error.key ?? "")))
      }
    }
  }

  /// What the ledger keeps the relay's troubles and its first mail under: never a secret, only a digest of it that
  /// nobody can make or compare without the signing key.
  func relayIdentity() -> RelayIdentity {
    let smtp = configuration.smtp
    let relay = "\(configuration.delivery.transport) \(smtp.startTLS.rawValue) \(smtp.user ?? "")"
    let secret = smtp.password.map { keys.digest(of: $0.reveal()) } ?? ""
    let rest = "\(smtp.authentication.rawValue) \(smtp.caFile ?? "") \(smtp.helo ?? "") \(smtp.allowPlainText)"
    return RelayIdentity(relay: relay, settings: "\(rest) \(secret)")
  }

  /// The settings as the module Relay wants them. What is not set is decided here, by whether the relay is this
  /// machine.
  private func relay(_ host: String, _ port: Int, _ isTLS: Bool) -> RelaySettings {
    let smtp = configuration.smtp
    let isLoopback = configuration.delivery.transport.isLoopback
    let security: RelaySettings.Security =
      switch (isTLS, smtp.startTLS) {
      case (true, _): .implicit
      case (false, .required): .startTLS
      case (false, .never): .none
      // Nobody listens on the way to this machine itself; anywhere else a relay without TLS is refused, not used (rule
      // S7).
      case (false, .automatic): isLoopback ? .none : .startTLS
      }
    var relay = RelaySettings(
      host: host, port: port, security: security,
      heloName: smtp.helo
        ?? Host.greeting(machine: ProcessInfo.processInfo.hostName, domain: configuration.mail.domain))
    relay.caFile = smtp.caFile
    relay.allowClearText = smtp.allowPlainText
    relay.connections = configuration.delivery.connections
    relay.pipelining = smtp.pipelining
    relay.timeouts = timeouts
    let most = configuration.delivery.messagesPerConnection
    relay.messagesPerConnection = most == 0 ? nil : most
    relay.rate = configuration.delivery.rate == 0 ? nil : Double(configuration.delivery.rate)
    if let mechanism = smtp.authentication.mechanism, let user = smtp.user, let password = smtp.password {
      relay.credentials = RelaySettings.Credentials(user: user, secret: password.reveal(), mechanism: mechanism)
    }
    return relay
  }

  /// Four settings for what RFC 5321 section 4.5.3.2 has seven limits for.
  private var timeouts: RelaySettings.Timeouts {
    let smtp = configuration.smtp
    var timeouts = RelaySettings.Timeouts()
    timeouts.greeting = Double(smtp.greetingTimeout.seconds)
    timeouts.hello = Double(smtp.commandTimeout.seconds)
    (timeouts.mail, timeouts.rcpt) = (timeouts.hello, timeouts.hello)
    timeouts.data = Double(smtp.dataTimeout.seconds)
    timeouts.block = timeouts.data
    timeouts.dot = Double(smtp.dotTimeout.seconds)
    return timeouts
  }

  /// The setting behind a property of `RelaySettings`.
  /// What the module Relay calls a setting is not what the file does: its mistakes are told in the file's words, with
  /// the line.
  private func settingKey(of property: String) -> String {
    switch property {
    case "host", "port": "delivery.transport"
    case "connections", "rate": "delivery.\(property)"
    case "messagesPerConnection": "delivery.messages_per_connection"
    case "heloName": "smtp.helo"
    case "security": "smtp.starttls"
    case "secret": "smtp.password"
    default: "smtp.\(property)"
    }
  }
}

extension SMTPAuthentication {
  /// How the relay is signed in to; nil: not at all.
  fileprivate var mechanism: RelaySettings.Mechanism? {
    switch self {
    case .plain: .plain
    case .login: .login
    case .cramMD5: .cramMD5
    case .xoauth2: .xoauth2
    case .none: nil
    }
  }
}
