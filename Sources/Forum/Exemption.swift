/// What an admin sets aside for a mail that is sent again (rule A1): nothing else is, whatever was said.
public enum Exemption: String, Sendable, CaseIterable {
  /// It goes also to those who have it.
  case have
  /// To those who do not watch it, muted it, wrote it, or watch since later.
  case watch
  /// To those whose mode is off, or who have paused their mail. Who has stopped all mail is never mailed for it.
  case mode
  /// To those who may not read it.
  case right
  /// To addresses that are not to be mailed.
  case suppressed
  /// To those of whom an admin took it out of the queue.
  case cancelled

  /// The one that sets this reason aside.
  /// - Returns: nil for a reason that holds whatever an admin says.
  public init?(settingAside reason: SkipReason) {
    switch reason {
    case .unwatched, .muted, .ownPost, .olderThanWatch, .moved: self = .watch
    case .modeOff, .paused: self = .mode
    case .notReadable: self = .right
    case .suppressed: self = .suppressed
    case .cancelled, .discarded: self = .cancelled
    case .inactive, .unconfirmed, .badAddress, .hidden, .gone, .unreadablePost, .unreadablePerson, .mailedBefore,
      .resent, .erased:
      return nil
    }
  }

  /// As the ledger has a set of them: `have,watch`, in the order of their names.
  public static func text(_ exemptions: some Sequence<Exemption>) -> String {
    exemptions.map(\.rawValue).sorted().joined(separator: ",")
  }

  /// Reads what `text` wrote; what a later program knows besides is left out, and so sets nothing aside.
  public static func all(in text: String) -> Set<Exemption> {
    Set(text.split(separator: ",").compactMap { Exemption(rawValue: String($0)) })
  }
}

extension SkipReason {
  /// Whether the person chose it, with nobody's help: who did not wish to have it is not sent it with others.
  public var isTheirChoice: Bool {
    switch self {
    case .unwatched, .muted, .ownPost, .olderThanWatch, .modeOff, .paused: true
    case .inactive, .unconfirmed, .badAddress, .suppressed, .notReadable, .hidden, .gone, .moved, .unreadablePost,
      .unreadablePerson, .mailedBefore, .discarded, .resent, .cancelled, .erased:
      false
    }
  }
}
