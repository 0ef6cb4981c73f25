import Mail
import Mistakes

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
  /// Whom a reader may ask; nil: the mails name nobody.
  public let helpdesk: Address?
  /// Octets of a post's HTML at which it is cut, with a note that it continues in the forum.
  public let postLimit: Int

  public init(
    siteName: String, domain: String, digestLocalPart: String = "digest", replyPrefix: String = "reply",
    bouncePrefix: String = "bounces", stopPrefix: String = "stop", webURL: String? = nil, helpdesk: Address? = nil,
    postLimit: Int = 512_000
  ) throws(Mistake) {
    self.siteName = siteName.singleLine()
    guard !self.siteName.isEmpty else {
      throw Mistake("", key: "site.name", "the site's name is empty", advice: "give the forum a name")
    }
    guard self.siteName.count <= 60, self.siteName.utf8.count <= 120 else {
      throw Mistake(
        "", key: "site.name", "the site's name has more than 60 characters or 120 octets",
        advice: "shorten it: it stands in every From")
    }
    guard domain.utf8.allSatisfy({ $0 < 0x80 }), domain.utf8.count <= 180, let address = try? Address("a@\(domain)")
    else {
      throw Mistake(
        "", key: "mail.domain", "the mail domain `\(domain)` is no domain name in ASCII",
        advice: "write an IDN as xn--…")
    }
    self.domain = address.domain
    for prefix in [digestLocalPart, replyPrefix, bouncePrefix, stopPrefix] where !Self.isPrefix(prefix) {
      throw Mistake(
        "", key: "mail", "`\(prefix)` cannot open an address",
        advice: "use at most 10 lower-case letters, digits or hyphens")
    }
    guard Set([digestLocalPart, replyPrefix, bouncePrefix, stopPrefix]).count == 4 else {
      throw Mistake("", key: "mail", "the prefixes of digest, reply, bounce and stop addresses must differ")
    }
    self.digestLocalPart = digestLocalPart
    self.replyPrefix = replyPrefix
    self.bouncePrefix = bouncePrefix
    self.stopPrefix = stopPrefix
    if let webURL {
      guard let url = SafeURL(webURL), url.isWeb, url.ascii.utf8.count <= 300, !url.value.contains("?"),
        !url.value.contains("#")
      else {
        throw Mistake("", key: "site.url", "`\(webURL)` is no web address", advice: "write https://… without ? and #")
      }
      self.webURL = url.ascii.hasSuffix("/") ? String(url.ascii.dropLast()) : url.ascii
    } else {
      self.webURL = nil
    }
    self.helpdesk = helpdesk
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
