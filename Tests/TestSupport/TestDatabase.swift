import Foundation
import SQL

/// A database of one test's own: an SQLite file or, where the environment variable `WATCHPOST_TEST_POSTGRES` names a
/// server by a URI with parameters, a schema there. So one suite proves what holds on both.
public final class TestDatabase: Sendable {
  private static let server = ProcessInfo.processInfo.environment["WATCHPOST_TEST_POSTGRES"]

  /// Whether the tests of this run are about PostgreSQL.
  public static let isPostgres = server != nil

  /// As the configuration names it.
  public let name: String
  private let schema: String?
  private let directory: TemporaryDirectory

  /// - Parameter file: the name of the SQLite file in the directory.
  public init(in directory: TemporaryDirectory, _ file: String) throws {
    self.directory = directory
    guard let server = TestDatabase.server else {
      (name, schema) = (directory(file), nil)
      return
    }
    let schema = "t" + UUID().uuidString.replacing("-", with: "").lowercased()
    try TestDatabase.onServer("CREATE SCHEMA \(schema)")
    (name, self.schema) = ("\(server)&options=-csearch_path%3D\(schema)", schema)
  }

  deinit {
    if let schema { try? TestDatabase.onServer("DROP SCHEMA \(schema) CASCADE") }
  }

  /// Opened as another process would: with connections of its own.
  public func open() throws -> any SQL.Database { try openDatabase(name) }

  /// Runs one statement on the server, outside of any test's schema.
  public static func onServer(_ sql: String) throws {
    try PostgresDatabase(uri: server ?? "").write(.concurrent) { try $0.run(sql) }
  }
}
