import Curl
import Mail
import Mailboxes
import Mistakes
import Settings

extension Installation {
  /// Where mail that comes in is fetched from; nil: nowhere, it is only handed over. Nothing is opened yet.
  /// - Parameter isStopped: asked while a server is waited for; true ends the run within a few seconds.
  /// - Throws: `ConfigurationError` that names the setting which cannot work.
  func mailbox(isStopped: @escaping () -> Bool = { false }) throws -> (any Mailbox)? {
    switch configuration.inbound.mailbox {
    case nil: return nil
    case .maildir(let path): return MaildirMailbox(path: path, maxSize: configuration.inbound.maxSize)
    case .server(let server):
      if let error = configuration.unreadableMailboxPassword { throw error }
      do {
        let settings = settings(of: server)
        return switch server.kind {
        case .imap: try IMAPMailbox(settings: settings, isStopped: isStopped)
        case .pop3: try POP3Mailbox(settings: settings, isStopped: isStopped)
        }
      } catch {
        let key = ["security": "starttls", "folder": "folder", "host": "mailbox"][error.key ?? ""] ?? "password"
        throw ConfigurationError(configuration.located(error, key: "inbound.\(key)"))
      }
    }
  }

  /// The settings as the module Mailboxes wants them. What is not set is decided here, by whether the server is this
  /// machine.
  private func settings(of server: MailboxServer) -> ServerSettings {
    let inbound = configuration.inbound
    let security: Security =
      switch (server.isTLS, inbound.startTLS) {
      case (true, _): .implicit
      case (false, .required): .startTLS
      case (false, .never): .none
      // As with the relay (rule S7).
      case (false, .automatic): Host.isLoopback(server.host) ? .none : .startTLS
      }
    var settings = ServerSettings(
      kind: server.kind == .imap ? .imap : .pop3, host: server.host, port: server.port, security: security,
      credentials: Credentials(
        user: server.user, secret: inbound.password?.reveal() ?? "", mechanism: inbound.authentication.mechanism))
    settings.caFile = inbound.caFile
    settings.allowClearText = inbound.allowPlainText
    settings.folder = inbound.folder ?? server.folder ?? settings.folder
    settings.maxSize = inbound.maxSize
    settings.timeout = Double(inbound.timeout.seconds)
    settings.commandTimeout = Double(inbound.messageTimeout.seconds)
    return settings
  }
}

extension MailboxAuthentication {
  /// nil: whatever libcurl finds best.
  fileprivate var mechanism: Credentials.Mechanism? {
    switch self {
    case .automatic: nil
    case .plain: .plain
    case .login: .login
    case .cramMD5: .cramMD5
    case .xoauth2: .xoauth2
    }
  }
}
