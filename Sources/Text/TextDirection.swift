/// The direction that a text is written in, by its name in HTML's `dir`.
public enum TextDirection: String, Sendable {
  case ltr, rtl
  /// By its first strong letter.
  case auto
}
