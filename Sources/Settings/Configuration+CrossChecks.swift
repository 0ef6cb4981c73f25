import Foundation
import Mail
import Mistakes
import Time

extension Configuration {
  /// Settings that are each in order and do not go together.
  func checkTogether(_ document: YAMLDocument) {
    checkPrefixes(document)
    checkPages(document)
    checkRelay(document)
    checkMailbox(document)
    checkReplyHook(document)
    checkAttachments(document)
    checkAuthorities(document)
    checkDelays(document)
    checkDatabases(document)
  }

  /// Notes a mistake in a setting's value.
  private func refuse<Value>(
    _ setting: Setting<Value>, _ message: String, _ advice: String, in document: YAMLDocument
  ) {
    document.report(located(Mistake("", message, advice: advice), key: setting.key))
  }

  /// Pages need an address by which mails can name them.
  private func checkPages(_ document: YAMLDocument) {
    if self.web.listen != nil, self.site.url == nil {
      refuse(
        Configuration.catalog.web.listen, "mails cannot name the pages: there is no site.url",
        "set site.url to the address under which they are reached, or leave web.listen out", in: document)
    }
  }

  /// What comes back is told apart by the prefix of its address alone, before any token is read.
  private func checkPrefixes(_ document: YAMLDocument) {
    let mail = Configuration.catalog.mail
    let prefixes = [
      mail.replyPrefix, mail.bouncePrefix, mail.stopPrefix, mail.confirmPrefix, mail.commandPrefix,
    ]
    for (index, prefix) in prefixes.enumerated() {
      if self[prefix] == "digest" {
        refuse(prefix, "is `digest`, from which digests are sent", "choose another word", in: document)
      }
      if prefix.key == mail.commandPrefix.key, ["postmaster", "abuse"].contains(self[prefix]) {
        refuse(prefix, "is an address that a domain keeps for people", "choose another word", in: document)
      }
      if let other = prefixes[..<index].first(where: { self[$0] == self[prefix] }) {
        refuse(
          prefix, "is the same as \(other.key)", "incoming mail is told apart by it: give each its own", in: document)
      }
    }
  }

  /// No password and no mail crosses a network in plain text unless the admin says so in so many words (rule S7), and
  /// user and password come together.
  private func checkRelay(_ document: YAMLDocument) {
    let smtp = Configuration.catalog.smtp
    if case .smtp(_, _, isTLS: false) = self.delivery.transport, !self.delivery.transport.isLoopback,
      self.smtp.startTLS == .never, !self.smtp.allowPlainText
    {
      refuse(
        smtp.startTLS, "the relay is another machine, and plain text is not allowed",
        "set smtp.starttls: required, or smtp.allow_plain_text: true if you accept it", in: document)
    }
    if self.smtp.user != nil, self.smtp.authentication != .none, self.smtp.password == nil {
      refuse(smtp.user, "there is no password for it", "set smtp.password_file, or smtp.auth: none", in: document)
    }
    if self.smtp.user == nil, self.smtp.password != nil {
      refuse(smtp.password, "there is no user for it", "set smtp.user", in: document)
    }
  }

  /// The same for the mailbox; and a folder is named in one place, and only where there are folders.
  private func checkMailbox(_ document: YAMLDocument) {
    let inbound = Configuration.catalog.inbound
    guard case .server(let server)? = self.inbound.mailbox else {
      if self.inbound.folder != nil {
        refuse(
          inbound.folder, "inbound.mailbox is no imap:// or imaps:// address",
          "leave it out; a Maildir's folder is a directory of its own, such as maildir:/path/.Folder", in: document)
      }
      return
    }
    if !server.isTLS, !Host.isLoopback(server.host), self.inbound.startTLS == .never, !self.inbound.allowPlainText {
      refuse(
        inbound.startTLS, "the mailbox is on another machine, and plain text is not allowed",
        "set inbound.starttls: required, or inbound.allow_plain_text: true if you accept it", in: document)
    }
    if self.inbound.password == nil, unreadableMailboxPassword == nil {
      refuse(inbound.mailbox, "there is no password for it", "set inbound.password_file", in: document)
    }
    if self.inbound.folder != nil, server.kind == .pop3 {
      refuse(inbound.folder, "POP3 has no folders", "leave it out, or use IMAP", in: document)
    } else if self.inbound.folder != nil, server.folder != nil {
      refuse(inbound.folder, "inbound.mailbox names a folder as well", "keep one of the two", in: document)
    }
  }

