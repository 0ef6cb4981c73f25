import Composition
import Forum
import Identifiers
import Mail
import Time
import Tokens

/// Posts and people that the tests share: a discussion of the kind that Watchpost is made for.
enum Samples {
  static let settings = try! CompositionSettings(
    siteName: "BCH forum", domain: "forum.example.org", webURL: "https://forum.example.org/mail",
    helpdesk: try! Address("help@example.org"))
  static let keys = try! KeyRing([1: Array(repeating: 7, count: 32), 2: Array(repeating: 9, count: 32)])
  static let composer = Composer(settings: settings, keys: keys)
  /// 2026-05-26T12:00:00Z
  static let noon = Timestamp(iso8601: "2026-05-26T12:00:00Z")!
  /// 2026-05-27T04:40:00Z
  static let closing = Timestamp(iso8601: "2026-05-27T04:40:00Z")!

  static func post(
    _ number: Int = 9240, by author: String = "Ana Paz", subject: String = "", body: String = english,
    format: BodyFormat = .plain, language: String? = "en", parent: String? = nil, url: Bool = true
  ) -> Post {
    Post(
      key: "p\(number)", ordinal: Int64(number), threadKey: "t1", discussionKey: "d1", number: String(number),
      parentKey: parent, authorKey: "u7", authorName: author, subject: subject, body: body, format: format,
      language: language, createdAt: noon - 600,
      url: url ? "https://forum.example.org/risk/post/\(number)" : nil)
  }

  static func copy(
    _ post: Post, thread: Forum.Thread = risk, discussion: Discussion = discussion, position: JournalPosition = 41,
    ancestors: [PostCopy.Journalled] = [], parent: PostCopy.Answered? = nil, attachments: [PostAttachment] = []
  ) -> PostCopy {
    PostCopy(
      post: post, thread: thread, discussion: discussion, journalled: .init(position: position, key: 1),
      ancestors: ancestors, parent: parent, attachments: attachments)
  }

  /// One of each kind: with all, without a link, without a size, in another script.
  static let attachments = [
    PostAttachment(
      post: "p9240", name: "Annex III.pdf", octets: 1_234_567, url: "https://forum.example.org/file?id=3&x=4"),
    PostAttachment(post: "p9240", name: "plot.csv", octets: 700),
    PostAttachment(post: "p9240", name: "map.png", url: "/file?id=5"),
    PostAttachment(post: "p9240", name: "خريطة الموقع.pdf", octets: 45_678, url: "https://forum.example.org/file?id=6"),
  ]

  static let discussion = Discussion(
    key: "d1", title: "Risk assessment of living modified organisms", slug: "risk",
    url: "https://forum.example.org/risk")
  static let risk = Forum.Thread(
    key: "t1", discussionKey: "d1", title: "Points to consider in field trials", theme: "Theme 1",
    url: "https://forum.example.org/risk/thread/1")
  static let capacity = Forum.Thread(key: "t2", discussionKey: "d1", title: "Capacity-building: what is missing?")
  static let access = Discussion(key: "d2", title: "Access and benefit-sharing", slug: "abs")
  static let benefits = Forum.Thread(key: "t3", discussionKey: "d2", title: "Non-monetary benefits")

  static func recipient(
    _ language: Language = .en, name: String = "Bo Li", address: String = "bo.li@example.com", zone: String = "UTC",
    textOnly: Bool = false, style: DigestStyle = .full, format: DigestFormat = .alternative
  ) -> Recipient {
    Recipient(
      person: 17, name: name, address: try! Address(address), language: language, zone: zone, textOnly: textOnly,
      style: style, format: format)
  }

  static func instant(
    _ copy: PostCopy, to recipient: Recipient = recipient(), watch: WatchScope? = .thread, generation: Int = 0,
    composer: Composer = composer
  ) throws -> OutgoingMessage {
    let prepared = try composer.prepare(copy, language: recipient.language)
    return composer.instant(
      prepared, to: recipient, delivery: 5001, generation: generation, watch: watch, date: noon)
  }

