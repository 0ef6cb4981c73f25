import Mail
import Mistakes

/// What the mails of one installation have in common.
public struct CompositionSettings: Sendable {
  /// The forum's name as readers know it: `BCH forum`; at most 60 characters and 120 octets.
  public let siteName: String
  /// The domain of all addresses of the forum, in ASCII: `forum.example.org`.
  public let domain: String
  /// Local part of the sender of digests that span discussions, and of notices; a post comes from `<discussion's slug>@domain`.
  public let digestLocalPart: String
  /// `reply` in `reply+TOKEN@domain` (rule M3).
  public let replyPrefix: String
  /// `bounces` in the reverse-path `bounces+TOKEN@domain` (rule B1).
  public let bouncePrefix: String
  /// `stop` in `stop+TOKEN@domain`, the mailto form of `List-Unsubscribe`.
  public let stopPrefix: String
  /// `confirm` in `confirm+TOKEN@domain`, where a person says that a message is theirs (rules I3, I8).
  public let confirmPrefix: String
  /// `listserv` in `listserv@domain`, which takes commands (rule I8).
  public let commandPrefix: String
  /// Base of the personal pages, `https://forum.example.org/mail`; a person's page is `<base>/u/TOKEN`. nil: there are
  /// none, and mails name the mailto form alone.
  public let webURL: String?
  /// Whether mails that are signed offer to unsubscribe by one press (RFC 8058): whoever sends them on signs them.
  public let offersOneClick: Bool
  /// Whom a reader may ask; nil: the mails name nobody.
  public let helpdesk: Address?
  /// Octets of a post's HTML at which it is cut, with a note that it continues in the forum (rule M6).
  public let postLimit: Int
  /// Whether the post's number opens the `Subject`, which no longer is the thread's then (rule M4).
  public let numbersSubjects: Bool

  /// Checks what the mails could not be written with.
  /// - Parameter postLimit: taken into 10,000...8,000,000. With 90,000 the HTML part stays below the 102 KB at which
  ///   Gmail clips, whatever stands around the post.
  /// - Throws: the first mistake, with the key of the setting it comes from and no place.
  public init(
    siteName: String, domain: String, digestLocalPart: String = "digest", replyPrefix: String = "reply",
    bouncePrefix: String = "bounces", stopPrefix: String = "stop", confirmPrefix: String = "confirm",
    commandPrefix: String = "listserv", webURL: String? = nil,
    offersOneClick: Bool = true, helpdesk: Address? = nil, postLimit: Int = 90_000,
    numbersSubjects: Bool = false
  ) throws(Mistake) {
    self.siteName = try Self.checkedName(siteName)
    self.domain = try Self.checkedDomain(domain)
    try Self.checkPrefixes([digestLocalPart, replyPrefix, bouncePrefix, stopPrefix, confirmPrefix, commandPrefix])
    self.digestLocalPart = digestLocalPart
    self.replyPrefix = replyPrefix
    self.bouncePrefix = bouncePrefix
    self.stopPrefix = stopPrefix
    self.confirmPrefix = confirmPrefix
    self.commandPrefix = commandPrefix
    self.webURL = if let webURL { try Self.checkedBase(webURL) } else { nil }
    self.offersOneClick = offersOneClick
    self.helpdesk = helpdesk
    self.postLimit = min(max(postLimit, 10_000), 8_000_000)
    self.numbersSubjects = numbersSubjects
  }

  /// What no discussion's address may be: those that lead elsewhere.
  var reservedLocalParts: Set<String> {
    [
      digestLocalPart, replyPrefix, bouncePrefix, stopPrefix, confirmPrefix, commandPrefix, "postmaster", "abuse",
      "mailer-daemon",
    ]
  }
}

// MARK: - Checks

extension CompositionSettings {
  /// The limits leave room for the author in a display name of 100 characters and 200 octets (rule M2).
  private static func checkedName(_ text: String) throws(Mistake) -> String {
    let name = text.singleLine()
    guard !name.isEmpty else {
      throw Mistake("", key: "site.name", "the site's name is empty", advice: "give the forum a name")
    }
    guard name.count <= 60, name.utf8.count <= 120 else {
      throw Mistake(
        "", key: "site.name", "the site's name has more than 60 characters or 120 octets",
        advice: "shorten it: it stands in every From")
    }
    return name
  }

  /// At most 180 octets: a local part of 64 and its `@` must fit the 254 of an address (RFC 5321 section 4.5.3.1.3).
  private static func checkedDomain(_ text: String) throws(Mistake) -> String {
    guard text.isASCII, text.utf8.count <= 180, let address = try? Address("a@\(text)"),
      Host.isName(address.domain)
    else {
      throw Mistake(
        "", key: "mail.domain", "the mail domain `\(text)` is no domain name in ASCII", advice: "write an IDN as xn--…")
    }
    return address.domain
  }

  /// Short enough that prefix, `+` and the longest token fit the 64 octets of a local part (rule I2), and no two alike:
  /// what comes back is told apart by them.
  private static func checkPrefixes(_ prefixes: [String]) throws(Mistake) {
    for prefix in prefixes where !(1...10).contains(prefix.utf8.count) || !prefix.utf8.allSatisfy(\.isNameOctet) {
      throw Mistake(
        "", key: "mail", "`\(prefix)` cannot open an address",
        advice: "use at most 10 lower-case letters, digits or hyphens")
    }
    guard Set(prefixes).count == prefixes.count else {
      throw Mistake(
        "", key: "mail", "the prefixes of digest, reply, bounce, stop, confirm and command addresses must differ")
    }
  }

  /// A base to which `/u/TOKEN` can be added; with a query or a fragment the token would be part of those.
  private static func checkedBase(_ text: String) throws(Mistake) -> String {
    guard let url = SafeURL(text), url.isWeb, url.ascii.utf8.count <= 300, !url.value.contains("?"),
      !url.value.contains("#")
    else {
      throw Mistake("", key: "site.url", "`\(text)` is no web address", advice: "write https://… without ? and #")
    }
    return url.ascii.hasSuffix("/") ? String(url.ascii.dropLast()) : url.ascii
  }
}
