import Forum
import Time

/// `collect`: what counts as new.
public struct CollectSettings: SettingSection {
  /// The key in the file.
  public var name: String { "collect" }
  /// What stands above the section in the sample.
  public var prose: String { "Which posts are taken up, and when." }

  /// 0 seconds to 24 hours; how long a post rests (rule C4).
  public let settle = Setting(
    "collect.settle", .duration(in: .seconds(0) ... .hours(24)), default: .minutes(2),
    "How long a post rests before it is mailed, so that its author can mend it. Urgent posts do not wait.")
  /// 1...1,000,000 posts; more in one run wait for the admin's word (rule C5).
  public let floodLimit = Setting(
    "collect.flood_limit", .integer(in: 1...1_000_000, unit: "posts"), default: 1000,
    "A run that finds more new posts than this holds them, says so, and waits for your word.")
  /// Read on the first run alone (rule C3); a later change does nothing.
  public let start = Setting(
    "collect.start", .collectStart, default: .now,
    """
    Where to begin on a forum that already has posts. Read on the first run alone. all mails every post there is to \
    everybody who watches it.
    """)
  /// 1 hour to 30 days; after it a number that the forum's sequence left out is given up (rule C2).
  public let gapExpiry = Setting(
    "collect.gap_expiry", .duration(in: .hours(1) ... .days(30)), default: .days(1),
    """
    How long a number that is missing from the forum's sequence is looked for; a slow transaction may fill it late.
    """)
}

/// `participants`: preferences of people who stated none.
public struct ParticipantSettings: SettingSection {
  /// The key in the file.
  public var name: String { "participants" }
  /// What stands above the section in the sample.
  public var prose: String {
    "How copies reach people who have not chosen otherwise. What a person chose, or the forum knows, comes first."
  }

  /// Weaker than a watch's own mode and than the person's (rule F2).
  public let mode = Setting(
    "participants.mode", .choice(Mode.self), default: .instant,
    "instant: each post at once. digest: many posts in one mail. off: nothing.")
  /// True: no HTML part for who chose nothing (rule M5).
  public let textOnly = Setting(
    "participants.text_only", .flag, default: false, "Mails without an HTML part: smaller, for slow connections.")
  /// True: authors get copies of what they wrote (rule F3).
  public let ownPosts = Setting(
    "participants.own_posts", .flag, default: false, "Whether people get copies of their own posts.")
}

/// `digest`: when a digest comes and what is in it.
public struct DigestSettings: SettingSection {
  /// The key in the file.
  public var name: String { "digest" }
  /// What stands above the section in the sample.
  public var prose: String {
    "Digests, for people who have not chosen otherwise. part_size and last_call hold for everybody."
  }

  /// Daily or weekly (rule D1).
  public let period = Setting(
    "digest.period", .choice(DigestPeriod.self), default: .daily, "How often.")
  /// 0...23, by the clock of the reader's zone; an hour that a change of clocks leaves out is still one slot (rule D1).
  public let hour = Setting(
    "digest.hour", .integer(in: 0...23), default: 7, "The hour in the person's own time zone.")
  /// Of weekly digests; daily ones do not look at it.
  public let weekday = Setting(
    "digest.weekday", .weekday, default: .monday, "The day of weekly digests.")
  /// An IANA name that this machine's zone data has, or UTC.
  public let zone = Setting(
    "digest.zone", .zone, default: "UTC", "The time zone of people of whom none is known.")
  /// Whole posts, or the table of contents alone (rules F2, D2).
  public let style = Setting(
    "digest.style", .choice(DigestStyle.self), default: .full,
    "full: the posts' texts. subjects: the table of contents alone.")
  /// How a digest is put together (rule D4).
  public let format = Setting(
    "digest.format", .choice(DigestFormat.self), default: .alternative,
    """
    alternative: text and HTML. plain: one text for programs that split digests (RFC 1153). mime: each post an \
    attached message (multipart/digest).
    """)
  /// 10 KB to 10 MB, in octets as they travel; a larger digest comes in parts (rule D2).
  public let partSize = Setting(
    "digest.part_size", .size(in: 10_000...10_000_000), default: 100_000,
    "A digest larger than this is split into several mails.")
  /// 0 seconds to 7 days before a discussion closes; 0 is never (rule D3).
  public let lastCall = Setting(
    "digest.last_call", .duration(in: .seconds(0) ... .days(7)), default: .hours(24),
    """
    So long before a forum closes, readers of digests get what is pending, so that they can still answer. When a \
    quarter of it is left, those whose next digest would come too late get what was posted since. 0s: never.
    """)
}

/// `retention`: for how long things are kept (rule O7).
public struct RetentionSettings: SettingSection {
  /// The key in the file.
  public var name: String { "retention" }
  /// What stands above the section in the sample.
  public var prose: String { "How long the ledger keeps things. Which posts it has seen it keeps for ever." }

  /// 1 to 3650 days (rule O7).
  public let answers = Setting(
    "retention.answers", .duration(in: .days(1) ... .days(3650)), default: .days(180),
    "Servers' answers, and the reasons why somebody got no mail.")
  /// 1 to 3650 days; what became of a message is kept for ever, so that it is handled once.
  public let raw = Setting(
    "retention.raw", .duration(in: .days(1) ... .days(3650)), default: .days(30),
    "Mail that came in, as it came.")
  /// 1 to 3650 days, counted from the close of a discussion (rules I2, O7).
  public let grace = Setting(
    "retention.grace", .duration(in: .days(1) ... .days(3650)), default: .days(30),
    """
    After a forum has closed: how long reply addresses are still understood, and how long who got which post is kept.
    """)
}
