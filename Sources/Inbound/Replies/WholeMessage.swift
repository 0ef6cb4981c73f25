/// Where a message begins that a mail program puts below an answer as a whole: a separator (`-----Original
/// Message-----`), a block of header fields (`From:`, `Sent:`, `To:`), or both.
enum WholeMessage {
  /// The lines that stand in front of the other message's text; nil if none begins at the line.
  static func start(at index: Int, of lines: [ReplyLine]) -> Range<Int>? {
    let line = lines[index]
    guard line.mayIntroduce || line.isByline, !line.isBlank, line.folded.utf8.count < 400 else { return nil }
    if line.isRule(atLeast: 3) {
      // A rule is the separator's only if the fields, or a heading, follow it.
      guard let next = lines[(index + 1)...].prefix(4).firstIndex(where: { !$0.isBlank }) else { return nil }
      if let end = headerBlock(at: next, of: lines, isBelowRule: true) { return index..<end }
      return isHeading(lines[next]) ? index..<(next + 1) : nil
    }
    if isSeparator(line.folded) {
      let next = lines[(index + 1)...].prefix(4).firstIndex { !$0.isBlank }
      return index..<(next.flatMap { headerBlock(at: $0, of: lines) } ?? index + 1)
    }
    return headerBlock(at: index, of: lines).map { index..<$0 }
  }

  /// Whether a line says that a message follows: its words between dashes, or alone with a colon.
  static func isSeparator(_ folded: String) -> Bool {
    guard folded.utf8.count < 160 else { return false }
    var words = folded.drop { drawn.contains($0) }
    let front = folded.count - words.count
    let all = words.count
    while let last = words.last, drawn.contains(last) { words.removeLast() }
    let back = all - words.count
    var bare = words
    if bare.hasSuffix(":") { bare = Substring(bare.dropLast().trimmedOfWhitespace) }
    // `##- Please type your reply above this line -##`
    if front >= 2, above.contains(where: { bare.has($0) }) { return true }
    guard separators.contains(String(bare)) || forwards.contains(String(bare)) else { return false }
    if front >= 4 || front >= 2 && back >= 2 { return true }
    return words.hasSuffix(":") && bare.utf8.count >= 12
  }

  private static let drawn: Set<Character> = ["-", "–", "—", "=", "_", "*", "#", ">", "|", "[", "]", " "]

  /// Whether a line says that a message follows that somebody passes on.
  static func isForward(_ folded: String) -> Bool {
    let bare = folded.filter { !drawn.contains($0) || $0 == " " }.trimmedOfWhitespace
    return isSeparator(folded) && forwards.contains(bare.hasSuffix(":") ? String(bare.dropLast()) : bare)
  }

  /// Whether a mail program wrote the lines in front of a message beyond doubt: a separator or a rule, or who and when,
  /// with the time.
  static func isCertain(_ head: ArraySlice<ReplyLine>) -> Bool {
    guard let first = head.first else { return false }
    if first.isRule(atLeast: 3) || isSeparator(first.folded) || first.isByline { return true }
    let fields = head.compactMap(field)
    return fields.contains { $0.kind == .from } && fields.contains { $0.kind == .date && isTime($0.value) }
  }

  private static func isTime(_ value: Substring) -> Bool {
    let signs = DateSigns(String(value))
    return signs.hasTime && (signs.hasYear || signs.hasDate)
  }

  /// Headings of forums' and lists' mails, below a rule.
  private static func isHeading(_ line: ReplyLine) -> Bool {
    headings.contains(line.folded.filter { $0 != "*" && $0 != ":" && $0 != "#" }.trimmedOfWhitespace)
  }