  static func digest(
    _ copies: [PostCopy], to recipient: Recipient = recipient(), watch: WatchScope? = .thread,
    watches: [WatchScope?]? = nil,
    kind: DigestKind = .regular(.daily), part: Int = 1, of parts: Int = 1, total: Int? = nil,
    composer: Composer = composer
  ) throws -> OutgoingMessage {
    let prepared = try copies.map { try composer.prepare($0, language: recipient.language) }
    return try composer.digest(
      prepared,
      as: DigestPart(
        copies: copies, watches: watches ?? copies.map { _ in watch }, kind: kind, part: part, parts: parts,
        total: total, signingKey: 2),
      to: recipient, delivery: 5002, generation: 0, date: noon)
  }

  static let english = """
    Dear colleagues,

    Confined field trials need their own point of departure: the receiving environment is known, the time is short, and what is learned there decides what is asked for later. I would not copy the list of questions for a commercial release.

    See https://bch.cbd.int/onlineconferences/ra.shtml (section 3).

    > Should exposure be assessed before hazard?
    I think so.

    Ana
    """
  static let html = """
    <p>Dear colleagues,</p><p>Please see the <a href="https://bch.cbd.int/doc?id=1&amp;x=2">guidance</a> on <em>confined \
    field trials</em>:</p><ul><li>receiving environment</li><li>isolation <b>distance</b><ol><li>wind</li><li>insects</li>\
    </ol></li></ul><blockquote><p>Should exposure be assessed before hazard?</p></blockquote><pre>a  = 1\n  b = 2</pre>
    <table><tr><th>Crop</th><th>Distance</th></tr><tr><td>Maize</td><td>200 m</td></tr><tr><td>Rice</td><td>3 m</td></tr>\
    </table><p>Regards<br>Ana</p>
    """
  /// The same, as somebody writes it in MyBB.
  static let bbcode = """
    Dear colleagues,

    [quote="Bo Li" pid='9239' dateline='1764277260']Should exposure be assessed before hazard?[/quote]
    Please see the [url=https://bch.cbd.int/doc?id=1&x=2]guidance[/url] on [i]confined field trials[/i]:
    [list]
    [*]receiving environment
    [*]isolation [b]distance[/b]
    [list=1][*]wind[*]insects[/list]
    [/list]
    [code]
    a[1]  = 1
      b = 2
    [/code]
    [table][tr][th]Crop[/th][th]Distance[/th][/tr][tr][td]Maize[/td][td]200 m[/td][/tr][/table]
    [size=small]Regards[/size] :)
    [color=#0a0]Ana[/color]
    """
  /// The same, as somebody writes it in Redmine.
  static let textile = """
    h2. Dear colleagues

    > Should exposure be assessed before hazard?

    Please see the "guidance":https://bch.cbd.int/doc?id=1&x=2 on _confined field trials_ (#12, [[Trials]]):

    * receiving environment
    * isolation *distance*
    ## wind
    ## insects

    <pre>
    a[1]  = 1
      b = 2
    </pre>

    |_. Crop|_. Distance|
    |Maize|200 m|

    Regards
    Ana @field@ -Paz-
    """
  static let arabic = "السلام عليكم،\n\nأرى أن التجارب الميدانية المحصورة (LMOs) تحتاج إلى نقاط خاصة بها.\n\nمع التحية"
  static let chinese = "各位同事：\n\n封闭田间试验需要有自己的出发点：接收环境是已知的，时间很短，而在那里学到的东西决定了以后要问什么。我不会照搬商业释放的问题清单。请参阅《卡塔赫纳生物安全议定书》附件三。"
  static let russian =
    "Уважаемые коллеги!\n\nПолевым испытаниям в изолированных условиях нужна собственная отправная точка: принимающая среда известна, срок невелик."
}
