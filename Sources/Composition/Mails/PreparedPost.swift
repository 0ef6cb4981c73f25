import Forum
import Mail
import Phrases
import Synchronization
import Text
import Time

/// A post rendered for all readers of one language; what differs between them is holes.
///
/// Made by `Composer.prepare`, used by any number of threads at once. Parts that only a digest needs are made when one
/// first asks for them.
public final class PreparedPost: Sendable {
  /// The post that it was prepared from.
  public let copy: PostCopy
  /// Of the readers' language.
  let words: Catalogue
  /// Cleaned and cut; nothing below looks at `copy`'s texts again (rule X1).
  let face: DisplayedPost
  /// The fields that are alike for all readers.
  let header: PostHeader
  /// The instant copy's text part, with holes for what is personal.
  let text: Fragment
  /// The instant copy's HTML part, likewise.
  let html: Fragment
  /// Settled once: what fills the holes is too short to change which encoding is smaller.
  let textEncoding: TransferEncoding
  /// Likewise for the HTML part.
  let htmlEncoding: TransferEncoding
  /// Why somebody gets it, by what they watch.
  let reasons: [WatchScope: (text: [UInt8], html: [UInt8])]
  /// That it is sent again (rule A1).
  let sentAgain: (text: [UInt8], html: [UInt8])

  /// Writes dates as the language does.
  private let date: LocalDate
  /// By zone, at most 1000: names of zones come from people's records.
  private let moments = Mutex<[String: WrittenMoment]>([:])
  /// nil until a digest first asks; most posts are only sent as instant copies.
  private let digestEntry = Mutex<DigestEntry?>(nil)
  /// nil until a digest of RFC 1153 or MIME form first asks.
  private let enclosed = Mutex<EnclosedPost?>(nil)

  /// Renders both bodies. All the work that grows with the post's size is done here.
  init(_ copy: PostCopy, words: Catalogue, composer: Composer) {
    self.copy = copy
    self.words = words
    face = DisplayedPost(copy, words: words, limit: composer.settings.postLimit, keys: composer.keys)
    header = PostHeader(copy, face, words.language, composer.settings)
    date = LocalDate(words)
    let values = PostValues(copy, face, words, composer.settings)
    text = Fragment(
      wrappedLines(composer.templates.render(.instantText, words.language, values.text), longerThan: proseWidth),
      blocks: [.body: face.fullText])
    html = Fragment(
      composer.templates.render(.instantHTML, words.language, values.html),
      blocks: [.body: face.html(headingShift: 1, words.language)])
    textEncoding = BodyWriter.encoding(of: [text])
    htmlEncoding = BodyWriter.encoding(of: [html])
    let names = ["site": composer.settings.siteName]
    sentAgain = words[.whySentAgain].both(names)
    reasons = Dictionary(
      uniqueKeysWithValues: WatchScope.allCases.map { scope in
        let phrase: Phrase =
          switch scope {
          case .thread: .whyThread
          case .discussion: .whyDiscussion
          case .everything: .whyEverything
          }
        return (scope, words[phrase].both(names))
      })
  }

  /// About how many octets of memory it takes up, with the parts that digests need.
  public var octets: Int {
    [text, html].reduce(copy.post.body.utf8.count + face.octets) {
      $0 + 2 * ($1.layout.size + $1.quotedPrintable.size)
    }
  }

  /// When the post was written, as readers in a zone read it.
  func date(in zone: String, _ zones: Zones) -> (text: [UInt8], html: [UInt8]) { moment(zone, zones).full }

  /// The same without year and zone, beside a mail of the same year that names the zone.
  /// - Parameter clock: of the mail.
  func date(in zone: String, _ zones: Zones, beside clock: ReaderClock) -> (text: [UInt8], html: [UInt8]) {
    let moment = moment(zone, zones)
    return moment.clock == clock ? moment.short : moment.full
  }

  private func moment(_ zone: String, _ zones: Zones) -> WrittenMoment {
    if let known = moments.withLock({ $0[zone] }) { return known }
    let moment = copy.post.createdAt
    let clock = ReaderClock(moment, zone, zones)
    func both(_ text: String) -> (text: [UInt8], html: [UInt8]) { (Array(text.utf8), Array(text.htmlEscaped.utf8)) }
    let made = WrittenMoment(
      full: both(date.text(moment, offset: clock.offset)), short: both(date.shortText(moment, offset: clock.offset)),
      clock: clock)
    moments.withLock { if $0.count < 1000 { $0[zone] = made } }
    return made
  }

