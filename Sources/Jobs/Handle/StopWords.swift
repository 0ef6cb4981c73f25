/// Replies that say nothing but that their author wants no more mail: they are asked back, not posted (rule I8).
enum StopWords {
  /// In the languages in use; without case, punctuation and courtesy.
  private static let words: Set<String> = [
    "unsubscribe", "unsubscribe me", "please unsubscribe", "please unsubscribe me", "stop", "remove me", "signoff",
    "sign off", "opt out", "abmelden", "bitte abmelden", "austragen", "désinscription", "désabonner", "se désabonner",
    "me désinscrire", "désinscrire", "darse de baja", "dar de baja", "baja", "cancelar suscripción",
    "cancelar inscrição",
    "descadastrar", "cancella", "disiscrivimi", "annulla iscrizione", "afmelden", "uitschrijven", "отписаться",
    "отписка",
    "отпишите меня", "إلغاء الاشتراك", "退订", "取消订阅", "退訂", "配信停止", "購読解除", "수신거부", "구독 취소", "abonelikten çık",
    "सदस्यता समाप्त करें", "jiondoe", "hủy đăng ký", "avregistrera", "afmeld", "meld af", "wypisz", "odhlásit",
  ]

  /// Whether a text is nothing else.
  static func areAll(of text: String) -> Bool {
    guard text.utf8.count <= 200 else { return false }
    let bare = text.lowercased().filter { !$0.isPunctuation && !$0.isSymbol }
      .split(whereSeparator: \.isWhitespace).joined(separator: " ")
    return words.contains(bare)
  }
}