  /// The end of a block of header fields that begins at a line; nil if there is none. Below a rule less is enough.
  static func headerBlock(at index: Int, of lines: [ReplyLine], isBelowRule: Bool = false) -> Int? {
    // Our own mails begin with who and when, above what is known to have been sent.
    if lines[index].isByline, lines[(index + 1)...].prefix(12).contains(where: \.isLikeOurs) { return index + 1 }
    guard let first = field(lines[index]), first.kind != .copy else { return nil }
    var kinds: Set<Kind> = [first.kind]
    var hasAddress = first.value.has("@")
    var hasDate = first.kind == .date && first.value.contains(where: \.isNumber)
    var isTimed = first.kind == .date && isTime(first.value)
    var end = index + 1
    var place = index + 1
    var loose = 0
    while place < lines.count, place < index + 14 {
      let line = lines[place]
      guard line.depth == lines[index].depth else { break }
      if line.isBlank {
        // A blank line within, where HTML was made text; the fields go on behind it.
        guard place + 1 < lines.count, let next = field(lines[place + 1]), !kinds.contains(next.kind) else { break }
        place += 1
        continue
      }
      if let found = field(line) {
        // The same field again is another block.
        if kinds.contains(found.kind), found.kind != .copy { break }
        kinds.insert(found.kind)
        hasAddress = hasAddress || found.value.has("@")
        hasDate = hasDate || found.kind == .date && found.value.contains(where: \.isNumber)
        isTimed = isTimed || found.kind == .date && isTime(found.value)
        end = place + 1
        loose = 0
      } else {
        // A long field goes on in the next line.
        loose += 1
        if loose > 2 { break }
      }
      place += 1
    }
    // `From: 10:00` names a time.
    if first.kind == .from, first.value.trimmedOfWhitespace.first?.isNumber ?? false { return nil }
    let count = kinds.count
    // A person may write of a date and a matter; a program writes the time, or an address.
    let isWritten = hasAddress || isTimed
    // As our mails once began.
    let isOurs = hasDate && kinds.contains(.from) && lines[end...].prefix(12).contains(where: \.isSent)
    let isOne =
      switch first.kind {
      case .from: count >= 3 || count == 2 && hasAddress && hasDate
      case .date: count >= 3 && kinds.contains(.from) && isWritten || count >= 2 && hasAddress && hasDate
      case .subject: count >= 3 && kinds.contains(.from) && isWritten
      case .to: count >= 3 && kinds.contains(.from) && isWritten || isBelowRule && count >= 2 && hasAddress
      case .copy: false
      }
    return isOurs || isOne ? end : nil
  }

  /// What a header's field is of.
  enum Kind { case from, date, to, copy, subject }

  /// The field that a line is; nil if it is none.
  static func field(_ line: ReplyLine) -> (kind: Kind, value: Substring)? {
    let text = line.folded.drop { "*|_•·> ".contains($0) }
    // A table's cells, where there is no colon.
    let mark: Character = line.folded.hasPrefix("|") ? "|" : ":"
    guard let colon = text.firstIndex(where: { $0 == ":" || $0 == mark }), text[..<colon].utf8.count <= 48 else {
      return nil
    }
    let label = text[..<colon].filter { $0 != "*" && $0 != "_" }.trimmedOfWhitespace
    return labels[label].map { ($0, text[text.index(after: colon)...]) }
  }
}

// The words, by matter.
extension WholeMessage {
  private static let labels: [String: Kind] = {
    var result: [String: Kind] = [:]
    for (kind, names) in [
      (Kind.to, recipients), (.copy, copies), (.subject, subjects), (.date, dates), (.from, senders),
    ] {
      for name in names { result[name] = kind }
    }
    return result
  }()

