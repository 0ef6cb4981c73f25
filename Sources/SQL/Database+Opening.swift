/// Opens a database by its name in the configuration: a `postgresql://` URI, or the path of an SQLite file.
/// - Parameter access: whether it is ours or a foreign program's.
/// - Throws: `DatabaseError` that names it.
public func openDatabase(_ name: String, _ access: SQLiteDatabase.Access = .own) throws -> any Database {
  guard PostgresDatabase.isName(name) else { return try SQLiteDatabase(path: name, access: access) }
  if case .foreign(readOnly: true) = access { return try PostgresDatabase(uri: name, isReadOnly: true) }
  return try PostgresDatabase(uri: name)
}
