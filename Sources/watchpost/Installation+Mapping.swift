import ForumSources
import Mistakes

/// How far a mapping is looked into.
enum MappingDepth {
  /// Watchers of each post.
  static let people = 2000
  /// Discussions of which it is looked at who may read them.
  static let places = 50
}

/// The mapping of a foreign forum, before a run trusts it and after.
extension Installation {
  private static let provedNote = "mapping"
  private static let refusedNote = "mapping refused"
  private static let slowNote = "slow query"

  private var fingerprint: String { forum.mapping.fingerprint(database: configuration.forum.database) }

  /// The mapping as a run refused it; nil where none did, or where it has changed since.
  private func refusal() throws -> RefusedMapping? {
    RefusedMapping(note: try ledger.note(Installation.refusedNote), fingerprint: fingerprint)
  }

  /// Walks a few posts through a mapping that is not proved yet, or has changed, before anything moves on by it. What
  /// has no rows to be proved on is walked again: an empty forum by every run, one that nobody watches once an hour. One
  /// that was refused stays so until it changes or `check` accepts it.
  /// - Throws: `ConfigurationError` with what contradicts itself; nothing is consumed then.
  func proveMapping() throws {
    if writer != nil { return }
    if let refusal = try refusal() { throw ConfigurationError(refusal.told(file: forum.mapping.file)) }
    let fingerprint = fingerprint
    let known = (try ledger.note(Installation.provedNote) ?? "").split(separator: " ")
    if known.first.map(String.init) == fingerprint {
      guard known.count == 2, let tried = Int64(known[1]) else { return }
      if abs(now().seconds - tried) < 3600 { return }
    }
    // As `check` looks, or a run would believe what that refuses.
    let findings = try forum.prove(people: MappingDepth.people, places: MappingDepth.places, now: now())
    if !findings.mistakes.isEmpty {
      if let refusal = RefusedMapping(findings, fingerprint: fingerprint, at: now()) {
        try ledger.changeNote(Installation.refusedNote) { _ in try refusal.note }
        // In the words of the runs that follow: it is one trouble, and told once (rule E5).
        throw ConfigurationError(refusal.told(file: forum.mapping.file))
      }
      throw ConfigurationError(findings.mistakes)
    }
    if findings.posts.isEmpty { return }
    let words = findings.hasWatchers ? fingerprint : "\(fingerprint) \(now().seconds)"
    try ledger.changeNote(Installation.provedNote) { _ in words }
  }

  /// The admin's look at a mapping that a run refused: runs accept it where nothing is found wrong, in the posts that it
  /// was refused for either.
  /// - Parameter wrong: what was found wrong in others.
  /// - Returns: what is wrong in all of them, and what there is to tell.
  func reconsiderMapping(_ wrong: [Mistake]) throws -> (wrong: [Mistake], remark: String?) {
    guard let refusal = try refusal() else { return (wrong, nil) }
    let known = try forum.posts(keys: refusal.posts, .standing).map(\.key)
    let more =
      known.isEmpty
      ? []
      : try forum.prove(posts: known, people: MappingDepth.people, places: MappingDepth.places, now: now()).mistakes
        .filter { !wrong.contains($0) }
    guard wrong.isEmpty, more.isEmpty else { return (wrong + more, nil) }
    try ledger.changeNote(Installation.refusedNote) { _ in "" }
    return (
      [], "a run refused this mapping at \(refusal.at); nothing contradicts itself any more: runs accept it again"
    )
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
