import Mistakes
import Testing

@testable import Settings

/// The reading layer for files that other modules define.
@Suite struct YAMLDocumentTests {
  enum Colour: String, CaseIterable, Sendable { case red, green }

  @Test("a mark of the byte order at the beginning is passed over, and counts in no line or column")
  func byteOrderMark() throws {
    let document = try YAMLDocument(text: "\u{FEFF}# Ours\nsite: {name: Forum}\n", file: "f.yaml")
    #expect(document.root.mapping("site")?.has("name") == true)
    #expect { try YAMLDocument(text: "\u{FEFF}site: {", file: "f.yaml") } throws: { "\($0)".hasPrefix("f.yaml:") }
  }

  @Test func aFileIsReadKeyByKey() throws {
    let document = try YAMLDocument(
      text: """
        database: forum.sqlite
        limit: 50
        urgent: yes
        wait: 2m
        colour: green
        languages: [en, fr]
        queries:
          posts: |
            SELECT id
            FROM posts
        rules:
          - name: a
          - name: b
            limit: 2
        """, file: "config/sources/phpbb.yaml")
    let root = document.root!
    #expect(root.value("database", .path) == "config/sources/forum.sqlite")
    #expect(root.integer("limit", in: 1...100) == 50)
    #expect(root.flag("urgent") == true)
    #expect(root.duration("wait", in: .seconds(0) ... .hours(1)) == .minutes(2))
    #expect(root.choice("colour", Colour.self) == .green)
    #expect(root.strings("languages") == ["en", "fr"])
    #expect(root.mapping("queries")?.requiredString("posts") == "SELECT id\nFROM posts\n")
    let rules = try #require(root.mappings("rules"))
    #expect(rules.map { $0.requiredString("name") } == ["a", "b"])
    #expect(rules.map { $0.integer("limit", in: 1...9) } == [nil, 2])
    #expect(root.string("absent") == nil)
    #expect(root.mapping("none") == nil)
    #expect(root.keys.first == "database")
    try document.finish()
  }

  @Test func everyMistakeIsCollectedAndUnknownKeysAreFound() throws {
    let document = try YAMLDocument(
      text: """
        queries:
          psots: SELECT 1
          watchers: ""
        rules:
          - nam: a
          - b
        extra: 1
        colour: gren
        """, file: "phpbb.yaml")
    let root = document.root!
    let queries = try #require(root.mapping("queries"))
    #expect(queries.requiredString("posts").isEmpty)
    #expect(queries.requiredString("watchers").isEmpty)
    for rule in try #require(root.mappings("rules")) { #expect(rule.required("name", .text()) == nil) }
    #expect(root.choice("colour", Colour.self) == nil)
    queries.refuse("watchers", "has no column `key`", advice: "select it")
    let error = #expect(throws: ConfigurationError.self) { try document.finish() }
    let expected = """
      phpbb.yaml:1: queries.posts: is missing; add it
      phpbb.yaml:2: queries.psots: there is no such key; did you mean posts?
      phpbb.yaml:3: queries.watchers: is empty; give a text
      phpbb.yaml:3: queries.watchers: has no column `key`; select it
      phpbb.yaml:4: rules: item 2 is no mapping; write it as `- key: value`
      phpbb.yaml:5: rules[1].name: is missing; give a text of at most 200 characters
      phpbb.yaml:5: rules[1].nam: there is no such key; did you mean name?
      phpbb.yaml:7: extra: there is no such key; check the spelling
      phpbb.yaml:8: colour: "gren" is none of red, green; did you mean green?
      """
    #expect(error?.description == expected)
  }

  @Test(arguments: ["", "# nothing\n", "---\n", "~\n", "{}"])
  func anEmptyFileIsAnEmptyMapping(text: String) throws {
    let document = try YAMLDocument(text: text, file: "f")
    #expect(document.root.keys.isEmpty)
    try document.finish()
  }

  @Test func anchorsAndAliasesWork() throws {
    let document = try YAMLDocument(text: "a: &x [p, q]\nb: *x\n", file: "f")
    #expect(document.root.strings("a") == document.root.strings("b"))
  }
}

/// The jobs' files (rule O5).
@Suite struct JobFileTests {
  private static let steps = ["collect", "fan-out", "digest", "deliver", "prune"]

  @Test func theLockMayBeGiven() throws {
    let text = "steps: collect, fan-out\ndeadline: 90s\nlock: main"
    let job = try JobFile(text: text, file: "jobs/half.yaml", steps: Self.steps)
    #expect(job.name == "half")
    #expect(job.lock == "main")
    #expect(job.steps == ["collect", "fan-out"])
    #expect(job.deadline == .seconds(90))
  }

  @Test func mistakesAreAnsweredTogether() {
    let text = "steps: [collect, fanout, deliver]\ndeadline: 5s\nlock: ../x\nforum: a\n"
    let error = #expect(throws: ConfigurationError.self) {
      try JobFile(text: text, file: "jobs/my job.yaml", steps: Self.steps)
    }
    let expected = """
      jobs/my job.yaml:1: steps: "fanout" is none of collect, fan-out, digest, deliver, prune; did you mean fan-out?
      jobs/my job.yaml:2: deadline: 5s is out of range 10s...1d
      jobs/my job.yaml:3: lock: "../x" is no name; use letters, digits, - and _, at most 64; no path, no ending
      jobs/my job.yaml:4: forum: there is no such key; check the spelling
      jobs/my job.yaml: the file's name is no job's name; use letters, digits, - and _, then .yaml
      """
    #expect(error?.description == expected)
  }

  @Test func stepsAndDeadlineMustBeThereAndNoStepTwice() {
    let empty = #expect(throws: ConfigurationError.self) {
      try JobFile(text: "", file: "jobs/a.yaml", steps: Self.steps)
    }
    #expect(empty?.mistakes.map(\.key) == ["steps", "deadline"])
    let twice = #expect(throws: ConfigurationError.self) {
      try JobFile(text: "steps: [collect, collect]\ndeadline: 1m", file: "jobs/a.yaml", steps: Self.steps)
    }
    #expect(twice?.description == "jobs/a.yaml:1: steps: collect stands twice; a run takes each step once")
    #expect(throws: ConfigurationError.self) {
      try JobFile(text: "steps: []\ndeadline: 1m", file: "jobs/a.yaml", steps: Self.steps)
    }
  }
}
