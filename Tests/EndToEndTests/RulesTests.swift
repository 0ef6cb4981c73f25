import Foundation
import Testing

/// RULES.md, and all that cites it.
@Suite("Rules", .timeLimit(.minutes(10)))
struct RulesTests {
  /// Pages that admins read; every other page beside the sources is for developers.
  private static let pagesForAdmins: Set = [
    "Templates.md", "Mappings.md", "EmbeddedForum.md", "SeveralHosts.md", "Backups.md", "Privacy.md",
  ]

  private struct Rule {
    let name: String
    let isInForce: Bool
  }

  @Test("RULES.md has each rule once, in the order of its letters and numbers")
  func order() throws {
    let names = try rules().map(\.name)
    let ordered: [String] = Citations.letters.flatMap { letter in
      (0..<names.count { $0.first == letter }).map { "\(letter)\($0 + 1)" }
    }
    #expect(names == ordered)
    #expect(Set(names.compactMap(\.first)) == Set(Citations.letters))
  }

  @Test("What comments, titles of tests and pages for developers cite stands in RULES.md")
  func cited() throws {
    let known = Set(try rules().map(\.name))
    var cited: Set<String> = []
    func check(_ text: String, _ place: String) {
      for rule in Citations.rules(in: text) {
        cited.insert(rule)
        #expect(known.contains(rule), "\(place) cites \(rule)")
      }
    }
    for file in try files(in: "Sources") + files(in: "Tests") where isSource(file) {
      for piece in try pieces(of: file) where piece.kind != .literal { check(piece.text, "\(file):\(piece.line)") }
    }
    for page in try pages().filter({ !isForAdmins($0) }) + ["RULES.md", "CONTRIBUTING.md"] {
      check(try Repository.text(page), page)
    }
    #expect(cited.count > 30, "hardly a citation is found: they look otherwise than they did")
  }

  @Test("Every rule in force is named by the title of a test or a suite")
  func proved() throws {
    let titles = try files(in: "Tests").filter { $0.hasSuffix(".swift") }.flatMap { try pieces(of: $0) }
      .filter { $0.kind == .title }
    #expect(titles.count > 500, "hardly a title is found: they look otherwise than they did")
    let proved = Set(titles.flatMap { Citations.rules(in: $0.text) })
    for rule in try rules() where rule.isInForce {
      #expect(proved.contains(rule.name), "no title names \(rule.name)")
    }
  }

  @Test("No text for admins or participants cites a rule")
  func silent() throws {
    let pages = try pages().filter(isForAdmins)
    #expect(pages.count == RulesTests.pagesForAdmins.count, "\(pages)")
    // Templates, phrases and what `init` places lie among the sources.
    let placed = try files(in: "Sources").filter { file in
      ![".swift", ".h", ".modulemap", ".md"].contains { file.hasSuffix($0) }
    }
    let others = try files(in: "config") + files(in: "jobs") + ["README.md", "CHANGELOG.md", "crontab.example"]
    for file in pages + placed + others {
      let rules = Citations.rules(in: try Repository.text(file))
      #expect(rules.isEmpty, "\(file) cites \(rules)")
    }
    for file in try files(in: "Sources").filter(isSource) {
      for piece in try pieces(of: file) where piece.kind != .comment {
        let rules = Citations.rules(in: piece.text)
        #expect(rules.isEmpty, "\(file):\(piece.line) says \(rules) to its reader")
      }
    }
  }

