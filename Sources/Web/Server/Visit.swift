import Foundation

/// What somebody's browser, mail program or scanner asks for; hostile.
public struct Visit: Sendable {
  /// What it is asked by.
  public enum Method: Sendable {
    case get, head, post
    /// Nothing that is served.
    case other
  }

  /// How.
  public var method: Method
  /// What stands behind the pages' base, decoded, without the empty ones: `["u", "TOKEN"]`.
  public var path: [String]
  /// What stands behind `?`.
  public var query: [String: String]
  /// The body of a POST.
  public var form: [String: String]
  /// The session that the cookie names.
  public var session: String?
  /// `Accept-Language`, as it came.
  public var languages: String
  /// `Origin`, or nil where the browser sent none.
  public var origin: String?
  /// `Sec-Fetch-Site`, or nil.
  public var fetchSite: String?

  /// A GET of a page, unless more is said.
  public init(
    _ method: Method = .get, _ path: [String], query: [String: String] = [:], form: [String: String] = [:],
    session: String? = nil, languages: String = "", origin: String? = nil, fetchSite: String? = nil
  ) {
    self.method = method
    self.path = path
    self.query = query
    self.form = form
    self.session = session
    self.languages = languages
    self.origin = origin
    self.fetchSite = fetchSite
  }

  /// Reads `application/x-www-form-urlencoded`, as queries and forms are written (WHATWG URL section 5.1). Of a name
  /// that comes twice the first counts; what is no UTF-8 is left out.
  public static func fields(_ text: some StringProtocol) -> [String: String] {
    var fields: [String: String] = [:]
    for pair in text.split(separator: "&").prefix(200) {
      let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard let name = decoded(parts[0]), let value = decoded(parts.count > 1 ? parts[1] : "") else { continue }
      if fields[name] == nil { fields[name] = value }
    }
    return fields
  }

  /// Reads `multipart/form-data`, in which mail programs may press for their users (RFC 8058 section 3.1, RFC 7578).
  /// - Parameter boundary: as the field `Content-Type` has it.
  public static func fields(_ text: String, boundary: String) -> [String: String] {
    var fields: [String: String] = [:]
    let text = text.replacing("\r\n", with: "\n")
    for part in "\n\(text)".split(separator: "\n--\(boundary)").prefix(200) {
      guard let end = part.firstRange(of: "\n\n") else { continue }
      let head = part[..<end.lowerBound]
      guard let name = head.firstMatch(of: #/(?i)content-disposition:\s*form-data;.*?\bname="?([^";\n]*)/#)?.1 else {
        continue
      }
      let value = part[end.upperBound...]
      if fields[String(name)] == nil { fields[String(name)] = String(value) }
    }
    return fields
  }

  /// Reads a form as its `Content-Type` says it is written; nil for one that no form has.
  public static func form(_ body: String, type: String?) -> [String: String]? {
    let type = type ?? ""
    let media = type.prefix { $0 != ";" }.filter { $0 != " " }.lowercased()
    switch media {
    case "", "application/x-www-form-urlencoded": return fields(body)
    case "multipart/form-data":
      guard let found = type.firstMatch(of: #/(?i);\s*boundary=(?:"([^"]{1,70})"|([^;\s"]{1,70}))/#),
        let boundary = found.1 ?? found.2
      else { return nil }
      return fields(body, boundary: String(boundary))
    default: return nil
    }
  }

  private static func decoded(_ text: some StringProtocol) -> String? {
    String(text).replacing("+", with: "%20").removingPercentEncoding
  }

  /// Writes fields so that `fields` reads them.
  static func encoded(_ fields: [(String, String)]) -> String {
    fields.map { "\(escaped($0))=\(escaped($1))" }.joined(separator: "&")
  }

  private static func escaped(_ text: String) -> String {
    text.addingPercentEncoding(withAllowedCharacters: unreserved) ?? ""
  }

  /// RFC 3986 section 2.3.
  private static let unreserved = CharacterSet(
    charactersIn: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
}
