import ForumSources
import Mistakes

/// The mapping of a foreign forum, before a run trusts it and after.
extension Installation {
  private static let provedNote = "mapping"
  private static let slowNote = "slow query"

  /// Walks a few posts through a mapping that is not proved yet, or has changed, before anything moves on by it. What
  /// has no rows to be proved on is walked again: an empty forum by every run, one that nobody watches once an hour.
  /// - Throws: `ConfigurationError` with what contradicts itself; nothing is consumed then.
  func proveMapping() throws {
    if writer != nil { return }
    let fingerprint = forum.mapping.fingerprint(database: configuration.forum.database)
    let known = (try ledger.note(Installation.provedNote) ?? "").split(separator: " ")
    if known.first.map(String.init) == fingerprint {
      guard known.count == 2, let tried = Int64(known[1]) else { return }
      if abs(now().seconds - tried) < 3600 { return }
    }
    let findings = try forum.prove(now: now())
    if !findings.mistakes.isEmpty { throw ConfigurationError(findings.mistakes) }
    if findings.posts.isEmpty { return }
    let words = findings.hasWatchers ? fingerprint : "\(fingerprint) \(now().seconds)"
    try ledger.changeNote(Installation.provedNote) { _ in words }
  }

  /// What is to be told of a query that took most of a run of so many seconds.
  func slowQueries(_ seconds: Int64) throws -> [String] {
    guard writer == nil, let slow = SlowQuery(among: forum.queryTimes, runSeconds: seconds),
      let note = slow.noteIfNew(try ledger.note(Installation.slowNote), now: now())
    else { return [] }
    try ledger.changeNote(Installation.slowNote) { _ in note }
    return [slow.description]
  }
}
