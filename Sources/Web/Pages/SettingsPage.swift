import Forum
import Phrases
import Time

/// A person's page.
struct SettingsPage {
  let view: SettingsView
  let frame: PageFrame
  let zones: Zones

  /// The sections in their order; of a mail that is too old only the first, and how to come to the others.
  var body: HTML {
    if view.isOld { return "\(stop)\(signIn(.pageLinkOld))" }
    if let one = view.watch { return watch(one) }
    return "\(stop)\(settings)\(watches)\(pause)\(address)"
  }

  /// What the page is about.
  var heading: String {
    view.isOld ? mail : view.watch.map(title) ?? mail
  }

  private var mail: String { frame.words[.pageTitle].filled(["site": frame.site]) }

  /// A form that posts to this page.
  private func form(_ action: String, _ content: HTML) -> HTML {
    """
    <form method="post" action="\(frame.address(view.here))">
    <input type="hidden" name="proof" value="\(view.proof)"><input type="hidden" name="do" value="\(action)">
    \(content)</form>

    """
  }

  private func button(_ phrase: Phrase, plain: Bool = false) -> HTML {
    "<button\(HTML(markup: plain ? " class=\"plain\"" : ""))>\(frame(phrase))</button>\n"
  }

  private func section(_ id: String, _ heading: Phrase, _ content: HTML) -> HTML {
    "<section id=\"\(id)\" aria-labelledby=\"\(id)-h\">\n<h2 id=\"\(id)-h\">\(frame(heading))</h2>\n\(content)</section>\n"
  }

  private func date(_ moment: Timestamp) -> String {
    LocalDate(frame.words).text(moment, offset: zones.offset(view.preferences.digest.zone, at: moment))
  }

  // MARK: Stop

  private var stop: HTML? {
    guard let stop = view.stop else { return nil }
    let content: HTML
    switch stop {
    case .watched(let scope, let thread, let discussion):
      let watched: String? =
        switch scope {
        case .thread: thread.isEmpty ? nil : frame.words[.watchedThread].filled(["thread": thread])
        case .discussion: discussion.isEmpty ? nil : frame.words[.watchedDiscussion].filled(["discussion": discussion])
        case .everything: frame.words[.watchedEverything].filled(["site": frame.site])
        }
      let why: HTML? = watched.map { "<p>\(frame(.watched, ["watches": $0]))</p>\n" }
      content = "\(why)\(form("stop", button(.pageStop)))"
    case .unwatched(let one): content = unwatched(one)
    case .all(comes: true):
      content = "<p>\(frame(.pageStopEverything, ["site": frame.site]))</p>\n\(form("stop", button(.pageStopAll)))"
    case .all(comes: false):
      content =
        "<p>\(frame(.pageNoMail, ["site": frame.site]))</p>\n\(form("again", button(.pageMailAgain, plain: true)))"
    case .gone: content = "<p>\(frame(.pageThreadGone))</p>\n"
    }
    return section("stop", .pageStopHeading, content)
  }

  private func unwatched(_ one: SettingsView.Unwatched) -> HTML {
    let words: HTML =
      switch one.scope {
      case .thread where one.title.isEmpty, .discussion where one.title.isEmpty: "\(frame(.pageNotWatchingThis))"
      case .thread: frame(.pageNotWatching, ["title": one.title])
      case .discussion: frame(.pageNotWatchingDiscussion, ["title": one.title])
      case .everything: "\(frame(.pageStoppedEverything))"
      }
    let was: HTML = """
      <input type="hidden" name="was" value="\(one.scope.rawValue)"><input type="hidden" name="mode" value="\(one.mode?.rawValue ?? "")">

      """
    return "<p>\(words)</p>\n\(form("again", "\(was)\(button(.pageWatchAgain, plain: true))"))"
  }

  // MARK: Settings

  private var settings: HTML {
    let shown = SettingsForm.shown(view.preferences)
    let was = SettingsForm.Field.allCases.filter { !view.fixed.contains($0) }.map { field -> HTML in
      "<input type=\"hidden\" name=\"was-\(field.rawValue)\" value=\"\(shown[field] ?? "")\">"
    }
    let content: HTML = """
      \(was)
      \(modes)
      <h3>\(frame(.pageDigestHeading))</h3>
      \(nextDigest)\(digest)
      <h3>\(frame(.pageFormHeading))</h3>
      \(language)\(boxes)
      <p>\(button(.pageSave))</p>

      """
    return section("mail", .pageModeHeading, form("save", content))
  }

  private var modes: HTML {
    let choices: [(Mode, Phrase)] = [
      (.instant, .pageModeInstant), (.digest, .pageModeDigest), (.off, .pageModeOff),
    ]
    let isFixed = view.fixed.contains(.mode)
    let picks = choices.map { mode, phrase -> HTML in
      """
      <label class="pick"><input type="radio" name="mode" value="\(mode.rawValue)"\("checked", isThere: view.preferences.mode == mode)\("disabled", isThere: isFixed)> \(frame(phrase))</label>

      """
    }
    return "<fieldset aria-labelledby=\"mail-h\">\n\(picks)\(byForum(isFixed))</fieldset>"
  }

  private func byForum(_ isFixed: Bool) -> HTML? { isFixed ? "<p class=\"soft\">\(frame(.pageByForum))</p>\n" : nil }

  /// A labelled list to choose from.
  private func select(
    _ field: SettingsForm.Field, _ label: Phrase, _ options: [(value: String, text: HTML)], more: HTML? = nil
  ) -> HTML {
    let current = SettingsForm.shown(view.preferences)[field]
    let isFixed = view.fixed.contains(field)
    var markup = HTML(markup: "")
    var hasCurrent = false
    for (value, text) in options {
      hasCurrent = hasCurrent || value == current
      markup = "\(markup)<option value=\"\(value)\"\("selected", isThere: value == current)>\(text)\n"
    }
    if !hasCurrent, let current { markup = "<option value=\"\(current)\" selected>\(current)\n\(markup)" }
    let name = field.rawValue
    return """
      <div class="row"><label for="\(name)">\(frame(label))</label>
      <select id="\(name)" name="\(name)"\("disabled", isThere: isFixed)>
      \(markup)</select>
      \(more)\(byForum(isFixed))</div>

      """
  }

  private var nextDigest: HTML? {
    view.nextDigest.map { "<p class=\"soft\">\(frame(.pageNextDigest, ["date": date($0)]))</p>\n" }
  }

  private var digest: HTML {
    let hours = (0...23).map { hour -> (String, HTML) in (String(hour), "\(hour < 10 ? "0" : "")\(hour):00") }
    let days = frame.words.weekdays.enumerated().map { (String($0 + 1), "\($1)" as HTML) }
    let hint: HTML? =
      view.hasZone
      ? nil
      : """
      <div class="row" id="zone-hint" hidden><p>\(frame(.pageZoneGuess)) <bdi></bdi></p>
      <button type="button" class="plain">\(frame(.pageZoneUse))</button></div>

      """
    return """
      <div class="pair">
      \(select(.period, .pagePeriod, [("daily", "\(frame(.pageDaily))"), ("weekly", "\(frame(.pageWeekly))")]))\
      \(select(.hour, .pageHour, hours))</div>
      \(select(.weekday, .pageWeekday, days))\(zone(hint))\
      \(select(.style, .pageStyle, [("full", "\(frame(.pageStyleFull))"), ("subjects", "\(frame(.pageStyleSubjects))")]))\
      \(select(.format, .pageFormat, [
        ("alternative", "\(frame(.pageFormatAlternative))"), ("plain", "\(frame(.pageFormatPlain))"),
        ("mime", "\(frame(.pageFormatMime))"),
      ]))
      """
  }

  /// Some 420 of them: without end tags and values they have half the octets (HTML section 4.10.10).
  private func zone(_ hint: HTML?) -> HTML {
    let current = view.preferences.digest.zone
    let isFixed = view.fixed.contains(.zone)
    let chosen: HTML = "<option selected>\(current)\n"
    let options = ZoneList.options.replacing("<option>\(current)\n", with: chosen.markup, maxReplacements: 1)
    let markup = ZoneList.names.contains(current) ? options : chosen.markup + ZoneList.options
    return """
      <div class="row"><label for="zone">\(frame(.pageZone))</label>
      <select id="zone" name="zone"\("disabled", isThere: isFixed)>
      \(HTML(markup: markup))</select>
      \(byForum(isFixed))</div>
      \(isFixed ? nil : hint)
      """
  }

  private var language: HTML {
    select(
      .language, .pageLanguage,
      Language.allCases.map { ($0.rawValue, "\($0.ownName)" as HTML) })
  }

  private var boxes: HTML {
    func box(_ field: SettingsForm.Field, _ phrase: Phrase, _ isOn: Bool) -> HTML {
      """
      <label class="pick"><input type="checkbox" name="\(field.rawValue)" value="1"\("checked", isThere: isOn)\("disabled", isThere: view.fixed.contains(field))> \(frame(phrase))</label>
      \(byForum(view.fixed.contains(field)))
      """
    }
    return """
      \(box(.textOnly, .pageTextOnly, view.preferences.textOnly))\
      \(box(.ownPosts, .pageOwnPosts, view.preferences.ownPosts))
      """
  }

  // MARK: Watches

  private var watches: HTML {
    let hidden: HTML? = view.hidden == 0 ? nil : signIn(.pageHidden, ["count": String(view.hidden)])
    if view.watches.isEmpty {
      let nothing: HTML? = view.hidden == 0 ? "<p>\(frame(.overviewNoWatches))</p>\n" : nil
      return section("watches", .pageWatchesHeading, "\(nothing)\(hidden)")
    }
    let rows = view.watches.map(row)
    return section(
      "watches", .pageWatchesHeading,
      "<ul class=\"watches\">\n\(rows)</ul>\n\(pages)\(hidden)")
  }

  /// A line that leads to the watch's own page: twenty forms would be too much for a slow line.
  private func row(_ one: SettingsView.Watched) -> HTML {
    let link = frame.address(view.here, [("watch", one.name)])
    let kind: HTML? = kind(one).map { "\(frame($0)) · " }
    return
      "<li><a href=\"\(link)\">\(isolated: title(one))</a> <span class=\"soft\">\(kind)\(mode(one))</span></li>\n"
  }

  private func kind(_ one: SettingsView.Watched) -> Phrase? {
    switch one.scope {
    case .thread: .pageThread
    case .discussion: .pageDiscussion
    case .everything: nil
    }
  }

  /// As everything else comes.
  private var usual: HTML {
    let mode: Phrase =
      switch view.preferences.mode {
      case .instant: .modeInstant
      case .digest: .modeDigest
      case .off: .modeOff
      }
    return frame(.pageAsUsual, ["mode": frame(mode)])
  }

  private func title(_ one: SettingsView.Watched) -> String {
    one.scope == .everything ? frame(.allDiscussions) : one.title
  }

  private func mode(_ one: SettingsView.Watched) -> HTML {
    if one.isMute { return "\(frame(.modeMuted))" }
    switch view.preferences.isStopped ? .off : one.mode {
    case nil: return usual
    case .instant?: return "\(frame(.modeInstant))"
    case .digest?: return "\(frame(.modeDigest))"
    case .off?: return "\(frame(.modeOff))"
    }
  }

  /// One watch: how its posts come, and its end.
  private func watch(_ one: SettingsView.Watched) -> HTML {
    let kind: HTML? = kind(one).map { "<p class=\"soft\">\(frame($0))</p>\n" }
    let isSilent = one.isMute || one.mode == .off || view.preferences.isStopped
    let choices: [(String, HTML, Bool)] = [
      ("", usual, !isSilent && one.mode == nil),
      ("instant", "\(frame(.modeInstant))", !isSilent && one.mode == .instant),
      ("digest", "\(frame(.modeDigest))", !isSilent && one.mode == .digest), ("off", "\(frame(.modeOff))", isSilent),
    ]
    let picks = choices.map { value, words, isChosen -> HTML in
      """
      <label class="pick"><input type="radio" name="mode" value="\(value)"\("checked", isThere: isChosen)> \(words)</label>

      """
    }
    let name: HTML = "<input type=\"hidden\" name=\"watch\" value=\"\(one.name)\">\n"
    let end: HTML =
      one.isMute
      ? form("forget", "\(name)\(button(.pageForget, plain: true))")
      : form("unwatch", "\(name)\(button(.pageStop, plain: true))")
    return """
      <section id="watch">
      \(kind)\(form("watch", """
        \(name)<fieldset><legend>\(frame(.pageWatchMode))</legend>
        \(picks)</fieldset>
        <p>\(button(.pageSave))</p>

        """))\(end)</section>
      <p><a href="\(frame.address(view.here))">\(frame(.pageTitle, ["site": frame.site]))</a></p>

      """
  }

  private var pages: HTML? {
    guard view.pages > 1 else { return nil }
    func link(_ page: Int, _ phrase: Phrase) -> HTML? {
      guard (1...view.pages).contains(page) else { return nil }
      return "<li><a href=\"\(frame.address(view.here, [("page", String(page))]))#watches\">\(frame(phrase))</a></li>\n"
    }
    let place = frame(.pagePages, ["page": String(view.page), "pages": String(view.pages)])
    return """
      <nav aria-label="\(frame(.pageWatchesHeading))"><ul>
      \(link(view.page - 1, .pagePrevious))<li>\(place)</li>
      \(link(view.page + 1, .pageNext))</ul></nav>

      """
  }

  /// A button that sends a link to the account's address.
  private func signIn(_ why: Phrase, _ values: [String: String] = [:]) -> HTML {
    "<p>\(frame(why, values))</p>\n\(form("link", button(.pageSendLink, plain: true)))"
  }

  // MARK: Pause, address

  private var pause: HTML {
    if let until = view.preferences.pausedUntil, until > view.now {
      return section(
        "pause", .pagePauseHeading,
        "<p>\(frame(.pagePaused, ["date": date(until)]))</p>\n\(form("resume", button(.pageResume)))")
    }
    let zone = zones.offset(view.preferences.digest.zone, at: view.now)
    let first = (view.now + Int64(zone) + 86_400).utcDate
    let last = (view.now + Int64(zone) + 365 * 86_400).utcDate
    let field: HTML = """
      <p>\(frame(.pagePauseHow))</p>
      <div class="row"><label for="until">\(frame(.pagePauseUntil))</label>
      <input type="date" id="until" name="until" required min="\(first.description)" max="\(last.description)"></div>
      \(button(.pagePause, plain: true))
      """
    return section("pause", .pagePauseHeading, form("pause", field))
  }

  private var address: HTML {
    let account: HTML = "<p>\(frame(.pageAccount, ["address": view.account]))</p>\n"
    let state: HTML
    switch view.address {
    case .good: state = "<p>\(frame(.pageAddressGood))</p>\n"
    case .returned(let since, let answer, let canLift):
      let lift: HTML =
        canLift ? form("lift", button(.pageTest)) : "<p>\(frame(.pageTestedToday))</p>\n"
      state = """
        <p>\(frame(.pageAddressReturned, ["date": date(since)]))</p>
        <p>\(frame(.pageAddressAnswer)) <bdi lang="en" dir="auto">\(answer)</bdi></p>
        \(lift)
        """
    case .stopped(let since): state = "<p>\(frame(.pageAddressStopped, ["date": date(since)]))</p>\n"
    }
    return section("address", .pageAddressHeading, "\(account)\(state)")
  }
}
