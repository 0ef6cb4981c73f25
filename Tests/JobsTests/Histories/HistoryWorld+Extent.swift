extension HistoryWorld {
  /// How much of what the histories are to prove has happened.
  struct Extent: CustomStringConvertible {
    var runs = 0, mails = 0, digests = 0, deaths = 0, again = 0, setAside = 0, floods = 0
    var forumHolds = 0, ledgerHolds = 0, doubtedClocks = 0
    /// Of all people and posts: who had to get it, who could not any more, and who might.
    var owed = 0, refused = 0, open = 0

    var description: String {
      """
      \(runs) runs, \(deaths) died; \(mails) mails, \(digests) digests, \(again) again; set aside \(setAside), \
      floods \(floods), holds of forums \(forumHolds) and ledgers \(ledgerHolds), doubted clocks \(doubtedClocks); \
      owed \(owed), refused \(refused), open \(open)
      """
    }

    static func += (a: inout Extent, b: Extent) {
      for part in [
        \Extent.runs, \.mails, \.digests, \.deaths, \.again, \.setAside, \.floods, \.forumHolds, \.ledgerHolds,
        \.doubtedClocks, \.owed, \.refused, \.open,
      ] { a[keyPath: part] += b[keyPath: part] }
    }
  }
}