  private static let senders = [
    "from", "von", "de", "da", "van", "от", "от кого", "від", "发件人", "發件人", "寄件者", "寄件人", "差出人", "送信者", "送信元",
    "보낸 사람", "보낸사람", "보낸이", "보내는 사람", "kimden", "gönderen", "من", "المرسل", "प्रेषक", "से", "kutoka", "kutoka kwa",
    "từ", "người gửi", "från", "fra", "frá", "lähettäjä", "od", "odesílatel", "odosielateľ", "feladó", "expéditeur",
    "remitente", "remetente", "mittente", "afzender", "absender", "expeditor", "από", "dari", "pengirim", "จาก", "מאת",
    "از", "فرستنده", "nadawca", "saatja", "no", "nuo", "pošiljatelj",
  ]
  private static let dates = [
    "sent", "date", "sent at", "gesendet", "gesendet am", "datum", "envoyé", "envoyé le", "date d'envoi", "enviado",
    "enviado el", "enviado em", "enviada", "enviada em", "enviada el", "fecha", "data", "inviato", "inviata",
    "data invio", "verzonden", "verzonden op", "отправлено", "дата", "надіслано", "发送时间", "发送日期", "发件时间", "日期", "时间",
    "時間", "傳送時間", "寄件日期", "寄件時間", "送信日時", "送信日", "日付", "日時", "보낸 날짜", "보낸날짜", "날짜", "보낸 시간", "받은 날짜", "일시",
    "gönderilme", "gönderilme tarihi", "gönderildi", "gönderme tarihi", "tarih", "تاريخ الإرسال", "تم الإرسال", "أرسلت",
    "أُرسلت", "التاريخ", "تاريخ", "الإرسال", "भेजा गया", "भेजा", "भेजने का समय", "दिनांक", "तारीख", "imetumwa", "ilitumwa",
    "tarehe", "đã gửi", "ngày", "ngày gửi", "vào lúc", "thời gian", "skickat", "skickat den", "sendt", "sendt den",
    "dato", "lähetetty", "päiväys", "wysłano", "wysłane", "odesláno", "odoslané", "dátum", "datum odeslání", "elküldve",
    "küldve", "trimis", "ημερομηνία", "στάλθηκε", "dikirim", "tanggal", "נשלח", "תאריך", "ส่ง", "วันที่", "poslano",
  ]
  private static let recipients = [
    "to", "an", "à", "a", "para", "aan", "кому", "收件人", "收件者", "宛先", "收信人", "받는 사람", "받는사람", "받는이", "kime", "alıcı",
    "إلى", "الى", "المستلم", "सेवा में", "प्रति", "को", "प्राप्तकर्ता", "kwa", "kwenda", "kwenda kwa", "đến", "tới", "gửi đến",
    "người nhận", "till", "til", "vastaanottaja", "do", "komu", "pro", "címzett", "către", "catre", "προς", "kepada",
    "אל", "ถึง", "destinataire", "destinatario", "destinatário", "ontvanger", "empfänger", "adresat", "به", "za",
  ]
  private static let copies = [
    "cc", "c c", "cci", "bcc", "kopie", "kopie (cc)", "копия", "копія", "抄送", "副本", "참조", "bilgi", "نسخة", "copie à",
    "copie", "c/c", "kopia", "kopi", "dw", "kopio", "másolat", "másolatot kap", "reply-to", "reply to", "antwort an",
    "répondre à", "responder a", "rispondi a", "ответить", "回复", "nakala", "प्रतिलिपि", "importance", "wichtigkeit",
    "attachments", "anlagen", "pièces jointes", "copia", "cópia", "organization", "mailing list", "list", "संलग्नक",
  ]
  private static let subjects = [
    "subject", "betreff", "objet", "sujet", "asunto", "assunto", "oggetto", "onderwerp", "тема", "主题", "主題", "主旨", "标题",
    "件名", "제목", "konu", "الموضوع", "موضوع", "विषय", "mada", "kuhusu", "somo", "chủ đề", "tiêu đề", "ämne", "emne",
    "efni", "aihe", "temat", "předmět", "predmet", "tárgy", "subiect", "θέμα", "perihal", "subjek", "נושא", "เรื่อง",
  ]

