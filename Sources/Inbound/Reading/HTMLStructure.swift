/// What mail programs say by the names of their elements: which quote, which introduce, which sign.
enum HTMLStructure {
  /// What an element is.
  enum Role: Sendable {
    case none
    /// Somebody else's words.
    case quote
    /// `On … wrote:`.
    case introduction
    /// The other message begins here, and goes on to the end.
    case other
    case signature
    /// Nobody sees it.
    case hidden
  }

  /// What an element with these attributes is; of a long tag the first 1500 octets are looked at.
  static func role(_ name: String, _ attributes: ArraySlice<UInt8>) -> Role {
    let lower = String(decoding: attributes.prefix(1500).lazy.map(\.lowerCased), as: UTF8.self)
    // Most elements have nothing but a look.
    let isNamed = lower.hasAny(["class=", "id=", "name=", "data-"]) && !lower.hasPrefix(" class=msonormal")
    let isDrawn = lower.hasAny(["border", "display", "mso-hide"])
    guard isNamed || isDrawn || name == "blockquote" else { return .none }
    if isNamed, lower.hasAny(others) { return .other }
    if name == "blockquote" { return isQuote(lower) ? .quote : .none }
    guard !lower.isEmpty else { return .none }
    if isNamed {
      if lower.hasAny(introductions) { return .introduction }
      if lower.hasAny(signatures) { return .signature }
      if lower.hasAny(quotes) { return .quote }
    }
    if name == "div", isHeaderBorder(lower) { return .other }
    if lower.hasAny(["display:none", "display: none", "mso-hide:all"]) { return .hidden }
    return .none
  }

  /// Whether a paragraph with these attributes is one of Word's or Outlook's plain ones.
  static func isTight(_ attributes: ArraySlice<UInt8>) -> Bool {
    let lower = String(decoding: attributes.prefix(200).lazy.map(\.lowerCased), as: UTF8.self)
    return lower.hasAny(["class=msonormal", "class=\"msonormal\"", "class=msoplaintext", "class=\"msoplaintext\""])
  }

  /// The value of an attribute, whether quotation marks stand around it or none; of a long tag the first 4000 octets are
  /// looked at.
  static func value(of name: String, in attributes: ArraySlice<UInt8>) -> String? {
    let octets = Array(attributes.prefix(4000))
    let wanted = Array("\(name)=".utf8)
    var place = 0
    while place + wanted.count < octets.count {
      let isFirst = place == 0 || octets[place - 1] <= 0x20 || octets[place - 1] == 0x22 || octets[place - 1] == 0x27
      guard isFirst, zip(octets[place...], wanted).allSatisfy({ $0.lowerCased == $1 }) else {
        place += 1
        continue
      }
      let start = place + wanted.count
      let quote = octets[start]
      let value =
        quote == 0x22 || quote == 0x27
        ? octets[(start + 1)...].prefix { $0 != quote } : octets[start...].prefix { $0 > 0x20 && $0 != 0x3E }
      return String(decoding: value, as: UTF8.self).replacing("&amp;", with: "&").replacing("&quot;", with: "\"")
    }
    return nil
  }

  /// A `blockquote` is a quotation, except where a program uses it to indent a person's own paragraph.
  private static func isQuote(_ lower: String) -> Bool {
    if lower.hasAny(["cite", "quote", "border-left", "border-right", "border:none;border-left"]) { return true }
    return !lower.hasAny([
      "margin:0 0 0 40px", "margin: 0 0 0 40px", "margin: 0px 0px 0px 40px", "border:none", "border: none",
    ])
  }

  /// Outlook, Windows Mail and others draw one line above the other message's header.
  private static func isHeaderBorder(_ lower: String) -> Bool {
    lower.hasAny([
      "border-top:solid #e1e1e1", "border-top:solid #b5c4df", "border-top: 1pt solid rgb(225",
      "border-top:solid windowtext",
      "border-top: 1pt solid rgb(181", "border-top-color: rgb(229, 229, 229)", "border-top-color: rgb(225, 225, 225)",
      "border-width:1pt medium medium; border-style:solid none none", "border-width: 1pt medium medium",
      "border-top:1pt solid #e1e1e1", "border-top: 1pt solid #e1e1e1", "border-top:1.0pt solid #b5c4df",
      "border-color:rgb(225,225,225) currentcolor", "border-style: solid none none",
    ]) && lower.hasAny(["padding:3", "padding: 3", "padding-top: 5", "padding-top:5", "padding:0", "padding: 0"])
  }

  private static let others = [
    "divrplyfwdmsg", "appendonsend", "id=\"stopspelling\"", "id=stopspelling", "id=\"zwchr\"", "__divider__",
    "mail-editor-reference-message-container", "ms-outlook-mobile-reference-message", "reply-separator",
    "isforwardcontent", "replyseparator", "_mailoriginal", "olk_src_body_section", "mail_android_quote",
    "x_divrplyfwdmsg",
  ]
  private static let introductions = [
    "gmail_attr", "moz-cite-prefix", "id=\"reply-intro\"", "replyheader", "__headers__", "quote-header", "bloop_on",
    "zmail_extra_hr", "tutanota_quote_header", "yahoo-quoted-header",
  ]
  private static let signatures = [
    "gmail_signature", "gmail_sendersignature", "moz-signature", "data-signatureblock", "id=\"signature\"",
    "id=signature", "ms-outlook-mobile-signature", "bloop_sign", "messagesignaturesection", "protonmail_signature",
    "composer_signature", "__sig_", "applemailsignature", "class=\"signature\"", "class='signature'",
    "elementtoproof_signature",
    "data-smartmail=\"gmail_sign", "tutanota_signature", "x_signature", "zm_signature", "ymail_signature",
    "mobile_signature",
  ]
  private static let quotes = [
    "yahoo_quoted", "name=\"quote\"", "name=quote", "__quoted_text__", "bloop_original_html", "isreplycontent",
    "zmail_extra_quote", "tutanota_quote", "nhn_original", "foxmail_quote", "elided-text", "gs_quote",
    "ms-outlook-quote",
    "ox_quote", "mailbird_quote", "wps_quote", "reference_quote", "front-blockquote", "x_yahoo_quoted",
  ]
}
