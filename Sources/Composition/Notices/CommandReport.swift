import Forum
import Text
import Time

extension Notice {
  /// What became of one message's commands (rule I8): an answer to each, and what they asked to see.
  public struct CommandReport: Codable, Hashable, Sendable {
    /// More commands in one message are no person's; a notice leaves them out.
    public static let maximumAnswers = 50
    /// In their order.
    public var answers: [CommandAnswer]
    /// Asked for by `QUERY`.
    public var overview: Overview?
    /// Asked for by `HELP`, or of use because a command was not known.
    public var help: Help?

    /// At least one of the three is there.
    public init(answers: [CommandAnswer] = [], overview: Overview? = nil, help: Help? = nil) {
      self.answers = answers
      self.overview = overview
      self.help = help
    }
  }

  /// One command and what was done.
  public struct CommandAnswer: Codable, Hashable, Sendable {
    /// As it was written; one short line of somebody's words.
    public let command: String
    /// What became of it.
    public var outcome: CommandOutcome

    /// - Parameter command: hostile.
    public init(_ command: String, _ outcome: CommandOutcome) {
      self.command = command.singleLine(limit: 400)
      self.outcome = outcome
    }
  }

  /// What became of a command.
  public enum CommandOutcome: Codable, Hashable, Sendable {
    /// - `discussion`: its title, hostile; nil for everything.
    /// - `reach`: nil where it is what the words say.
    case set(to: CommandSetting, discussion: String?, reach: SettingReach? = nil)
    /// Watches no more.
    case signedOff(discussion: String?)
    /// A word that asks for an end of mail, and says no more.
    case howToStop
    /// No command of ours.
    case unknownCommand
    /// A name that no discussion has, or none that the person may read.
    case unknownDiscussion
    /// It was so before.
    case nothingToChange
    /// Several accounts have the address that it came from.
    case sharedAddress
    /// It cannot be done for this person.
    case refused
  }

  /// What a setting of a discussion holds for, where that is to be said.
  public enum SettingReach: String, Codable, Sendable {
    /// The threads that the person watches there; they do not watch the discussion.
    case threads
    /// The whole discussion, which they did not watch before.
    case begun
  }

  /// What `SET` can set, in the words of LISTSERV.
  public enum CommandSetting: String, Codable, Sendable, CaseIterable {
    /// `DIGEST`: posts come in digests.
    case digest
    /// `NODIGEST`: each post comes in a mail of its own.
    case instant
    /// `MAIL`: mail comes again.
    case mail
    /// `NOMAIL`: no mail comes; the watch stays.
    case nomail
  }

  /// How somebody receives mail, and what they watch.
  public struct Overview: Codable, Hashable, Sendable {
    /// Where a watch does not say.
    public var mode: Mode
    /// How often digests come.
    public var period: DigestPeriod
    /// Local hour of digests, 0...23.
    public var hour: Int
    /// Of weekly digests.
    public var weekday: Weekday
    /// IANA time zone of the hour.
    public var zone: String
    /// No mail until then; nil, or a moment that is past for the caller, is no pause.
    public var pausedUntil: Timestamp?
    /// What is known of the address.
    public var address: AddressState
    /// At most 200.
    public let watches: [OverviewWatch]
    /// How many more there are.
    public let more: Int

    /// - Parameters:
    ///   - pausedUntil: nil where no pause is under way.
    ///   - watches: of those beyond 200 only the number is kept.
    public init(
      mode: Mode, digest: DigestSchedule, pausedUntil: Timestamp? = nil, address: AddressState = .good,
      watches: [OverviewWatch] = []
    ) {
      self.mode = mode
      period = digest.period
      hour = digest.hour
      weekday = digest.weekday
      zone = digest.zone
      self.pausedUntil = pausedUntil
      self.address = address
      self.watches = Array(watches.prefix(200))
      more = max(watches.count - 200, 0)
    }
  }

  /// Whether mails go out to an address (rule B4).
  public enum AddressState: Codable, Hashable, Sendable {
    /// They do.
    case good
    /// They came back too often.
    case returned(since: Timestamp)
  }

  /// One watch, as a person reads it.
  public struct OverviewWatch: Codable, Hashable, Sendable {
    /// What it is on.
    public var scope: WatchScope
    /// The thread's or the discussion's; hostile, empty for everything.
    public var title: String
    /// What commands call it, or the discussion that the thread is in; nil where they cannot.
    public var name: String?
    /// nil: as the person's mode is.
    public var mode: Mode?
    /// A wish not to hear.
    public var isMute: Bool

    /// As forum and ledger have them.
    public init(
      scope: WatchScope, title: String = "", name: String? = nil, mode: Mode? = nil, isMute: Bool = false
    ) {
      self.scope = scope
      self.title = title
      self.name = name
      self.mode = mode
      self.isMute = isMute
    }
  }

  /// The list of commands.
  public struct Help: Codable, Hashable, Sendable {
    /// The name of a discussion, for examples: one that the person knows, where there is one.
    public var example: String?

    /// - Parameter example: a slug.
    public init(example: String? = nil) { self.example = example }
  }
}
