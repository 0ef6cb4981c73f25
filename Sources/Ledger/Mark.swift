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
  /// After the clock was wrong: the last person whose slot was looked at since; -1 when all are.
  case slotsChecked = "slots-checked"
  /// Set by the admin: posts up to this ordinal are let through, however many they are (rule C5).
  case floodReleased = "flood-released"
  /// The smallest ordinal that was the forum's newest since the collector has seen `collected`: what turns up between
  /// the two was written into a forum that went back (rule E3).
  case wentBack = "went-back"
  /// Set by the admin after the ledger was restored: of posts that could be seen before this moment, copies have been
  /// mailed, and so have the digests of people whose hour had come by then (rule E3).
  case mailedUntil = "mailed-until"
  /// Set by the admin after the forum was restored: posts that do not stand in the journal and could be seen before this
  /// moment are mailed to nobody (rule E3).
  case historyUntil = "history-until"
  /// The largest ordinal of those posts: what has a number that was never given before is new.
  case historyThrough = "history-through"
  /// The forum's newest ordinal when the journal of a forum that had posts began: they are mailed to nobody (rule C3).
  case begun
  /// When that was.
  case begunAt = "begun-at"
  /// How many posts could be seen then.
  case leftOut = "left-out"
  /// 1: the forum's newest post lies so far back that the forum is not whole (rule E3).
  case farBack = "far-back"
  /// The largest ordinal that was seen before the admin had the forum read anew.
  case rereadThrough = "reread-through"
  /// The last journal position when the admin gave their word about a restored forum: of what stands up to it, posts may be
  /// gone, as was said (rule E3).
  case answered
  /// When the collector last read to the forum's end: what it finds beyond that was not to be seen then (rule C2).
  case sawAll = "saw-all"
  /// 1: `init` began the journal, for the empty forum that it made (rule C3).
  case begunEmpty = "begun-empty"
  /// Set by the admin: when reports of failure were believed, however many (rule B3).
  case returnsBelieved = "returns-believed"
  /// How often pages of what is sent again were written: whoever writes one waits for the last.
  case resent
  /// How often runs have left word of themselves outside the ledger (rule E3).
  case witnessed
}
