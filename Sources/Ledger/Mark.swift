/// What the ledger counts by name.
public enum Mark: String, Sendable, CaseIterable {
  /// The largest ordinal of the forum that the collector has seen.
  case collected
  /// The last journal position that fan-out has dealt with: its checkpoint.
  case fannedOut = "fanned-out"
  /// How far the forum's changes of people's preferences and watches were read.
  case changesRead = "wishes"
  /// The number of the last lease given.
  case lease
  /// The number of the last delivery.
  case delivery
  /// The last journal position whose skip reasons were forgotten.
  case skipsPruned = "skips-pruned"
  /// After the clock was wrong: the last person whose slot was looked at since; -1 when all are.
  case slotsChecked = "slots-checked"
  /// Set by the admin: the next flood is let through (rule C5).
  case floodReleased = "flood-released"
}
