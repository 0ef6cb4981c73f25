import Forum
import Mail
import Phrases
import Text
import Time

// Header and personal fields of a digest.

extension DigestMail {
  /// The one discussion that all posts belong to, if there is one.
  private var onlyDiscussion: PreparedPost? {
    let key = posts[0].copy.discussion.key
    return posts.allSatisfy { $0.copy.discussion.key == key } ? posts[0] : nil
  }

  /// From the one discussion's address where there is one, so that filters and `List-Id` sort it with that discussion's
  /// posts (rule M2).
  func appendHeader(to output: inout [UInt8]) {
    let settings = composer.settings
    let sender =
      onlyDiscussion?.header.sender ?? PostHeader.address(settings.digestLocalPart, settings.domain)
    HeaderWriter.appendMailbox("From", displayName: settings.siteName, address: sender, to: &output)
    let takesAnswers = posts.contains(where: \.copy.takesAnswers)
    composer.appendPersonalHeader(recipient, replyToken: takesAnswers ? token : nil, date: date, to: &output)
    HeaderWriter.appendUnstructured("Subject", subject, to: &output)
    composer.append("Message-ID: <", token, ".", String(generation), "@", settings.domain, ">\r\n", to: &output)
    composer.appendResend(generation, to: &output)
    PostHeader.appendNumbers(groups.order.map { posts[$0].face.number }, to: &output)
    HeaderWriter.appendPhrase(
      "List-Id", phrase: onlyDiscussion?.face.discussionTitle ?? settings.siteName,
      angle: "\(sender.localPart).\(settings.domain)", to: &output)
    PostHeader.appendAddress("List-Archive", onlyDiscussion?.face.discussionURL, to: &output)
    // A digest has many reply addresses, and none of its own (RFC 2369 section 3.4).
    HeaderWriter.appendRaw("List-Post", "NO", to: &output)
    composer.appendUnsubscribe(stop, to: &output)
    PostHeader.appendAutomation(to: &output)
    HeaderWriter.appendRaw("Feedback-ID", "\(kindName):\(sender.localPart):digest:watchpost", to: &output)
    HeaderWriter.appendRaw("Content-Language", words.language.rawValue, to: &output)
    HeaderWriter.appendRaw("MIME-Version", "1.0", to: &output)
  }

  /// The posts of the whole digest; of one that has one part, those that are left.
  private var total: Int { content.parts == 1 ? posts.count : max(content.total, posts.count) }

  /// A word for `Feedback-ID`, which programs read: the same in every language.
  private var kindName: String {
    switch content.kind {
    case .regular(let period): period.rawValue
    case .catchUp: "catch-up"
    case .lastCall: "last-call"
    case .leaving: "leaving"
    }
  }

  /// `BCH forum: daily digest, 12 posts (1/2)`; RFC 1153 wants the list's name, the word Digest, volume and issue: the
  /// year and its day.
  private var subject: String {
    let parts = content.parts > 1 ? " (\(content.part)/\(content.parts))" : ""
    if recipient.format == .plain, recipient.style == .full {
      let day = date.utcDate
      return
        "\(composer.settings.siteName) Digest, Vol \(day.year), Issue \(day.dayOfYear): \(words.posts(total))\(parts)"
    }
    return words[.digestSubject].filled([
      "heading": heading(as: { $0.filled($1) }).cut(to: 600), "posts": words.posts(total),
    ]) + parts
  }

  /// `BCH forum: daily digest`, by whichever way of filling the part needs.
  private func heading(as fill: (PhraseText, [String: String]) -> String) -> String {
    let site = ["site": composer.settings.siteName]
    switch content.kind {
    case .regular(.daily): return fill(words[.digestDaily], site)
    case .regular(.weekly): return fill(words[.digestWeekly], site)
    case .catchUp: return fill(words[.digestCatchUp], site)
    case .lastCall(let discussion, let moment):
      return fill(words[.digestLastCall], ["discussion": discussion.singleLine(limit: 300), "date": date(moment)])
    case .leaving: return fill(words[.digestLeaving], site)
    }
  }

  /// A moment as the reader's clock shows it.
  private func date(_ moment: Timestamp) -> String {
    LocalDate(words).text(moment, offset: composer.zones.offset(recipient.zone, at: moment))
  }

  /// Which part it is where there are several, the zone of its times, and what an answer to it does (rule D2).
  private var summary: String {
    // Posts that are messages of their own have the zone in their dates.
    let areMessages = recipient.format != .alternative && recipient.style == .full
    var said = areMessages ? [] : [words[.digestTimes].filled(["zone": LocalDate.zoneName(clock.offset)])]
    if content.parts > 1 {
      said.insert(words[.part].filled(["part": String(content.part), "parts": String(content.parts)]), at: 0)
    }
    if posts.contains(where: \.copy.takesAnswers) {
      let isOneThread = Set(posts.map(\.copy.thread.key)).count == 1
      said.append(words.plain(isOneThread ? .replyHow : .digestReplies))
    }
    return said.joined(separator: " · ")
  }

