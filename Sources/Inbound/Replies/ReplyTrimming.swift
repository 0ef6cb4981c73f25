/// The general rules of what is trimmed from a reply, line by line:
///
/// - behind a line that introduces a whole message (`On … wrote:`, `-----Original Message-----`, a block of `From:`,
///   `Sent:`, `To:`), everything goes if nothing unquoted follows it, else that line and the quoted ones;
/// - quoted lines (`>`) go, except those that an answer follows: an interleaved answer keeps what it answers;
/// - a signature goes (`-- `, a line of dashes, `Sent from my …`).
enum ReplyTrimming {
  /// The person's own lines, and the others; together they are all lines.
  static func split(_ lines: [String]) -> (own: [String], elided: [String]) {
    var end = lines.count
    // Found once: a text of nothing but introductions takes no longer than another.
    let firstText = lines.firstIndex { !$0.trimmedOfWhitespace.isEmpty } ?? end
    let lastQuoted = lines.lastIndex(where: isQuoted) ?? -1
    if let other = lines.indices.first(where: {
      forwards(lines[$0]) || separates(lines, at: $0, firstText: firstText, lastQuoted: lastQuoted)
    }),
      !forwards(lines[other])
    {
      end = other
    }
    if let signature = lines[..<end].indices.first(where: { isSignature(lines[$0]) }),
      lines[..<signature].contains(where: { !isQuoted($0) && !$0.trimmedOfWhitespace.isEmpty })
        || lines[signature..<end].allSatisfy({ !isQuoted($0) }), signature > 0
    {
      end = signature
    }
    var own: [String] = []
    var elided: [String] = []
    let introduced = introductions(lines[..<end])
    let lastOwn = lines[..<end].indices.last {
      !isQuoted(lines[$0]) && !introduced.contains($0) && !lines[$0].trimmedOfWhitespace.isEmpty
    }
    let firstOwn = lines[..<end].indices.first {
      !isQuoted(lines[$0]) && !introduced.contains($0) && !lines[$0].trimmedOfWhitespace.isEmpty
    }
    // A quotation in front of one answer alone is the whole message; among several answers it is what they answer.
    let kinds = lines[..<end].indices.filter { !introduced.contains($0) && !lines[$0].trimmedOfWhitespace.isEmpty }
      .map { isQuoted(lines[$0]) }
    let isInterleaved = zip(kinds, kinds.dropFirst()).count { $0 && !$1 } > 1
    for index in lines[..<end].indices {
      let isBelow = (firstOwn ?? end) < index || introduced.isEmpty || isInterleaved
      let isAnswered = isQuoted(lines[index]) && isBelow && index < (lastOwn ?? 0)
      if introduced.contains(index) || isQuoted(lines[index]) && !isAnswered {
        elided.append(lines[index])
      } else {
        own.append(lines[index])
      }
    }
    return (own, elided + lines[end...])
  }

  /// Whether a person forwards what stands below: that is theirs to say.
  private static func forwards(_ line: String) -> Bool {
    line.hasPrefix("--") && line.lowercased().hasAny(["forwarded message", "weitergeleitete nachricht"])
  }

  private static func isQuoted(_ line: String) -> Bool {
    line.utf8.first { $0 > 0x20 } == 0x3E
  }

  /// The lines that introduce a quotation: `On … wrote:`, wrapped over up to four lines, before a quoted line or none.
  private static func introductions(_ lines: ArraySlice<String>) -> Set<Int> {
    var found: Set<Int> = []
    for index in lines.indices {
      guard let start = introduction(lines, endingAt: index) else { continue }
      let next = lines[(index + 1)...].first { !$0.trimmedOfWhitespace.isEmpty }
      if next.map(isQuoted) ?? true { found.formUnion(start...index) }
    }
    return found
  }

  /// Where the introduction begins that ends with a line; nil if none does.
  private static func introduction(_ lines: ArraySlice<String>, endingAt index: Int) -> Int? {
    let last = lines[index].trimmedOfWhitespace
    guard last.utf8.count < 400, [":", "：", "-", ">"].contains(where: { last.hasSuffix($0) }) else { return nil }
    var joined = ""
    var fallback: Int?
    for start in stride(from: index, through: max(lines.startIndex, index - 4), by: -1) {
      let line = lines[start].lowercased().trimmedOfWhitespace
      guard !line.isEmpty, isQuoted(line) == isQuoted(lines[index]) else { break }
      joined = line + " " + joined
      let isDated = joined.contains(where: \.isNumber)
      let saysWho = verbs.contains { joined.has($0) } && !joined.trimmedOfWhitespace.hasSuffix(">")
      let namesWho = isDated && joined.has("@")
      let opens = openings.contains { line.hasPrefix($0) } && isDated
      let isNumber = line.first?.isNumber == true
      if saysWho && (opens || isNumber || line.hasPrefix("----")) { return start }
      if namesWho && (isNumber && joined.contains(":") || opens && last.hasSuffix(">:")) { return start }
      // `Name <a@b> schrieb am …:`, in one line or two, has neither in front.
      if saysWho, joined.has("@"), fallback == nil { fallback = start }
    }
    return fallback
  }

