import SQL
import TestSupport
import Testing

@Suite("Parameters") struct ParameterTests {
  @Test(
    "are bound by their number, in whatever order and however often they stand",
    arguments: [
      ("SELECT $2 || $1", "ba"), ("SELECT $1 || $2 || $1", "aba"), ("SELECT $2 || $2 || $1 || $3", "bbac"),
      ("SELECT $3 || $1", "ca"), ("SELECT $3", "c"),
    ])
  func order(_ sql: String, _ expected: String) throws {
    #expect(try Scratch().texts(sql, ["a", "b", "c"]) == [expected])
  }

  @Test("that are equal to Unicode and not in their octets are written each as it is")
  func octets() throws {
    let scratch = try Scratch()
    let twins = ["jos\u{E9}", "jose\u{301}"]
    #expect(Value.text(twins[0]) != .text(twins[1]) && Value.text(twins[0]) == .text("jos\u{E9}"))
    let found = try scratch.database.write { connection in
      try connection.run("CREATE TABLE twin (id TEXT PRIMARY KEY)")
      try connection.insert(into: "twin", columns: ["id"], values: twins.map(Value.text))
      return try connection.query("SELECT id FROM twin WHERE id IN ($1)", [.texts(twins)]) { Array($0.text(0).utf8) }
    }
    #expect(Set(found) == Set(twins.map { Array($0.utf8) }))
  }

  @Test("with two digits are not those with one")
  func twoDigits() throws {
    let values = (1...12).map { Value.text("<\($0)>") }
    #expect(try Scratch().texts("SELECT $12 || $1 || $11 || $2 || $10", values) == ["<12><1><11><2><10>"])
  }

  @Test(
    "in literals, quoted names and comments are text",
    arguments: [
      ("SELECT '$1' || $1", "$1a"), ("SELECT 'it''s $2' || $1", "it's $2a"), ("SELECT $1 AS \"$2\"", "a"),
      ("SELECT $1 -- it's not $2\n || $2", "ab"), ("SELECT /* don't $2 */ $1 || '--' || $2", "a--b"),
      ("SELECT '/*' || $1 || '*/'", "/*a*/"), ("SELECT $1 || '", nil as String?),
    ])
  func literals(_ sql: String, _ expected: String?) throws {
    let scratch = try Scratch()
    if let expected {
      #expect(try scratch.texts(sql, ["a", "b"]) == [expected])
    } else {
      #expect(databaseError { _ = try scratch.texts(sql, ["a", "b"]) }?.kind == .invalid)
    }
  }

  @Test("in a comment that never ends are text too, which PostgreSQL refuses")
  func endlessComment() throws {
    let scratch = try Scratch()
    if TestDatabase.isPostgres {
      #expect(databaseError { _ = try scratch.texts("SELECT $1 /* ", ["a"]) }?.kind == .invalid)
    } else {
      #expect(try scratch.texts("SELECT $1 /* ", ["a"]) == ["a"])
    }
  }

  @Test(
    "X1: values are never read as SQL, whatever they contain",
    arguments: [
      "'; DROP TABLE item; --", "$1", "$2 \" ' \\", "{post} :after ?", "Žluťoučký 你好 مرحبا 🐎", "a\u{0}b", "",
      String(repeating: "x", count: 1_000_000),
    ])
  func hostile(_ text: String) throws {
    let scratch = try Scratch()
    try scratch.add(1, text)
    // PostgreSQL has no NUL.
    let kept = TestDatabase.isPostgres ? text.replacing("\u{0}", with: "\u{FFFD}") : text
    #expect(try scratch.texts("SELECT name FROM item") == [kept])
    #expect(try scratch.ids("name = $1", [.text(text)]) == [1])
  }

  @Test("may be NULL, and NULL comes back as nil, as 0 and as an empty text")
  func null() throws {
    let scratch = try Scratch()
    try scratch.add(1, "a", nil)
    try scratch.database.read { connection in
      _ = try connection.query("SELECT size, $1, name FROM item", [.null]) { row in
        #expect(row.isNull(0) && row.isNull(1) && !row.isNull(2))
        #expect(row.optionalInteger(0) == nil && row.integer(0) == 0)
        #expect(row.optionalText(1) == nil && row.text(1) == "")
        #expect(row.columns.prefix(1) == ["size"] && row.columns.last == "name")
      }
    }
  }

  @Test("keep whole numbers of 64 bits", arguments: [Int64.min, -1, 0, 1, 4_294_967_296, Int64.max])
  func integers(_ number: Int64) throws {
    let scratch = try Scratch()
    try scratch.add(1, "", number)
    #expect(try scratch.ids("size = $1", [.integer(number)]) == [1])
  }

