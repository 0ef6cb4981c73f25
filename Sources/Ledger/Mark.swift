/// What the ledger counts by name.
public enum Mark: String, Sendable, CaseIterable {
  /// The largest ordinal of the forum that the collector has seen.
  case collected
  /// The number of the last turn given to a post that waits for its people to be decided (see `Ledger+FanOut`).
  case fanOutTurn = "fan-out-turn"
  /// How far the forum's changes of people's preferences and watches were read.
  case changesRead = "wishes"
  /// The number of the last lease given.
  case lease
  /// The number of the last delivery.
  case delivery
  /// The last journal position whose skip reasons were forgotten.
  case skipsPruned = "skips-pruned"
  /// Set by the admin: the next flood is let through (rule C5).
  case floodReleased = "flood-released"
}