  /// A kept file that nobody can fetch is none.
  private func checkAttachments(_ document: YAMLDocument) {
    guard self.inbound.attachments == .keep else { return }
    let inbound = Configuration.catalog.inbound
    if self.inbound.attachmentsDirectory == nil {
      refuse(
        inbound.attachments, "there is no directory to keep them in",
        "set inbound.attachments_directory to one that your web server serves", in: document)
    }
    if self.inbound.attachmentsURL == nil {
      refuse(
        inbound.attachments, "posts cannot name them: there is no inbound.attachments_url",
        "set it to the address under which the directory is served", in: document)
    }
  }

  /// What is posted in somebody's name is signed; a program on this machine needs no proof of who calls it.
  private func checkReplyHook(_ document: YAMLDocument) {
    let forum = Configuration.catalog.forum
    if self.forum.replyHook != nil, self.forum.source == "embedded" {
      refuse(forum.replyHook, "the embedded forum takes replies itself", "leave it out", in: document)
    }
    if case .web? = self.forum.replyHook, self.forum.hookSecret == nil {
      refuse(forum.replyHook, "there is no secret for it", "set forum.hook_secret_file", in: document)
    }
  }

  /// The files must be there before a server is asked: else it seems down, and waiting heals nothing.
  private func checkAuthorities(_ document: YAMLDocument) {
    if case .smtp = self.delivery.transport {
      checkAuthorities(Configuration.catalog.smtp.caFile, document)
    }
    if case .server? = self.inbound.mailbox { checkAuthorities(Configuration.catalog.inbound.caFile, document) }
    if case .web? = self.forum.replyHook { checkAuthorities(Configuration.catalog.forum.hookAuthorities, document) }
  }

  private func checkAuthorities(_ setting: Setting<String?>, _ document: YAMLDocument) {
    guard let path = self[setting] else { return }
    do {
      let text = try readFile(path, limit: 20_000_000)
      guard !text.contains(Array("-----BEGIN ".utf8)) else { return }
      refuse(
        setting, "\(path) has no certificate in PEM", "name a file that has -----BEGIN CERTIFICATE-----", in: document)
    } catch {
      for mistake in error.mistakes {
        let advice =
          "check the path and who may read it, or leave \(setting.key) out to trust the system's certificates"
        refuse(setting, "\(path): \(mistake.message)", advice, in: document)
      }
    }
  }

  /// A catch-up digest (rule C5) can be made only of what has not expired.
  private func checkDelays(_ document: YAMLDocument) {
    if self.delivery.staleAfter >= self.delivery.giveUpAfter {
      refuse(
        Configuration.catalog.delivery.staleAfter,
        "is not shorter than delivery.give_up_after, \(self.delivery.giveUpAfter)",
        "mails would expire before they are late", in: document)
    }
    let needed = Configuration.leaseNeeded(for: self.smtp.dotTimeout)
    if self.delivery.lease < needed {
      refuse(
        Configuration.catalog.delivery.lease, "is too short for smtp.dot_timeout, \(self.smtp.dotTimeout)",
        "give \(needed) or more: what waits for its answer must end within its lease", in: document)
    }
  }

  /// An SQLite file has one writer at a time: the forum would wait for the ledger, and a run for the forum. In
  /// PostgreSQL the two may share a database.
  private func checkDatabases(_ document: YAMLDocument) {
    if self.forum.source == "embedded", self.forum.database == self.ledger.database,
      !Kind.isPostgresURI(self.ledger.database)
    {
      refuse(
        Configuration.catalog.ledger.database, "is the forum's database", "give the ledger a file of its own",
        in: document)
    }
  }
}

extension Configuration {
  /// What a lease must last at least: renewed after a quarter of it, it must still outlast the wait for a last answer,
  /// and a minute for what comes around that.
  static func leaseNeeded(for dotTimeout: TimeSpan) -> TimeSpan {
    // Rounded up to whole minutes.
    .minutes(((dotTimeout.seconds + 60) * 4 / 3 + 59) / 60)
  }

  /// A mistake in a setting's value, with the place where the value comes from.
  /// - Parameter key: the setting's.
  public func located(_ mistake: Mistake, key: String) -> Mistake {
    let setting = Configuration.catalog.settings.first { $0.key == key }
    let (message, advice) = (mistake.message, mistake.advice)
    switch setting.map({ origin(of: $0) }) ?? .fallback {
    case .environment(let variable): return Mistake(variable, message, advice: advice)
    case .file(let line): return Mistake(file, line: line, key: key, message, advice: advice)
    case .fallback, .program: return Mistake(file, key: key, message, advice: advice)
    }
  }
}
