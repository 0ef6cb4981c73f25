import Time

/// A post that somebody's copy waits for: it was hidden, gone, or out of that person's sight when it should have been
/// sent (rule C6).
public struct Withdrawn: Hashable, Sendable {
  /// Its place in the journal.
  public let entry: JournalEntry
  /// When the first copy was withheld; what is withheld later does not change it.
  public let since: Timestamp
}