  @Test(
    "that nobody gives, or that are not written $n, are refused with the statement",
    arguments: [
      ("SELECT $1 || $3", "$3"), ("SELECT $0", "$0"), ("SELECT ?", "?"), ("SELECT :keys, $1", ":keys"),
      ("SELECT @a", "@a"),
    ])
  func unbound(_ sql: String, _ word: String) throws {
    let scratch = try Scratch()
    let error = databaseError { _ = try scratch.texts(sql, ["a", "b"]) }
    #expect(error?.kind == .invalid)
    #expect(error?.description.contains(word) == true)
  }
}

@Suite("Lists") struct ListTests {
  private func filled() throws -> Scratch {
    let scratch = try Scratch()
    for id in 1...9 { try scratch.add(Int64(id), "n\(id)", Int64(id % 3)) }
    return scratch
  }

  @Test("of any length match exactly their values, though they are padded", arguments: 0...9)
  func lengths(_ count: Int) throws {
    let wanted = Array((1...9).shuffled().prefix(count)).map(Int64.init)
    #expect(try filled().ids("id IN ($1)", [.integers(wanted)]) == wanted.sorted())
  }

  @Test("stand beside each other and beside other parameters")
  func several() throws {
    let scratch = try filled()
    let arguments: [Value] = [.integers([1, 2, 3, 5]), "n2", .texts(["n1", "n2", "n3"])]
    #expect(try scratch.ids("name IN ($3) AND id IN ($1) AND name <> $2", arguments) == [1, 3])
    #expect(try scratch.ids("id IN ($1) AND name <> $2 AND id IN ($1)", arguments) == [1, 3, 5])
  }

  @Test("without values match nothing")
  func empty() throws {
    let scratch = try filled()
    #expect(try scratch.ids("id IN ($1)", [.integers([])]) == [])
    #expect(try scratch.ids("id IN ($1) OR id = $2", [.list([]), 4]) == [4])
  }

  @Test("of thousands of values work")
  func long() throws {
    let scratch = try filled()
    #expect(try scratch.ids("id IN ($1)", [.integers(5...9000)]) == [5, 6, 7, 8, 9])
  }
}

@Suite("A query shown to the database") struct ColumnNameTests {
  @Test("tells its columns without being run; a wrong one is answered as if it ran")
  func columns() throws {
    let scratch = try Scratch()
    try scratch.add(1, "a")
    let names = try scratch.database.read { connection in
      [
        try connection.columns(of: "SELECT *, size + $1 AS more FROM item WHERE id IN ($2)", [1, .list([1, 2, 3])]),
        try connection.columns(of: "DELETE FROM item", []),
      ]
    }
    #expect(names == [["id", "name", "size", "more"], []])
    #expect(try scratch.ids("TRUE") == [1])
    let error = databaseError {
      try scratch.database.read { _ = try $0.columns(of: "SELECT colour FROM item", []) }
    }
    #expect(error?.kind == .invalid && error?.description.contains("colour") == true)
  }

  @Test(
    "that are lists compare however the words before them are written",
    arguments: [
      ("id IN ($1)", [1, 3]), ("id in( $1 )", [1, 3]), ("id IN (\n  $1\n)", [1, 3]),
      ("id NOT IN ($1)", [2]), ("id not  in ( $1)", [2]), ("id IN ($1) AND id IN ($1)", [1, 3]),
    ] as [(String, [Int64])])
  func lists(_ condition: String, _ expected: [Int64]) throws {
    let scratch = try Scratch()
    for id in 1...3 { try scratch.add(Int64(id), "\(id)") }
    #expect(try scratch.ids(condition, [.integers([1, 3])]) == expected)
    let texts = condition.replacing("id", with: "name")
    #expect(try scratch.ids(texts, [.texts(["1", "3"])]) == expected)
  }

  @Test(
    "that are lists are refused where PostgreSQL would take them for one value", .enabled(if: TestDatabase.isPostgres))
  func misplacedLists() throws {
    let scratch = try Scratch()
    try scratch.add(1, "1")
    for condition in ["name = $1", "name IN ('x', $1)"] {
      #expect(databaseError { _ = try scratch.ids(condition, [.texts(["1"])]) }?.kind == .invalid, "\(condition)")
    }
    #expect(try scratch.ids("name = ANY ($1)", [.texts(["1"])]) == [1])
    #expect(try scratch.ids("id IN (SELECT unnest(CAST($1 AS bigint[])))", [.integers([1])]) == [1])
  }
}