  /// Why it came, and what watches its posts come from (rule M6).
  private var reason: (text: [UInt8], html: [UInt8]) {
    let why: (text: [UInt8], html: [UInt8]) =
      switch content.kind {
      case .regular(.daily): words[.whyDaily].both([:])
      case .regular(.weekly): words[.whyWeekly].both([:])
      case .catchUp: words[.whyCatchUp].both([:])
      case .lastCall(let discussion, let moment):
        words[.whyLastCall].both(["discussion": discussion.singleLine(limit: 300), "date": date(moment)])
      case .leaving: words[.whyLeaving].both([:])
      }
    var whole = why
    let watches = watches
    if let sentence = commonWatch(of: watches.count) {
      whole = composer.joined(why, words[sentence].both([:]))
    } else if !watches.isEmpty {
      let phrase = words[.watched]
      let text = phrase.filled(["watches": list(watches) { $0.filled($1) }])
      // What fills it is finished HTML.
      let html = phrase.filledHTML(["watches": "\u{1}"]).replacing("\u{1}", with: list(watches) { $0.filledHTML($1) })
      whole = composer.joined(why, (Self.octets(wrapped: text), Array(html.utf8)))
    }
    if generation == 0 { return whole }
    return composer.joined(whole, words[.whySentAgain].both(["site": composer.settings.siteName]))
  }

  /// What says it of all posts at once, since the headings name what is watched.
  private func commonWatch(of count: Int) -> Phrase? {
    let scopes = Set(content.watches)
    guard scopes.count == 1, let scope = scopes.first ?? nil else { return nil }
    switch scope {
    case .thread: return count == 1 ? .whyThread : .watchedThreads
    case .discussion: return count == 1 ? .whyDiscussion : .watchedDiscussions
    case .everything: return nil
    }
  }

  private static func octets(wrapped text: String) -> [UInt8] {
    Array(text.wrapped(to: proseWidth).joined(separator: "\r\n").utf8)
  }

  /// Each watch that a post came from, once; threads before discussions.
  private var watches: [(phrase: Phrase, values: [String: String])] {
    var result: [(scope: WatchScope, phrase: Phrase, values: [String: String])] = []
    var seen: Set<String> = []
    for (post, watch) in zip(posts, content.watches) {
      guard let watch else { continue }
      let title = post.face.threadPath.last ?? post.face.discussionTitle
      let (key, phrase, values): (String, Phrase, [String: String]) =
        switch watch {
        case .thread: ("t" + post.copy.thread.key, .watchedThread, ["thread": title])
        case .discussion:
          ("d" + post.copy.discussion.key, .watchedDiscussion, ["discussion": post.face.discussionTitle])
        case .everything: ("", .watchedEverything, ["site": composer.settings.siteName])
        }
      if seen.insert(key).inserted { result.append((watch, phrase, values)) }
    }
    // Stable: posts are in their order within each scope.
    return WatchScope.allCases.sorted(by: >).flatMap { scope in
      result.filter { $0.scope == scope }.map { ($0.phrase, $0.values) }
    }
  }

  /// The first three, and how many more there are.
  private func list(
    _ watches: [(phrase: Phrase, values: [String: String])], _ fill: (PhraseText, [String: String]) -> String
  ) -> String {
    var names = watches.prefix(3).map { fill(words[$0.phrase], $0.values) }
    if watches.count > 3 { names.append("+\(watches.count - 3)") }
    return names.dropFirst().reduce(names[0]) { list, name in
      words[.list].filled(["first": list, "second": name])
    }
  }

  /// What fills the holes outside of the posts.
  func commonFields(_ form: DigestBody.Form) -> PersonalFields {
    var fields = composer.personalFields(recipient, reply: nil, stop: stop)
    let heading =
      form != .html
      ? heading { $0.filled($1) }.wrapped(to: proseWidth).joined(separator: "\r\n") : heading { $0.filledHTML($1) }
    fields.heading = Array(heading.utf8)
    fields.summary = form == .html ? Array(summary.htmlEscaped.utf8) : Self.octets(wrapped: summary)
    fields.why = form != .html ? reason.text : reason.html
    if form == .html, !preview.isEmpty {
      let hidden = "\r\n<div style=\"display:none;mso-hide:all\">\(preview.htmlEscaped)</div>"
      fields.preview = Array(hidden.utf8)
    }
    if form == .html { composer.escapePersonalFields(&fields, recipient) }
    return fields
  }

  /// What a list of mails shows of it: who wrote what (rule M6). Contents say as much by themselves.
  private var preview: String {
    if groups.needContents { return "" }
    let parts = groups.order.map { index in
      let face = posts[index].face
      guard !face.preview.isEmpty else { return face.author }
      return words[.contentsLine].filled(["author": face.author, "words": face.preview])
    }
    return parts.joined(separator: " · ").cutAtWord(columns: 100)
  }

  /// What a post says of the one that it answers, unless that stands right above (rule D2).
  func answers(of index: Int) -> (text: String, html: String)? {
    let above = groups.above[index].map { posts[$0].copy.post.number }
    return above == posts[index].copy.parent?.number ? nil : posts[index].face.answers
  }

  /// What fills the holes of each post: the same reply address and Message-ID as an instant copy has (rules D2, M3).
  func postFields() -> [PersonalFields] {
    let clock = clock
    return posts.enumerated().map { index, post in
      let journalled = post.copy.journalled
      let reply = composer.keys.token(
        for: .reply(person: recipient.person, post: journalled.position), key: journalled.key)
      var fields = PersonalFields()
      fields.replyAddress = Array("\(composer.settings.replyPrefix)+\(reply)@\(composer.settings.domain)".utf8)
      fields.messageID = Array("<\(reply).\(generation)@\(composer.settings.domain)>".utf8)
      fields.date = post.date(in: recipient.zone, composer.zones, beside: clock).text
      fields.answers = Array((answers(of: index)?.text ?? "").replacing("\n", with: "\r\n").utf8)
      return fields
    }
  }
}
