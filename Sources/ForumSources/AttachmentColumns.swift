import Forum
import SQL

/// A file of a post, for the question `attachments`.
struct AttachmentColumns: RowReader {
  static let subject = RowFault.Subject.attachment
  static let names = ["post", "name", "size", "url"]

  private let post, name: Int
  private let size, url: Int?

  init(_ columns: Columns) throws {
    post = try columns.required("post")
    name = try columns.required("name")
    size = columns["size"]
    url = columns["url"]
  }

  /// The post's: a file is asked for by it alone.
  func key(_ row: any Row) -> String { row.text(post) }

  func read(_ row: any Row) throws -> PostAttachment {
    PostAttachment(
      post: try row.requiredKey(post), name: try row.requiredText(name), octets: try row.size(size), url: row.text(url))
  }
}
