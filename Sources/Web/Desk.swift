import Composition
import Forum
import Foundation
import Identifiers
import Ledger
import Logging
import Mail
import Membership
import Phrases
import Text
import Time
import Tokens

/// Answers visits: finds out who comes and by which door, does what they ask for, and shows the page.
public struct Desk: Sendable {
  /// What the pages of one installation have in common.
  public struct Settings: Sendable {
    /// The forum's name as participants know it.
    public var site: String
    /// What the pages' addresses begin with behind the host; empty where they stand at its top.
    let base: String
    /// Scheme, host and port, as browsers tell them in `Origin` (RFC 6454 section 6.2).
    let origin: String
    /// Whether the pages are reached by https.
    let isSecure: Bool
    /// Whom a visitor may ask; nil: the pages name nobody.
    public var helpdesk: String?
    /// Of visitors whose language nobody knows.
    public var language: Language

    /// - Parameter url: under which the pages are reached, without a closing slash: `https://forum.example.org/mail`.
    public init(site: String, url: String, helpdesk: String?, language: Language) {
      self.site = site
      isSecure = url.hasPrefix("https:")
      self.helpdesk = helpdesk
      self.language = language
      let parts = URLComponents(string: url)
      let path = parts?.percentEncodedPath ?? ""
      base = path == "/" ? "" : path
      let usual = isSecure ? 443 : 80
      let port = parts?.port.flatMap { $0 == usual ? nil : ":\($0)" } ?? ""
      origin = "\(isSecure ? "https" : "http")://\((parts?.host ?? "").lowercased())\(port)"
    }
  }

  /// As set.
  let settings: Settings
  /// The words of all languages.
  let phrases: PhraseBook
  /// Signs links, and tells sessions and forms apart.
  let keys: KeyRing
  /// Whom it is about.
  let members: Members
  /// What tells one version of our files from another, so that browsers may keep them for long.
  private let version: String
  /// Time zones, read once.
  let zones = Zones()
  /// Sends a mail now that somebody waits for, somewhere else than where the visitor waits; what it could not do, cron's
  /// next run does.
  let send: @Sendable (DeliveryID) -> Void
  /// Does something after the visitor has been answered: how long it takes tells them nothing (rule P4).
  let later: @Sendable (@escaping @Sendable () -> Void) -> Void
  /// 16 octets that nobody can guess.
  let secret: @Sendable () -> [UInt8]
  /// Throws what forum or ledger throw where they take nothing in.
  let prove: @Sendable () throws -> Void
  /// Where trouble is told, without addresses and links.
  let log: Logger

  /// - Parameters:
  ///   - send, later: run what they are given in the background.
  ///   - secret: the name of a new session.
  ///   - prove: throws where a button would do nothing, since forum or ledger cannot be written to.
  public init(
    _ settings: Settings, phrases: PhraseBook, keys: KeyRing, members: Members, log: Logger,
    send: @escaping @Sendable (DeliveryID) -> Void,
    later: @escaping @Sendable (@escaping @Sendable () -> Void) -> Void,
    secret: @escaping @Sendable () -> [UInt8], prove: @escaping @Sendable () throws -> Void
  ) {
    self.prove = prove
    self.settings = settings
    self.phrases = phrases
    self.keys = keys
    version = keys.digest(of: String(decoding: PackageResources.style_css + PackageResources.zone_js, as: UTF8.self))
    self.members = members
    self.log = log
    self.send = send
    self.later = later
    self.secret = secret
  }

  /// The answer to a visit. Forum and ledger are asked on this thread.
  /// - Throws: what they throw; nothing was changed then, or all that the answer would have said.
  public func answer(_ visit: Visit) throws -> PageAnswer {
    if visit.method == .other { return notAllowed }
    let isPost = visit.method == .post
    switch (visit.path.first, visit.path.count) {
    case (nil, _):
      guard !isPost else { return notAllowed }
      return try session(visit) == nil ? signInPage(visit) : .seeOther("\(settings.base)/settings")
    case ("health"?, 1):
      if isPost { return notAllowed }
      try prove()
      return PageAnswer(type: "text/plain; charset=utf-8", "ok\n")
    case ("robots.txt"?, 1):
      return isPost ? notAllowed : PageAnswer(type: "text/plain; charset=utf-8", "User-agent: *\nDisallow: /\n")
    case ("style.css"?, 1): return isPost ? notAllowed : Desk.style
    case ("zone.js"?, 1): return isPost ? notAllowed : Desk.script
    case ("sign-in"?, 1): return isPost ? try askForLink(visit) : signInPage(visit)
    case ("sign-out"?, 1): return isPost ? try signOut(visit) : notAllowed
    case ("in"?, 2): return try isPost ? open(visit, visit.path[1]) : openPage(visit, visit.path[1])
    case ("settings"?, 1): return try ownPage(visit)
    case ("u"?, 2): return try personal(visit, visit.path[1])
    default: return message(visit, 404, .pageNotFound)
    }
  }

  /// Nothing of this address is done by this method.
  private var notAllowed: PageAnswer {
    PageAnswer(405, type: "text/plain; charset=utf-8", "405\n").with("Allow", "GET, HEAD, POST")
  }

  // MARK: Frames

  /// The frame in the visitor's language: the one they picked on a page, else their own, else their browser's.
  func frame(_ visit: Visit, _ own: Language? = nil) -> PageFrame {
    let picked = visit.query["lang"].flatMap { Language(tag: $0) }
    let language = picked ?? own ?? Language(accepted: visit.languages) ?? settings.language
    return PageFrame(
      site: settings.site, base: settings.base, helpdesk: settings.helpdesk, words: phrases[language], picked: picked,
      version: version)
  }

  /// A page that says one thing.
  public func message(_ visit: Visit, _ status: Int, _ phrase: Phrase) -> PageAnswer {
    let frame = self.frame(visit)
    let heading = frame.words[.pageTitle].filled(["site": settings.site])
    return page(frame.page(heading, said: .init(phrase: phrase, isBad: status >= 400), ""), status: status)
  }

  /// Nothing personal is kept on the way, nor behind the browser's back button once somebody has signed out.
  func page(_ body: String, status: Int = 200) -> PageAnswer {
    PageAnswer(status, body).with("Cache-Control", "no-store")
  }

  // MARK: Forms

  /// By what a form of a page is known: an HMAC over the secret that opened the page.
  func proof(_ door: String) -> String { keys.digest(of: "form \(door)") }

  /// Whether a form comes from our own page: by its proof, and by what the browser says of where it stood (rule X4).
  func isOurs(_ visit: Visit, _ door: String) -> Bool {
    if let site = visit.fetchSite, !["same-origin", "none"].contains(site) { return false }
    if let origin = visit.origin, origin != "null", origin.lowercased() != settings.origin { return false }
    // Compared by their own HMACs, so that the time taken tells nothing of where they differ (rule X2).
    return keys.digest(of: visit.form["proof"] ?? "") == keys.digest(of: proof(door))
  }

  // MARK: Files

  private static let style = file(PackageResources.style_css, "text/css; charset=utf-8")
  private static let script = file(PackageResources.zone_js, "text/javascript; charset=utf-8")

  private static func file(_ octets: [UInt8], _ type: String) -> PageAnswer {
    PageAnswer(type: type, String(decoding: octets, as: UTF8.self)).with(
      "Cache-Control", "public, max-age=31536000, immutable")
  }
}
