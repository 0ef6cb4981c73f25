import Mistakes

extension Configuration {
  /// Settings that are each in order and do not go together.
  func checkTogether(_ document: YAMLDocument) {
    func refuse<Value>(_ setting: Setting<Value>, _ message: String, _ advice: String) {
      document.report(located(Mistake("", message, advice: advice), key: setting.key))
    }
    let (all, smtp) = (Configuration.catalog, Configuration.catalog.smtp)

    let prefixes = [all.mail.replyPrefix, all.mail.bouncePrefix, all.mail.stopPrefix]
    for (index, prefix) in prefixes.enumerated() {
      if self[prefix] == "digest" {
        refuse(prefix, "is `digest`, from which digests are sent", "choose another word")
      }
      if let other = prefixes[..<index].first(where: { self[$0] == self[prefix] }) {
        refuse(prefix, "is the same as \(other.key)", "incoming mail is told apart by it: give each its own")
      }
    }

    if case .smtp(_, _, isTLS: false) = self.delivery.transport, !self.delivery.transport.isLoopback,
      self.smtp.startTLS == .never, !self.smtp.allowPlainText
    {
      refuse(
        smtp.startTLS, "the relay is another machine, and plain text is not allowed",
        "set smtp.starttls: required, or smtp.allow_plain_text: true if you accept it")
    }
    if self.smtp.user != nil, self.smtp.authentication != .none, self.smtp.password == nil {
      refuse(smtp.user, "there is no password for it", "set smtp.password_file, or smtp.auth: none")
    }
    if self.smtp.user == nil, self.smtp.password != nil {
      refuse(smtp.password, "there is no user for it", "set smtp.user")
    }
    if self.delivery.staleAfter >= self.delivery.giveUpAfter {
      refuse(
        all.delivery.staleAfter, "is not shorter than delivery.give_up_after, \(self.delivery.giveUpAfter)",
        "mails would expire before they are late")
    }
    if self.forum.source == "embedded", self.forum.database == self.ledger.database,
      !self.ledger.database.hasPrefix("postgres")
    {
      refuse(all.ledger.database, "is the forum's database", "give the ledger a file of its own")
    }
  }
}

extension Configuration {
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
