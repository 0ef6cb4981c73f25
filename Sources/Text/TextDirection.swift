/// The direction that a text is written in, by its name in HTML's `dir`.
public enum TextDirection: String, Sendable {
  /// As HTML has them, from left to right and from right to left.
  case ltr, rtl
  /// By its first strong letter.
  case auto
}
