/// The word by which a person confirms (rule I3): nothing else does, lest a machine's answer, or what somebody wrote about
/// something else, count as a yes.
enum ConfirmingWord {
  /// What an answer says.
  enum Answer { case yes, no }

  /// As the questions ask for it in the six languages, and what people write instead.
  private static let words: Set<String> = [
    "yes", "y", "ok", "okay", "confirm", "confirmed", "oui", "sí", "si", "да", "是", "是的", "确认",
    "نعم", "ja", "sim", "hai", "はい", "네", "예", "evet", "हाँ", "हां", "ndiyo", "vâng", "có",
  ]
  private static let refusals: Set<String> = [
    "no", "not", "never", "non", "нет", "не", "不", "不是", "لا", "nein", "não", "nee", "nej", "hapana", "không",
  ]
  /// What people put around it.
  private static let courtesies: Set<String> = [
    "i", "please", "thanks", "thank", "you", "post", "send", "it", "that", "this", "is", "was", "mine", "me", "my",
    "reply",
    "text", "from", "do", "go", "ahead", "of", "course", "indeed", "correct", "right", "sil", "vous", "te", "plaît",
    "plait",
    "merci", "cest", "moi", "cétait", "le", "publiez", "por", "favor", "gracias", "soy", "yo", "es", "mío", "mio",
    "fui",
    "publíquelo", "пожалуйста", "спасибо", "это", "я", "мой", "мое", "моё", "опубликуйте", "من", "فضلك", "فضلكم",
    "شكرا",
    "شكراً", "谢谢", "请发布", "bitte", "danke", "obrigado", "obrigada",
  ]

  /// What the first line says that the person wrote themselves; nil for anything else.
  static func answer(of text: String) -> Answer? {
    for line in text.split(separator: "\n") where !line.drop(while: \.isWhitespace).hasPrefix(">") {
      let bare = line.lowercased().split { $0.isWhitespace || ".,;:!…–—，。！".contains($0) }
        .map { $0.filter { !$0.isPunctuation && !$0.isSymbol } }.filter { !$0.isEmpty }
      guard let first = bare.first(where: { $0 != "i" }) else { continue }
      if refusals.contains(first) { return .no }
      return words.contains(first) && bare.allSatisfy { words.contains($0) || courtesies.contains($0) } ? .yes : nil
    }
    return nil
  }
}
