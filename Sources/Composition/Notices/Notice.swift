import Forum
import Foundation
import Identifiers
import Mail
import Text
import Time

/// What is told to one person by mail besides posts: an answer to what they sent, or news of their own address.
///
/// It holds no words that one person wrote to be shown to another. The ledger keeps it as `json` until it is sent.
public struct Notice: Codable, Hashable, Sendable {
  /// What there is to tell.
  public var matter: Matter
  /// `Message-ID` of what it answers; nil where that has none, or one that cannot be named again.
  public var inReplyTo: String?
  /// `Subject` of what it answers; somebody's words, may be empty.
  public var subject: String
  /// The number of the key that signs its Message-ID and the addresses in it, recorded so that a rotation of keys
  /// changes no identifier of a mail that is sent again.
  public var signingKey: UInt8

  /// Bounds what came in: a notice of a message of any size is small.
  /// - Parameters:
  ///   - inReplyTo: hostile; what is no identifier counts as none.
  ///   - subject: hostile.
  ///   - signingKey: the ring's current one when the notice is written.
  public init(_ matter: Matter, inReplyTo: String? = nil, subject: String = "", signingKey: UInt8) {
    self.matter = matter.bounded
    self.inReplyTo = inReplyTo.flatMap(MessageID.init(strict:))?.description
    self.subject = subject.singleLine(limit: 300)
    self.signingKey = signingKey
  }

  /// What the ledger keeps; the same notice always has the same text.
  public var json: String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    // Nothing in it is a number without a value, the one thing that JSON cannot hold.
    do { return String(decoding: try encoder.encode(self), as: UTF8.self) } catch {
      preconditionFailure("a notice without JSON: \(error)")
    }
  }

  /// Reads what `json` wrote.
  /// - Throws: `CompositionError.unreadableNotice` for what it did not, such as a matter of a newer version.
  public init(json: String) throws(CompositionError) {
    do { self = try JSONDecoder().decode(Notice.self, from: Data(json.utf8)) } catch {
      var path: [any CodingKey] = []
      switch error as? DecodingError {
      case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context):
        path = context.codingPath
      case .keyNotFound(let key, let context): path = context.codingPath + [key]
      default: break
      }
      let place = path.map { $0.intValue.map(String.init) ?? $0.stringValue }.joined(separator: ".")
      throw .unreadableNotice(place.isEmpty ? "the whole" : place.singleLine(limit: 200))
    }
  }
}

extension Notice {
  /// What there is to tell. The names are what the ledger keeps: one that was written once keeps its name.
  public enum Matter: Codable, Hashable, Sendable {
    /// A reply was not posted (rule I7).
    /// - `text`: what they wrote, to be returned; nil where nothing proves that it was they who wrote it.
    /// - `sender`: then the address that it came from, shown masked; it may be empty. nil: it is from their own.
    /// - `post`: what it answered, where that is known: an answer to the notice is one to it.
    case replyRefused(reason: Refusal, text: ReturnedText?, sender: String? = nil, post: JournalPosition? = nil)
    /// An answer to a digest of several threads: which of these was meant? At most 100 are shown.
    case digestAnswered(posts: [DigestPost], text: ReturnedText?)
    /// The receipt of a reply.
    /// - `title`: the thread's. `url`: the post's.
    case replyPosted(title: String, url: String?, isPending: Bool)
    /// A reply was posted without these attachments.
    case attachmentsLeft(title: String, url: String?, names: [LeftFile])
    /// A reply with the person's own token came from another address; their answer to this mail posts it (rule I3).
    /// - `received`: the ledger's number of the message, which the confirming address names.
    /// - `sender`: the address that it came from; it is shown masked.
    /// - `text`: what would be posted, of which no mail program makes a link; `octets`: how much it is, where not all of
    ///   it is shown.
    case confirmReply(received: Int64, sender: String, text: ReturnedText?, octets: Int?)
    /// Commands whose sender nothing vouches for; the person's answer to this mail lets them be done (rule I8).
    case confirmCommands(received: Int64, commands: [String])
    /// What became of commands, and what else was asked for with them.
    case commands(CommandReport)
    /// Mails to the address came back; this one tries it (rule B4).
    case probe
    /// Mails go out again, which had been stopped since a moment; so many posts waited, and follow in a digest (rule B4).
    case lifted(posts: Int, since: Timestamp? = nil)
    /// What a mail to a stop address ended.
    case stopped(Stopped)
    /// A link that signs the person in, which was asked for on our page; `link` is its number in the ledger (rule P4).
    case signIn(link: Int64)
  }