  private static let verbs = [
    "wrote", "writes", "schrieb", "geschrieben", "a écrit", "escribió", "escreveu", "ha scritto", "schreef", "написал",
    "пишет", "пише", "пользователь", "写道", "寫道", "のメール", "書きました", "작성", "yazdı", "كتب", "ने लिखा", "aliandika",
    "đã viết", "skrev", "kirjoitti", "napisał", " said", "írta", "napsal",
  ]
  private static let openings = [
    "on ", "at ", "am ", "le ", "el ", "em ", "il ", "op ", "в ", "於", "在", "den ", "dne ", "w dniu", "в ", "vào ",
    "dia ",
    "mon", "tue", "wed", "thu", "fri", "sat", "sun", "في ", "بتاريخ",
  ]

  /// Whether what stands from a line on is a whole message that is quoted without marks.
  private static func separates(_ lines: [String], at index: Int, firstText: Int, lastQuoted: Int) -> Bool {
    let line = lines[index].lowercased().trimmedOfWhitespace
    if line.hasPrefix("--") || line.hasPrefix("__"), line.hasAny(separators) { return true }
    // A rule of underscores above a header block is Outlook's; so is the block alone.
    let start = line.utf8.count >= 10 && line.utf8.allSatisfy { $0 == 0x5F || $0 == 0x2D } ? index + 1 : index
    let block = lines[min(start, lines.count)...].prefix(6).map {
      $0.lowercased().trimmedOfWhitespace.filter { $0 != "*" }
    }
    if let first = block.first, senders.contains(where: { first.hasPrefix($0) }) || first.hasPrefix("date:"),
      block.dropFirst().filter({ line in fields.contains { line.hasPrefix($0) } }).count
        >= (block[0].hasPrefix("date:") ? 1 : 2)
    {
      return true
    }
    // An introduction whose quotation has no marks: everything behind it is the other message, if a person's words
    // stand before it.
    guard
      let end = (index..<min(index + 5, lines.count)).first(where: { introduction(lines[...], endingAt: $0) == index })
    else { return false }
    return lastQuoted <= end && firstText < index
  }

  private static let separators = [
    "original message", "ursprüngliche nachricht", "originalnachricht", "message d'origine", "message original",
    "mensaje original", "mensagem original", "messaggio originale", "oorspronkelijk bericht", "исходное сообщение",
    "原始邮件", "原始郵件", "邮件原件", "原邮件", "元のメッセージ", "원본 메시지", "orijinal ileti", "orijinal mesaj", "الرسالة الأصلية",
    "मूल संदेश", "ujumbe asili", "thư gốc", "original appointment",
  ]
  private static let senders = [
    "from:", "von:", "de:", "de :", "da:", "van:", "от:", "发件人", "寄件者", "差出人", "보낸 사람", "kimden:", "gönderen:",
    "من:", "प्रेषक:", "kutoka:", "từ:", "från:", "fra:",
  ]
  private static let fields = [
    "sent:", "to:", "date:", "subject:", "cc:", "gesendet:", "an:", "datum:", "betreff:", "envoyé", "à:", "à :",
    "objet",
    "enviado", "para:", "asunto:", "fecha:", "assunto:", "data:", "inviato:", "a:", "oggetto:", "verzonden:", "aan:",
    "onderwerp:", "отправлено", "кому:", "тема:", "дата:", "发送时间", "收件人", "主题", "日期", "送信日時", "宛先", "件名", "보낸 날짜",
    "받는 사람", "제목", "gönderilme", "kime:", "konu:", "tarih:", "تاريخ", "إلى:", "الموضوع:", "reply-to:", "skickat:",
    "till:",
    "ämne:", "sendt:", "til:", "emne:", "von:", "from:",
  ]

  /// Whether a signature begins at a line.
  private static func isSignature(_ line: String) -> Bool {
    let bare = line.trimmedOfWhitespace
    if line == "-- " || bare == "--" || bare == "—" || bare == "__" { return true }
    if bare.utf8.count >= 10, bare.utf8.allSatisfy({ $0 == 0x2D || $0 == 0x5F }) { return true }
    let lower = bare.lowercased()
    // A person's sentence may begin like that.
    return lower.utf8.count < 120 && !lower.has(",") && devices.contains { lower.hasPrefix($0) }
  }

  private static let devices = [
    "sent from my ", "sent from mail for", "sent from outlook", "sent from yahoo", "sent from samsung", "sent via ",
    "sent with ", "get outlook for", "sent using ", "von meinem ", "gesendet von ", "envoyé de mon", "envoyé depuis",
    "enviado desde mi", "enviado do meu", "enviado de mi", "inviato da", "verzonden vanaf", "отправлено с ",
    "发自我的", "從我的", "iphoneから送信", "나의 iphone", "iphone'umdan gönderildi", "được gửi từ", "أرسلت من", "imetumwa kutoka",
    "मेरे iphone", "skickat från", "sendt fra",
  ]
}
