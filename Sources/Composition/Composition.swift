import Forum
import Mail
import Tokens

// Composition: posts into messages.
//
// What it does: renders a post once for all readers of a language (`Composer.prepare`), and from that writes each
// person's own copy (`instant`) or one part of a digest (`digest`): header, text, HTML, reply address, the way to stop.
// HTML and Markdown of posts are reduced to an allow-list; layouts and phrases come from `TemplateSet`.
//
// What it refuses: it decides nothing (who, when, which posts), reads no clock, no database and no network, and loads no
// part of a mail from anywhere. It trusts no field of a post or a person: names, titles, addresses, texts and ids may hold
// anything, and the message is valid all the same (rule X1).
//
// When it fails: `prepare` and `digest` throw `CompositionError` for what the caller got wrong (a signing key that the ring
// does not hold, no post). Templates are checked when they are loaded. Whatever a text holds is no failure.

/// What the mails of one installation have in common.
public struct CompositionSettings: Sendable {
  /// The forum's name as readers know it: `BCH forum`; at most 60 characters and 120 octets.
  public let siteName: String
  /// The domain of all addresses of the forum, in ASCII: `forum.example.org`.
  public let domain: String
  /// Local part of the sender of digests that span discussions; a post comes from `<discussion's slug>@domain`.
  public let digestLocalPart: String
  /// `reply` in `reply+TOKEN@domain` (rule M3).
  public let replyPrefix: String
  /// `bounces` in the reverse-path `bounces+TOKEN@domain` (rule B1).
  public let bouncePrefix: String
  /// `stop` in `stop+TOKEN@domain`, the mailto form of `List-Unsubscribe`.
  public let stopPrefix: String
  /// Base of the personal pages, `https://forum.example.org/mail`; a person's page is `<base>/u/TOKEN`. nil: there are
  /// none, and mails name the mailto form alone.
  public let webURL: String?
  public let helpdesk: Address?
  /// Octets at which a digest is split in parts (rule D2).
  public let digestPartLimit: Int
  /// Octets of a post's HTML at which it is cut, with a note that it continues in the forum.
  public let postLimit: Int

  /// A setting that no mail can be written with; the text names it and says what to do.
  public struct Invalid: Error, Sendable, CustomStringConvertible {
    public let description: String
  }

  public init(
    siteName: String, domain: String, digestLocalPart: String = "digest", replyPrefix: String = "reply",
    bouncePrefix: String = "bounces", stopPrefix: String = "stop", webURL: String? = nil, helpdesk: Address? = nil,
    digestPartLimit: Int = 100_000, postLimit: Int = 512_000
  ) throws(Invalid) {
    self.siteName = siteName.singleLine()
    guard !self.siteName.isEmpty else { throw Invalid(description: "the site's name is empty; give the forum a name") }
    guard self.siteName.count <= 60, self.siteName.utf8.count <= 120 else {
      throw Invalid(
        description: "the site's name has more than 60 characters or 120 octets; shorten it: it stands in every From")
    }
    guard domain.utf8.allSatisfy({ $0 < 0x80 }), domain.utf8.count <= 180, let address = try? Address("a@\(domain)")
    else {
      throw Invalid(description: "the mail domain `\(domain)` is no domain name in ASCII (write an IDN as xn--…)")
    }
    self.domain = address.domain
    for prefix in [digestLocalPart, replyPrefix, bouncePrefix, stopPrefix] where !Self.isPrefix(prefix) {
      throw Invalid(
        description: "`\(prefix)` cannot open an address; use at most 10 lower-case letters, digits or hyphens")
    }
    guard Set([digestLocalPart, replyPrefix, bouncePrefix, stopPrefix]).count == 4 else {
      throw Invalid(description: "the prefixes of digest, reply, bounce and stop addresses must differ")
    }
    (self.digestLocalPart, self.replyPrefix) = (digestLocalPart, replyPrefix)
    (self.bouncePrefix, self.stopPrefix) = (bouncePrefix, stopPrefix)
    if let webURL {
      guard let url = SafeURL(webURL), url.isWeb, url.ascii.utf8.count <= 300, !url.value.contains("?"),
        !url.value.contains("#")
      else { throw Invalid(description: "`\(webURL)` is no web address; write https://… without ? and #") }
      self.webURL = url.ascii.hasSuffix("/") ? String(url.ascii.dropLast()) : url.ascii
    } else {
      self.webURL = nil
    }
    self.helpdesk = helpdesk
    self.digestPartLimit = max(digestPartLimit, 10_000)
    self.postLimit = min(max(postLimit, 10_000), 8_000_000)
  }

  /// What no discussion's address may be: those that lead elsewhere.
  var reservedLocalParts: Set<String> {
    [digestLocalPart, replyPrefix, bouncePrefix, stopPrefix, "postmaster", "abuse", "mailer-daemon"]
  }

  /// Short enough that prefix, `+` and the longest token fit the 64 octets of a local part.
  private static func isPrefix(_ text: String) -> Bool {
    (1...10).contains(text.utf8.count)
      && text.utf8.allSatisfy { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2D }
  }
}

/// A post with all that a mail needs to know of it; the same for every recipient.
public struct PostCopy: Sendable {
  /// A post that stands in the journal.
  public struct Journalled: Hashable, Sendable {
    /// The ledger's own integer for the post.
    public var position: Int64
    /// The number of the key that was current when the post was journalled (rule M4).
    public var key: UInt8

    public init(position: Int64, key: UInt8) { (self.position, self.key) = (position, key) }
  }

  public var post: Post
  public var thread: Forum.Thread
  public var discussion: Discussion
  public var journalled: Journalled
  /// The post's parent, its parent and so on, oldest first, as far as they stand in the journal.
  public var ancestors: [Journalled]

  public init(
    post: Post, thread: Forum.Thread, discussion: Discussion, journalled: Journalled, ancestors: [Journalled] = []
  ) {
    self.post = post
    self.thread = thread
    self.discussion = discussion
    self.journalled = journalled
    self.ancestors = ancestors
  }
}

/// A person, as a mail needs to know them.
public struct Recipient: Sendable {
  /// The ledger's own integer for the person.
  public var person: Int64
  public var name: String
  public var address: Address
  /// A BCP 47 tag; one that is none of the six UN languages counts as English.
  public var language: String
  /// IANA time zone; an unknown one counts as UTC.
  public var zone: String
  /// Text alone, no HTML part (rule M5).
  public var textOnly: Bool
  public var style: DigestStyle
  public var format: DigestFormat

  public init(
    person: Int64, name: String, address: Address, language: String = "en", zone: String = "UTC",
    textOnly: Bool = false, style: DigestStyle = .full, format: DigestFormat = .alternative
  ) {
    self.person = person
    self.name = name
    self.address = address
    self.language = language
    self.zone = zone
    self.textOnly = textOnly
    self.style = style
    self.format = format
  }
}

/// Why a digest is sent.
public enum DigestKind: Hashable, Sendable {
  case daily, weekly
  /// Instant copies that are overdue (rule C5).
  case catchUp
  /// Before a discussion closes (rule D3), with its title.
  case lastCall(discussion: String)
  /// What was pending for somebody who has posts come otherwise now, all of them or those of one watch (rule F5).
  case leaving
}

/// What a caller got wrong.
public enum CompositionError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The ring does not hold the key that the post was journalled under.
  case noKey(UInt8)
  case emptyDigest

  public var description: String {
    switch self {
    case .noKey(let number):
      "signing key \(number) is missing from the key file; put it back: mails about older posts are signed with it"
    case .emptyDigest: "a digest needs at least one post (rule D2)"
    }
  }
}