  @Test(
    "A citation is told from what only looks like one",
    arguments: [
      ("a crash leaves both or neither (rule C1).", ["C1"]),
      ("(rules F1 to F3, D2)", ["F1", "F1", "F2", "F3", "F3", "D2"]), ("F3, F5: a new watch", ["F3", "F5"]),
      ("(RFC 5321 4.5.3.1.1, rule I2)", ["I2"]), ("| unsent | transient | S5: spends nothing |", ["S5"]),
      ("S3/S5, and rule F4's list", ["S3", "S5", "F4"]), ("C9 is none of ours", ["C9"]), ("(rule Q3)", ["Q3"]),
      ("(rule C0)", ["C0"]), ("C1 controls, and A4 paper", []), (#"\u{A0}b\u{C1} U+F0 0xC1 =C3=A9 %C3 #F1"#, []),
      ("`C1` \"S3\" x.S3 S3.x S3_ _S3 MD5 SHA256 UTF-8 X-M1 M1-x S30000 $1 p1 [A-Z][0-9] RFC 5321", []),
    ] as [(String, [String])])
  func recognised(text: String, rules: [String]) {
    #expect(Citations.rules(in: text) == rules)
  }

  @Test("Comments, titles and other texts of a source are told apart")
  func apart() throws {
    let source = ##"""
      /// One "comment" // of one line
      @Suite("A suite", .tags()) struct S {  /* two /* nested */ */
        @Test(
          "A title with \"quotes\"", arguments: ["an argument", "http://x"])
        func f() { x.matches(of: #/"[/*]/#); print("a \(y("b") + 1) c", #"raw \n "x" "#, """
          long "text"
          """) }
      """##
    let pieces = try SourceText.pieces(of: source, in: "S.swift")
    let read = pieces.map { "\($0.line) \($0.kind): \($0.text.split(separator: " ").joined(separator: " "))" }
    #expect(
      read == [
        "1 comment: /// One \"comment\" // of one line", "2 title: A suite", "2 comment: /* two /* nested */ */",
        "4 title: A title with \\\"quotes\\\"", "4 literal: an argument", "4 literal: http://x", "5 literal: b",
        "5 literal: a {} c", "5 literal: raw \\n \"x\"", "5 literal: \n long \"text\"\n",
      ])
    #expect(throws: SourceText.Unreadable.self) { try SourceText.pieces(of: "let a = \"b\n\"", in: "S.swift") }
  }

  // MARK: The repository

  private func rules() throws -> [Rule] {
    try Repository.text("RULES.md").split(separator: "\n").filter { $0.hasPrefix("- ") }.map { line in
      let entry = try #require(
        line.wholeMatch(of: #/- \*\*([A-Z][0-9]+)\*\* \((in force|to come)\) \S.*/#), "no rule: \(line)")
      return Rule(name: String(entry.1), isInForce: entry.2 == "in force")
    }
  }

  /// The files below a directory, as paths from the repository's root.
  private func files(in directory: String) throws -> [String] {
    let root = Repository.path(directory)
    return try FileManager.default.subpathsOfDirectory(atPath: root).sorted().filter { file in
      var isDirectory: ObjCBool = false
      return FileManager.default.fileExists(atPath: "\(root)/\(file)", isDirectory: &isDirectory)
        && !isDirectory.boolValue
    }.map { "\(directory)/\($0)" }
  }

  private func pages() throws -> [String] { try files(in: "Sources").filter { $0.hasSuffix(".md") } }

  private func pieces(of file: String) throws -> [SourceText.Piece] {
    try SourceText.pieces(of: Repository.text(file), in: file)
  }

  private func isSource(_ file: String) -> Bool { file.hasSuffix(".swift") || file.hasSuffix(".h") }

  private func isForAdmins(_ page: String) -> Bool {
    RulesTests.pagesForAdmins.contains(page.split(separator: "/").last.map(String.init) ?? page)
  }
}

/// Finds the rules that a text cites.
enum Citations {
  /// In the order of RULES.md.
  static let letters = "CFMDSBIPNAEOX"

  /// Behind `rule` or `rules` any letter with a number, so that wrong ones are found; elsewhere a letter of ours with
  /// one or two digits, where it is a word of its own. What lies between the ends of a span is cited too.
  static func rules(in text: String) -> [String] {
    let words = words(of: text)
    var rules: [String] = []
    for (index, word) in words.enumerated() {
      guard let first = word.first, first.isASCII, first.isUppercase, word.last?.isNumber == true else { continue }
      let next = index + 1 < words.count ? words[index + 1] : ""
      let parts = word.split(omittingEmptySubsequences: false) { $0 == "-" || $0 == "/" }
      if parts.allSatisfy(isRule) {
        // Characters and paper have such names too.
        if next.hasPrefix("control") || next == "paper" { continue }
        rules += parts.map(String.init)
        if next == "to", index + 2 < words.count { rules += span(from: word, to: words[index + 2]) }
      } else if index > 0, ["rule", "rules"].contains(words[index - 1].lowercased()),
        word.dropFirst().allSatisfy(\.isNumber)
      {
        rules.append(String(word))
      }
    }
    return rules
  }

  private static func isRule(_ word: Substring) -> Bool {
    guard let letter = word.first, letters.contains(letter) else { return false }
    let number = word.dropFirst()
    return (1...2).contains(number.count) && number.allSatisfy(\.isNumber) && number.first != "0"
  }

  private static func span(from first: Substring, to last: Substring) -> [String] {
    guard isRule(last), first.first == last.first, let start = Int(first.dropFirst()), let end = Int(last.dropFirst()),
      start < end
    else { return [] }
    return (start...end).map { "\(first.prefix(1))\($0)" }
  }

  /// What stands between white space, commas, colons, parentheses and signs beyond ASCII; without what ends a sentence.
  private static func words(of text: String) -> [Substring] {
    text.utf8.split { separators[Int($0)] }.map { bytes in
      var word = Substring(bytes)
      while let last = word.last, ".!?".contains(last) { word.removeLast() }
      return word.hasSuffix("'s") ? word.dropLast(2) : word
    }
  }

  private static let separators: [Bool] = (0...255).map { $0 >= 0x80 || " \t\r\n,;:()[]|".utf8.contains(UInt8($0)) }
}