  /// Between dashes, or alone with a colon.
  private static let separators: Set<String> = [
    "original message", "original", "original mail", "original email", "original e-mail", "reply message",
    "original appointment", "ursprüngliche nachricht", "originalnachricht", "original-nachricht",
    "ursprüngliche mail", "original nachricht", "message d'origine", "message original", "message d’origine",
    "mail original", "courriel original", "message initial", "mensaje original", "correo original",
    "mensagem original", "messaggio originale", "messaggio original", "email originale", "oorspronkelijk bericht",
    "oorspronkelijke bericht", "origineel bericht", "исходное сообщение", "исходное письмо", "оригинальное сообщение",
    "пересылаемое сообщение", "початкове повідомлення", "原始邮件", "原始郵件", "邮件原件", "原邮件", "原郵件", "回复的原邮件",
    "回复的邮件", "原始信息", "原始訊息", "原文", "元のメッセージ", "元のメール", "オリジナルメッセージ", "원본 메시지", "원본 메일", "원본메일",
    "원본 이메일", "orijinal ileti", "orijinal mesaj", "özgün ileti", "asıl ileti", "الرسالة الأصلية", "رسالة أصلية",
    "मूल संदेश", "मूल मेसेज", "ujumbe asili", "ujumbe wa awali", "thư gốc", "tin nhắn gốc", "thư ban đầu",
    "ursprungligt meddelande", "originalmeddelande", "oprindelig meddelelse", "opprinnelig melding", "original melding",
    "alkuperäinen viesti", "wiadomość oryginalna", "oryginalna wiadomość", "původní zpráva", "původní e-mail",
    "pôvodná správa", "eredeti üzenet", "mesaj original", "mesajul original", "αρχικό μήνυμα", "pesan asli",
    "הודעה מקורית", "ข้อความต้นฉบับ", "izvorna poruka", "izvirno sporočilo",
  ]
  private static let forwards: Set<String> = [
    "forwarded message", "forwarded email", "begin forwarded message", "weitergeleitete nachricht",
    "anfang der weitergeleiteten nachricht", "weitergeleitete mail", "message transféré", "message transmis",
    "début du message réexpédié", "début du message transféré", "mensaje reenviado", "inicio del mensaje reenviado",
    "mensagem encaminhada", "mensagem reencaminhada", "início da mensagem encaminhada",
    "início da mensagem reencaminhada", "messaggio inoltrato", "inizio messaggio inoltrato", "doorgestuurd bericht",
    "begin doorgestuurd bericht", "doorgestuurde bericht", "пересланное сообщение", "пересылаемое сообщение",
    "начало переадресованного сообщения", "转发邮件信息", "转发的邮件", "转发邮件", "轉寄郵件", "轉寄的郵件", "以下是转发的邮件",
    "下面是被转发的邮件", "開始轉寄郵件", "転送されたメッセージ", "転送メッセージ", "전달된 메시지", "전달된 메일", "전달된 이메일", "iletilmiş mesaj",
    "iletilen mesaj", "yönlendirilmiş ileti", "رسالة معاد توجيهها", "الرسالة المعاد توجيهها", "अग्रेषित संदेश",
    "अग्रेषित किया गया संदेश", "ujumbe uliosambazwa", "thư được chuyển tiếp", "tin nhắn chuyển tiếp",
    "vidarebefordrat meddelande", "vidarebefordrat brev", "videresendt meddelelse", "videresendt melding",
    "välitetty viesti", "przekazana wiadomość", "wiadomość przekazana", "přeposlaná zpráva", "továbbított üzenet",
  ]
  /// What services write above what they sent.
  private static let above = [
    "above this line", "oberhalb dieser linie", "über dieser linie", "au-dessus de cette ligne",
    "por encima de esta línea",
    "acima desta linha", "sopra questa riga", "boven deze regel", "выше этой линии", "выше этой строки",
  ]
  private static let headings: Set<String> = ["previous replies", "previous discussion", "in reply to"]
}