  /// The post as an entry of a digest; made under the lock, once.
  func digestEntry(_ composer: Composer) -> DigestEntry {
    digestEntry.withLock { made in
      let entry = made ?? DigestEntry(self, composer)
      made = entry
      return entry
    }
  }

  /// The post as a message of its own; made under the lock, once.
  func enclosed(_ composer: Composer) -> EnclosedPost {
    enclosed.withLock { made in
      let post = made ?? EnclosedPost(self, composer)
      made = post
      return post
    }
  }
}

/// What a moment leaves unsaid to readers who know it already.
struct ReaderClock: Equatable, Sendable {
  /// Seconds east of UTC.
  let offset: Int
  /// By that.
  let year: Int

  init(_ moment: Timestamp, _ zone: String, _ zones: Zones) {
    offset = zones.offset(zone, at: moment)
    year = Int((moment + Int64(offset)).utcDate.year)
  }
}

/// A moment as readers of one zone read it.
private struct WrittenMoment: Sendable {
  let full: (text: [UInt8], html: [UInt8])
  let short: (text: [UInt8], html: [UInt8])
  let clock: ReaderClock
}

extension PhraseText {
  /// Filled as text, wrapped, and as HTML; CRLF line ends.
  func both(_ values: [String: String]) -> (text: [UInt8], html: [UInt8]) {
    (
      Array(filled(values).wrapped(to: proseWidth).joined(separator: "\r\n").utf8),
      Array(filledHTML(values).utf8)
    )
  }
}

/// What the templates of posts are filled with.
struct PostValues {
  /// For templates of text. nil leaves a tag empty and its section out.
  var text: [String: String?]
  /// For templates of HTML, which escape what stands in two braces; only what is HTML already differs.
  var html: [String: String?]

  /// Marks stand for what only the recipient's copy knows: date, addresses, why, account.
  init(_ copy: PostCopy, _ face: DisplayedPost, _ words: Catalogue, _ settings: CompositionSettings) {
    var shared = Self.personal(words, settings)
    shared["number"] = face.number
    shared["subject"] = face.subject
    shared["ownSubject"] = face.ownSubject
    shared["comma"] = words[.byline].filled()
    shared["date"] = Hole.date.mark
    shared["postURL"] = face.webURL?.value
    shared["replyAddress"] = copy.takesAnswers ? Hole.replyAddress.mark : nil
    shared["replySubject"] = copy.takesAnswers ? face.replySubject : nil
    shared["anchor"] = String(copy.journalled.position.rawValue)
    // Said where they are not the mail's own; an empty language is an unknown one.
    let language = face.language?.value ?? ""
    if language.lowercased() != words.language.rawValue || face.direction != words.language.direction {
      shared["bodyLanguage"] = language
      shared["bodyDirection"] = face.direction.rawValue
    }
    shared["body"] = Hole.body.mark
    shared["why"] = Hole.why.mark
    var (text, html) = (shared, shared)
    let direction = words.language.direction
    text["author"] = face.author.isolated(within: direction)
    text["answers"] = face.answers?.text
    html["answers"] = face.answers?.html
    html["author"] = face.author.htmlIsolated(within: direction)
    html["ownSubject"] = face.ownSubject?.htmlIsolated(within: direction)
    text["place"] = face.place.map { $0.isolated(within: direction) }.joined(separator: " › ")
    // A shorter one is seen beside the line above it.
    html["preview"] = face.preview.columns < 20 ? nil : face.preview
    html["place"] = face.place.map { $0.htmlIsolated(within: direction) }.joined(separator: " › ")
    text["account"] = words[.account].filled(["address": Hole.account.mark])
    html["account"] = words[.account].filledHTML(["address": Hole.account.mark])
    self.text = text
    self.html = html
  }

  /// What every layout knows of the reader and the site.
  static func personal(_ words: Catalogue, _ settings: CompositionSettings) -> [String: String?] {
    [
      "language": words.language.rawValue, "direction": words.language.direction.rawValue,
      "isRTL": words.language.isRightToLeft ? "rtl" : nil,
      "siteName": settings.siteName, "helpdesk": settings.helpdesk?.description,
      "stopURL": settings.webURL == nil ? nil : Hole.stopURL.mark, "stopAddress": Hole.stopAddress.mark,
      "recipientName": Hole.recipientName.mark,
    ]
  }
}
