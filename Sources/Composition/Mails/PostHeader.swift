import Forum
import Mail

/// The header fields of a post's mails that are alike for all readers of a language.
struct PostHeader: Sendable {
  /// `From` (rule M2).
  let from: [UInt8]
  /// `Subject`.
  let subject: [UInt8]
  /// List and automation fields, `Content-Language`, `MIME-Version` (rule M4).
  let fixed: [UInt8]
  /// The first of `References`: one constant identifier for the thread, which no message has, so that mail programs
  /// group a thread whose first posts a person never got.
  let threadRoot: String
  /// `slug@domain`
  let sender: Address
  /// `Ana Paz (BCH forum)`
  let displayName: String

  /// Every text in it is hostile; `HeaderWriter` keeps each within its field (rule X1).
  init(_ copy: PostCopy, _ face: DisplayedPost, _ language: Language, _ settings: CompositionSettings) {
    let slug = Self.localPart(copy.discussion, settings)
    sender = Self.address(slug, settings.domain)
    var from: [UInt8] = []
    displayName = Self.displayName(face.author, settings.siteName)
    HeaderWriter.appendMailbox("From", displayName: displayName, address: sender, to: &from)
    self.from = from
    var subject: [UInt8] = []
    let number = settings.numbersSubjects ? "[#\(face.number)] " : ""
    HeaderWriter.appendUnstructured("Subject", (number + face.isolatedSubject).cut(to: 900), to: &subject)
    self.subject = subject
    threadRoot = "<thread.\(String(Self.hash(copy.thread.key), radix: 32))@\(settings.domain)>"

    var fixed: [UInt8] = []
    HeaderWriter.appendPhrase("List-Id", phrase: face.discussionTitle, angle: "\(slug).\(settings.domain)", to: &fixed)
    Self.appendAddress("List-Archive", face.threadURL, to: &fixed)
    Self.appendAddress("Archived-At", face.url, to: &fixed)
    // What Outlook goes by.
    HeaderWriter.appendUnstructured("Thread-Topic", face.topic.isolated(within: .ltr).cut(to: 900), to: &fixed)
    Self.appendNumbers([face.number], to: &fixed)
    Self.appendAutomation(to: &fixed)
    let word = String(decoding: face.number.utf8.filter(\.isLetterOrDigit), as: UTF8.self)
    HeaderWriter.appendRaw("Feedback-ID", "\(word.isEmpty ? "post" : word):\(slug):instant:watchpost", to: &fixed)
    var languages = language.rawValue
    if let own = face.language?.value, own.lowercased() != languages { languages += ", \(own)" }
    HeaderWriter.appendRaw("Content-Language", languages, to: &fixed)
    HeaderWriter.appendRaw("MIME-Version", "1.0", to: &fixed)
    self.fixed = fixed
  }

  /// The author's name is cut, never the site's (rule M2).
  private static func displayName(_ author: String, _ site: String) -> String {
    let tail = " (\(site))"
    let limit = HeaderWriter.maximumDisplayName
    return author.cut(to: limit.octets - tail.utf8.count, characters: limit.characters - tail.count) + tail
  }

  /// The posts that a mail holds, as the forum numbers them, for filters and searches (rule M4); in several fields
  /// where there are too many for one.
  static func appendNumbers(_ numbers: [String], to output: inout [UInt8]) {
    for start in stride(from: 0, to: numbers.count, by: 90) {
      let some = numbers[start..<min(start + 90, numbers.count)].joined(separator: ", ")
      HeaderWriter.appendUnstructured("Watchpost-Posts", some, to: &output)
    }
  }

  /// What sort of automatic mail one is.
  enum Automation {
    /// Posts and digests.
    case list
    /// A mail to one person of which they are told by themselves.
    case news
    /// An answer to a person's own mail.
    case answer
  }

  /// No vacation note and no robot may answer (RFC 3834, and what Exchange understands instead). `All` keeps failure
  /// reports back too: they are wanted (rule B2) but for answers, whose reverse-path leads nowhere.
  static func appendAutomation(_ kind: Automation = .list, to output: inout [UInt8]) {
    HeaderWriter.appendRaw("Auto-Submitted", kind == .answer ? "auto-replied" : "auto-generated", to: &output)
    HeaderWriter.appendRaw("Precedence", kind == .list ? "list" : "bulk", to: &output)
    let suppressed = kind == .answer ? "All" : "DR, RN, NRN, OOF, AutoReply"
    HeaderWriter.appendRaw("X-Auto-Response-Suppress", suppressed, to: &output)
  }

  /// A field with one web address, as `List-Archive` has it (RFC 2369 section 2); none for an address too long to stand
  /// unfolded.
  static func appendAddress(_ name: String, _ url: SafeURL?, to output: inout [UInt8]) {
    guard let url = url?.ascii, url.utf8.count <= HeaderWriter.maximumToken - 2 else { return }
    HeaderWriter.appendRaw(name, "<\(url)>", to: &output)
  }

  /// What a discussion's mails come from, and its name in `List-Id` (rule M3): its slug, where that is lower-case
  /// letters, digits and hyphens, at most 40, and no other address of ours. Else what can be kept of it and a hash of
  /// the discussion's key, so that no two discussions share one.
  static func localPart(_ discussion: Discussion, _ settings: CompositionSettings) -> String {
    let slug = (discussion.slug.isEmpty ? "discussion-\(discussion.key)" : discussion.slug).lowercased()
    let words = slug.utf8.split { !$0.isLetterOrDigit }.map { String(decoding: $0, as: UTF8.self) }
    let kept = words.joined(separator: "-")
    if kept == slug, kept.utf8.count <= 40, !settings.reservedLocalParts.contains(kept) { return kept }
    var opening = kept.isEmpty ? "discussion" : kept.prefix(31)
    if opening.last == "-" { opening.removeLast() }
    // One digit more than 40 bits need, so that none of the eight behind it is lost where the first ones are 0.
    let digits = String(hash(discussion.key) & 0xFF_FFFF_FFFF | 1 << 40, radix: 32)
    return "\(opening)-\(digits.dropFirst())"
  }

  /// An address of the forum's own; local part and domain are known to be good.
  static func address(_ localPart: String, _ domain: String) -> Address {
    do { return try Address("\(localPart)@\(domain)") } catch {
      preconditionFailure("\(localPart)@\(domain): \(error)")
    }
  }

  /// FNV-1a: the same in every process, and only ever compared.
  private static func hash(_ text: String) -> UInt64 {
    text.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
  }
}
