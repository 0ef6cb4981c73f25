/// The word by which a person confirms (rule I3): nothing else does, lest a "no", or a machine's answer, count as a yes.
enum ConfirmingWord {
  /// As the questions ask for it in the six languages, and what people write instead.
  private static let words: Set<String> = [
    "yes", "yes please", "y", "ok", "okay", "confirm", "confirmed", "i confirm", "oui", "sí", "si", "да", "是", "是的",
    "确认",
    "نعم", "ja", "sim", "hai", "はい", "네", "예", "evet", "हाँ", "हां", "ndiyo", "vâng", "có",
  ]

  /// Whether the first line that says anything is the word, by itself.
  static func opens(_ text: String) -> Bool {
    for line in text.split(separator: "\n") {
      let bare = line.lowercased().filter { !$0.isPunctuation && !$0.isSymbol }
        .split(whereSeparator: \.isWhitespace).joined(separator: " ")
      if bare.isEmpty { continue }
      return words.contains(bare)
    }
    return false
  }
}
