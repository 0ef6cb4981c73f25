import Text

/// Reads BBCode as MyBB, phpBB and pybbm have it. What is written of it is HTML, every text of it escaped, and goes
/// through the allow-list like anybody's.
///
/// A tag that nobody knows, or that is not closed, is shown as it was written; badly nested ones lose no word. A line
/// end is a break and an empty line a paragraph; nothing within `[code]` is read. It takes time in the order of the
/// text's length, and goes `BBCodeWriter.depthLimit` levels deep; deeper ones are dissolved.
enum BBCodeReader {
  /// - Parameter limit: octets of BBCode, and of HTML too, at which the text is cut.
  static func read(
    _ text: String, base: SafeURL?, limit: Int, words: MarkupWords = .english, language: LanguageTag? = nil
  ) -> ReadMarkup {
    let typed = asTyped(text)
    let source = typed.utf8.count > limit ? String(decoding: typed.utf8.prefix(limit), as: UTF8.self) : typed
    // A long address that stands around many words is written again for each: what grows so ends here.
    var writer = BBCodeWriter(Array(source.multiLine().utf8), limit: limit * 2)
    let html = writer.html()
    var read = HTMLReader.read(html.text, base: base, limit: limit, words: words, language: language)
    if !html.isComplete || source.utf8.count < typed.utf8.count { read.isComplete = false }
    return read
  }

  /// phpBB from 3.2 on stores XML with every sign that was typed still in it (`<r><B><s>[b]</s>risk<e>[/b]</e></B></r>`):
  /// without its elements it is BBCode.
  private static func asTyped(_ text: String) -> String {
    guard text.hasPrefix("<r>") && text.hasSuffix("</r>") || text.hasPrefix("<t>") && text.hasSuffix("</t>") else {
      return text
    }
    var words: [UInt8] = []
    var isInTag = false
    for octet in text.utf8 {
      if octet == UInt8(ascii: "<") { isInTag = true } else if !isInTag { words.append(octet) }
      if octet == UInt8(ascii: ">") { isInTag = false }
    }
    var result = String(decoding: words, as: UTF8.self)
    for (name, sign) in [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&amp;", "&")] {
      result = result.replacing(name, with: sign)
    }
    return result
  }
}
