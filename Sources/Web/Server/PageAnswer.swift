/// What is answered to a visit.
public struct PageAnswer: Sendable {
  /// HTTP's (RFC 9110 section 15).
  public var status: Int
  /// Name and value; those that every answer has come besides.
  public var headers: [(name: String, value: String)]
  /// Empty for a redirect.
  public var body: String

  /// A page, unless more is said.
  init(_ status: Int = 200, type: String = "text/html; charset=utf-8", _ body: String) {
    self.status = status
    headers = [("Content-Type", type)]
    self.body = body
  }

  /// Sends the browser on by a GET (RFC 9110 section 15.4.4), so that a page that is loaded anew does nothing twice.
  static func seeOther(_ location: String) -> PageAnswer {
    var answer = PageAnswer(303, "")
    answer.headers = [("Location", location)]
    return answer
  }

  func with(_ name: String, _ value: String) -> PageAnswer {
    var answer = self
    answer.headers.append((name, value))
    return answer
  }

  /// What every answer has (rule X4): nothing but our own style sheet and script is loaded, no page stands in another's
  /// frame, no address of ours is told to another site, nothing personal is kept by anybody on the way.
  public static let security: [(name: String, value: String)] = [
    (
      "Content-Security-Policy",
      "default-src 'none'; style-src 'self'; script-src 'self'; form-action 'self'; base-uri 'none'; "
        + "frame-ancestors 'none'"
    ),
    ("Referrer-Policy", "no-referrer"),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    ("X-Robots-Tag", "noindex, nofollow"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Permissions-Policy", "camera=(), geolocation=(), microphone=()"),
  ]
}
