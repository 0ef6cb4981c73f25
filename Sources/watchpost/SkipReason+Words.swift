import Forum

extension SkipReason {
  /// Behind "nothing: ", as an admin says why.
  var words: String {
    switch self {
    case .unwatched: "watches nothing that bears on it"
    case .muted: "muted it"
    case .ownPost: "wrote it"
    case .olderThanWatch: "watches since later"
    case .modeOff: "wants no mail (mode off)"
    case .paused: "has paused all mail"
    case .inactive: "not active, by the forum's word"
    case .unconfirmed: "address not confirmed"
    case .badAddress: "the address is none that mail can be sent to"
    case .suppressed: "the address is suppressed"
    case .notReadable: "may not read it"
    case .hidden: "the post is not shown"
    case .gone: "the post is gone"
    case .moved: "the post was moved away"
    case .unreadablePost: "the post's row cannot be read"
    case .unreadablePerson: "the person's row cannot be read"
    case .mailedBefore: "mailed before a backup was restored"
    case .discarded: "the admin discarded its mail"
    }
  }
}
