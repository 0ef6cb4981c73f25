import Foundation
import Mistakes
import Testing

@testable import Composition

@Suite("Templates of an administrator") struct TemplateSetTests {
  /// Runs with a directory of its own that holds these files.
  private func with(_ files: [String: String], _ body: (String) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "templates-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    for (name, contents) in files {
      let file = folder.appending(path: name)
      try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(contents.utf8).write(to: file)
    }
    try body(folder.path)
  }

  private func mistakes(_ files: [String: String]) throws -> [Mistake] {
    var found: [Mistake] = []
    try with(files) { directory in
      do { _ = try TemplateSet(directory: directory) } catch let error as ConfigurationError {
        found = error.mistakes.map {
          Mistake($0.place.replacing(directory + "/", with: ""), line: $0.line, $0.message)
        }
      }
    }
    return found
  }

  private static let entry =
    "{{author}} {{number}} {{postURL}}\n{{body}}\n{{replyAddress}}\n"

  @Test("M7: a file for one language beats one for all, which beats the built-in one")
  func precedence() throws {
    let files = [
      "entry.txt": "ALL\n" + Self.entry, "fr/entry.txt": "FR\n" + Self.entry, "words.fr": "labelWeb = Toile :\n",
      "ru/words": "# mine\n\nlabelWeb = В сети:\n",
    ]
    try with(files) { directory in
      let set = try TemplateSet(directory: directory)
      #expect(set.render(.entryText, .en, ["author": "A"]).hasPrefix("ALL\nA "))
      #expect(set.render(.entryText, .fr, ["author": "A"]).hasPrefix("FR\nA "))
      #expect(set.words(.fr).plain(.labelWeb) == "Toile :")
      #expect(set.words(.fr).plain(.labelPlace) == "Dans\u{A0}:")
      #expect(set.words(.ru).plain(.labelWeb) == "В сети:")
      #expect(set.render(.instantText, .en, ["author": "B"]).hasPrefix("[#] B\n"))
    }
  }

  @Test("I4: every phrase that the layouts of posts and digests say is known not to be a person's own")
  func phrasesAreOurs() throws {
    let ours = Set(Samples.composer.wordsAroundPosts)
    let layouts = TemplateSet.builtIn.export().filter { layout in
      ["instant.", "digest.", "entry."].contains { layout.name.hasPrefix($0) }
    }
    #expect(layouts.count == 6)
    for layout in layouts {
      let names = layout.contents.matches(of: /words\.(\w+)/).map { String($0.1) }
      for name in names {
        let phrase = try #require(TemplateSet.builtIn.words(.en).forTemplates[name])
        #expect(ours.contains(phrase), "\(layout.name): \(name)")
      }
    }
  }

  @Test("M7: what is exported can be put back as it is")
  func export() throws {
    let exported = TemplateSet.builtIn.export()
    #expect(
      exported.map(\.name).sorted() == [
        "digest.html", "digest.txt", "entry.html", "entry.txt", "instant.html", "instant.txt", "notice.html",
        "notice.txt", "words.ar", "words.en", "words.es", "words.fr", "words.ru", "words.zh",
      ])
    try with(Dictionary(uniqueKeysWithValues: exported)) { directory in
      let set = try TemplateSet(directory: directory)
      for name in TemplateName.allCases {
        #expect(set.render(name, .ar, ["author": "A"]) == TemplateSet.builtIn.render(name, .ar, ["author": "A"]))
      }
    }
  }

  @Test(
    "Whatever is wrong in a template is found when it is loaded, with file, line and what to do",
    arguments: [
      ("a\n{{auther}}\n", 2, "there is no tag {{auther}} in entry.txt"),
      ("{{words.nothing}}", 1, "there is no such phrase"),
      ("{{words.account}}", 1, "has to be filled in"),
      ("{{>other}}", 1, "tags with `>` are not used here"),
      ("{{=<% %>=}}", 1, "tags with `=` are not used here"),
      ("a\n\n{{author\n", 3, "never closed"),
      ("x {{body}}", 1, "give it a line of its own"),
      ("{{author}} {{body}}", 1, "give it a line of its own"),
      ("{{!\n}} {{body}}", 2, "give it a line of its own"),
      ("{{body}} {{author}}", 1, "give it a line of its own"),
    ])
  func unknownTags(_ source: String, line: Int, text: String) throws {
    let found = try mistakes([
      "entry.txt": Self.entry.replacing("{{body}}\n", with: source.contains("body") ? "" : "{{body}}\n") + source
    ])
    let offset = source.contains("body") ? 2 : 3
    #expect(found.first?.place == "entry.txt")
    #expect(found.first?.line == line + offset)
    #expect(found.first?.message.contains(text) == true)
  }

  @Test("Syntax that the library refuses is reported with its line")
  func syntax() throws {
    let unclosed = try mistakes(["entry.txt": Self.entry + "{{#postURL}}\nx\n"])
    #expect(unclosed.count == 1)
    #expect(unclosed[0].message.contains("a section is never closed"))
    let crossed = try mistakes(["entry.txt": Self.entry + "{{#postURL}}\nx\n{{/author}}\n"])
    #expect(crossed.map(\.line) == [6])
    #expect(crossed[0].message.contains("not the last one opened"))
  }

  @Test("M6: a template without the way to stop, or without the text, is refused")
  func required() throws {
    let found = try mistakes(["instant.html": "<p>{{{author}}}</p>\n{{{body}}}\n"])
    let missing = found.map(\.message).filter { $0.contains("is missing outside of other tags' sections") }
    #expect(missing.count == found.count)
    for tag in ["{{stopURL}}", "{{stopAddress}}", "{{{why}}}", "{{{account}}}", "{{replyAddress}}", "{{postURL}}"] {
      #expect(missing.contains { $0.hasPrefix(tag) })
    }
  }

  @Test("M6: what every mail must have does not count within another tag's section")
  func hiddenTags() throws {
    let source = TemplateSet.builtIn.export().first { $0.name == "instant.txt" }!.contents
    #expect(try mistakes(["instant.txt": source]).isEmpty)
    for hidden in [
      source.replacing("{{account}}\n", with: "{{#helpdesk}}\n{{account}}\n{{/helpdesk}}\n"),
      source.replacing("{{account}}\n", with: "{{^account}}\n{{account}}\n{{/account}}\n"),
      source.replacing(
        "{{account}}\n", with: "{{#helpdesk}}\n{{#account}}\n{{account}}\n{{/account}}\n{{/helpdesk}}\n"),
    ] {
      let found = try mistakes(["instant.txt": hidden])
      #expect(
        found.map(\.message) == ["{{account}} is missing outside of other tags' sections; every mail must have it"])
    }
  }

  @Test("X1: text in three braces, or HTML in two, is refused in an HTML template")
  func braces() throws {
    let source = TemplateSet.builtIn.export().first { $0.name == "instant.html" }!.contents
    let raw = try mistakes(["instant.html": source.replacing("{{preview}}", with: "{{{preview}}}")])
    #expect(raw.map(\.message) == ["{{{preview}}} holds text that may have signs of HTML in it; write {{preview}}"])
    let escaped = try mistakes(["instant.html": source.replacing("{{{place}}}", with: "{{place}}")])
    #expect(escaped.map(\.message) == ["{{place}} holds finished HTML; write {{{place}}}"])
  }

  @Test(
    "Whatever is wrong in a catalogue of phrases is found when it is loaded",
    arguments: [
      ("nothing = x", "there is no phrase `nothing`"), ("seePost", "not a phrase"), ("seePost =", "has no text"),
      ("seePost = a {b}", "is not filled in"), ("account = no address", "is filled in with {address}"),
      ("account = {address} {name}", "use these and no other"), ("account = {address", "a brace has no partner"),
      ("seePost = a\nseePost = b", "a second time"), ("posts.few = {count} x", "is no plural form of this language"),
      ("posts.one = {number}", "is filled in with {count}"), ("months = a, b", "has 2 names"),
      ("weekdays = a, b", "`weekdays` has 2 names; write seven"),
    ])
  func words(_ source: String, text: String) throws {
    let found = try mistakes(["words.en": "# c\n" + source])
    #expect(found.count == 1)
    #expect(found.first?.place == "words.en")
    #expect(found.first?.line == 1 + source.split(separator: "\n").count)
    #expect(found.first?.message.contains(text) == true)
  }

  @Test("A slip in a file's name is reported; other files may lie beside")
  func strayFiles() throws {
    let found = try mistakes(["instnt.txt": "x", "fr/words.fr": "x", "README": "x", "words.de": "x"])
    #expect(found.map(\.place).sorted() == ["fr/words.fr", "instnt.txt", "words.de"])
    #expect(throws: ConfigurationError.self) { try TemplateSet(directory: "/nonexistent/templates") }
    #expect(try mistakes(["entry.txt": "\u{FFFD}"]).isEmpty == false)
  }

  @Test(
    "A folder of templates that is no language's is reported; other folders may lie beside", arguments: ["FR", "fr-CA"])
  func strayFolders(_ folder: String) throws {
    for file in ["entry.txt", "words"] {
      let found = try mistakes(["\(folder)/\(file)": "x", "old/README": "x", ".git/entry.txt": "x"])
      #expect(found.map(\.place) == [folder])
      #expect(found.first?.message.hasPrefix("is the folder of no language; those are ar, en") == true)
    }
  }

  @Test("X1: the library's escaping is replaced: a combining mark hides no sign of HTML")
  func escaping() {
    let html = TemplateSet.builtIn.render(.entryHTML, .en, ["date": "<\u{301}b>\"", "number": "A&B"])
    #expect(html.contains("&lt;\u{301}b&gt;&quot;"))
    #expect(html.contains("A&amp;B"))
    #expect(TemplateSet.builtIn.render(.entryText, .en, ["date": "<b>&\""]).contains("<b>&\""))
  }
}