  /// Why a reply was not posted.
  public enum Refusal: Codable, Hashable, Sendable {
    /// - `closed`: when, where that is known.
    case discussionClosed(title: String, closed: Timestamp?)
    /// Its thread takes no more answers.
    case threadClosed(title: String)
    /// The discussion begins later.
    case notOpenYet(title: String, opens: Timestamp)
    /// The person may not post there.
    case noRight(title: String)
    /// Nothing of their own in it.
    case empty
    /// - `limit`: octets.
    case tooLarge(limit: Int)
    /// - `limit`: how many there may be.
    case tooManyAttachments(limit: Int)
    /// Attachments that the forum does not take, in a mail without words.
    case attachmentsRefused(names: [LeftFile])
    /// The reply address is too old.
    case tokenExpired
    /// The address that they wrote to leads to no thread.
    case unknownAddressee
    /// The post that they answered is no longer there.
    case postGone
    /// Nothing but a word such as `unsubscribe`: asked back.
    /// - `post`: whose watch the stop address that is named ends; 0 for everything.
    case unsubscribeWord(post: JournalPosition)
    /// An answer to a digest of several threads none of whose posts can be offered any more.
    case digestNeedsThread
    /// The address that it went to and the mail that it answers are of different threads: which was meant?
    case contradictory(posts: [DigestPost])
    /// The address that it went to belongs to somebody else's mails; the post that it answers besides, if that may be said.
    case anothersAddress(posts: [DigestPost])
    /// It stood in a mail with commands, which were done.
    case besideCommands
    /// The forum did not take it, for reasons of its own.
    case forumRefused
    /// The word that confirms it came from another address than the account's.
    case confirmedElsewhere
  }

  /// A post of a digest that may have been meant.
  public struct DigestPost: Codable, Hashable, Sendable {
    /// The thread's; hostile.
    public var title: String
    /// As the forum shows it, without `#`; hostile.
    public var number: String
    /// What its reply address names.
    public var post: JournalPosition

    /// As the ledger and the forum have them.
    public init(title: String, number: String, post: JournalPosition) {
      self.title = title
      self.number = number
      self.post = post
    }
  }

  /// What a stop address ended.
  public struct Stopped: Codable, Hashable, Sendable {
    /// What the watch was on.
    public var scope: WatchScope
    /// The thread's or the discussion's; hostile, empty for everything.
    public var title: String
    /// Where it can be watched again; nil for nowhere.
    public var url: String?
    /// A command that undoes it, `SET risk MAIL`; nil where none does.
    public var undo: String?

    /// Nothing is checked: what cannot be shown is left out.
    public init(scope: WatchScope, title: String = "", url: String? = nil, undo: String? = nil) {
      self.scope = scope
      self.title = title
      self.url = url
      self.undo = undo
    }
  }
}

extension Notice.Matter {
  /// More than is ever shown is not kept. A command and an overview bound themselves.
  fileprivate var bounded: Notice.Matter {
    func short(_ text: String) -> String { text.singleLine(limit: 1000) }
    switch self {
    case .replyRefused(.attachmentsRefused(let names), let text, let sender, let post):
      return .replyRefused(
        reason: .attachmentsRefused(names: names.prefix(20).map(\.bounded)), text: text, sender: sender.map(short),
        post: post)
    case .replyRefused(let reason, let text, let sender?, let post):
      return .replyRefused(reason: reason, text: text, sender: short(sender), post: post)
    case .digestAnswered(let posts, let text): return .digestAnswered(posts: Array(posts.prefix(100)), text: text)
    case .attachmentsLeft(let title, let url, let names):
      return .attachmentsLeft(title: title, url: url, names: names.prefix(20).map(\.bounded))
    case .confirmReply(let received, let sender, let text, let octets):
      return .confirmReply(received: received, sender: short(sender), text: text, octets: octets)
    case .confirmCommands(let received, let commands):
      return .confirmCommands(
        received: received, commands: commands.prefix(Notice.CommandReport.maximumAnswers).map(short))
    case .commands(var report):
      report.answers = Array(report.answers.prefix(Notice.CommandReport.maximumAnswers))
      return .commands(report)
    case .replyRefused, .replyPosted, .probe, .lifted, .stopped, .signIn: return self
    }
  }

  /// True for what answers a message that came in: it has a null reverse-path, so that nobody answers it (rule I6).
  var isAnswer: Bool {
    switch self {
    case .probe, .lifted, .signIn: false
    default: true
    }
  }

  /// A word for `Feedback-ID`, which programs read: the same in every language.
  var feedbackName: String {
    switch self {
    case .replyRefused: "refused"
    case .digestAnswered: "digest-answered"
    case .replyPosted: "receipt"
    case .attachmentsLeft: "attachments"
    case .confirmReply, .confirmCommands: "confirm"
    case .commands: "commands"
    case .probe: "probe"
    case .lifted: "lifted"
    case .stopped: "stopped"
    case .signIn: "sign-in"
    }
  }
}
