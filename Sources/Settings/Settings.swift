// Settings: what an admin writes down: `watchpost.yaml`, the jobs' files, the signing keys.
//
// What it does: one declaration for each setting carries its key, kind, default, bounds and prose (`Catalog`). From it
// come the reading of the file, the overlay from the environment, the errors, the annotated sample
// `config/watchpost.yaml` and the listing that `watchpost settings` prints. Source mappings are read by their own
// module through `YAMLDocument`, with the same errors.
//
// What it refuses: unknown keys and unknown `WATCHPOST_` variables, values out of bounds, a file with a secret or a key
// in it that others can read (rule X2). It opens no database and no connection.
//
// When it fails: every mistake of a file is collected, and all are thrown at once as one `ConfigurationError`; exit
// status 78. Nothing here is retried, and nothing is guessed: a file with a mistake gives no configuration at all.
//
// Yams is used directly, not swift-configuration: a mistake is answered with file, line and key, for which the YAML
// nodes with their marks are needed, and a key that nobody asked for must be found, not passed over.

import Mistakes

/// One setting, declared once: everything that is said or checked about it follows from this.
public struct Setting<Value: Sendable>: Sendable {
  /// Section and name: `delivery.connections`.
  public let key: String
  /// What it does, for somebody who has never seen the program.
  public let prose: String
  /// How it is read, checked against its bounds, and written.
  public let kind: Kind<Value>
  /// nil: there is none, the admin must say.
  public let fallback: Value?
  /// What the sample shows, where that is not the default.
  public let example: Value?
  /// Never printed; may be given as `KEY_file` instead; makes its file private (rule X2).
  public let isSecret: Bool

  /// A setting that may be left out.
  init(
    _ key: String, _ kind: Kind<Value>, default fallback: Value, example: Value? = nil, isSecret: Bool = false,
    _ prose: String
  ) {
    self.key = key
    self.kind = kind
    self.prose = prose
    self.fallback = fallback
    self.example = example
    self.isSecret = isSecret
  }

  /// A setting that must be given.
  init(_ key: String, _ kind: Kind<Value>, required example: Value, _ prose: String) {
    self.key = key
    self.kind = kind
    self.prose = prose
    self.fallback = nil
    self.example = example
    self.isSecret = false
  }
}

/// A setting whose type of value does not matter: for reading, sample and listing.
public protocol AnySetting: Sendable {
  /// Section and name, a dot between.
  var key: String { get }
  /// Sentences for the sample and the listing; each ends with a stop.
  var prose: String { get }
  /// True: no value of it is ever shown (rule O3).
  var isSecret: Bool { get }
  /// True: there is no default, the admin must say.
  var isRequired: Bool { get }
  /// What may be written: `a whole number, 1...200`.
  var form: String { get }
  /// The default as it would be written; nil if there is none.
  var defaultText: String? { get }
  /// What the sample shows: the example, else the default.
  var exampleText: String { get }
  /// The default, if there is one, in a file of the directory `base`.
  func fallback(base: String) -> (any Sendable)?
  /// Reads what was written.
  /// - Parameter base: the directory that relative paths are relative to.
  func read(_ written: Written, base: String) throws(Refusal) -> any Sendable
  /// A value as it would be written; for a secret, that it is there.
  func text(of value: any Sendable) -> String
}

extension Setting: AnySetting {
  /// An optional setting is never required: its default is that there is nothing.
  public var isRequired: Bool { fallback == nil }
  /// The kind's own words.
  public var form: String { kind.form }

  /// nil too for a default that is nothing: an optional setting's.
  public var defaultText: String? {
    guard let fallback else { return nil }
    let text = kind.write(fallback)
    return text.isEmpty ? nil : text
  }

  /// Never a secret's value, not even an example of one: somebody would keep it.
  public var exampleText: String { isSecret ? "\"\"" : (example ?? fallback).map(kind.write) ?? "" }

  /// A relative path among the defaults begins at the same directory as one in the file.
  public func fallback(base: String) -> (any Sendable)? { fallback.map { kind.rebase($0, base) } }

  /// What the kind says of it; the type is forgotten and comes back with `Configuration[setting]`.
  public func read(_ written: Written, base: String) throws(Refusal) -> any Sendable { try kind.parse(written, base) }

  /// Empty for nothing, and for a value of another type, which never comes here.
  public func text(of value: any Sendable) -> String {
    let text = (value as? Value).map(kind.write) ?? ""
    return isSecret && !text.isEmpty ? "(set, not shown)" : text
  }
}

extension AnySetting {
  /// `delivery` of `delivery.connections`.
  public var section: String { String(key.prefix { $0 != "." }) }
  /// `connections` of `delivery.connections`.
  public var name: String { String(key.drop { $0 != "." }.dropFirst()) }
  /// The environment variable that overrides the file: `WATCHPOST_DELIVERY_CONNECTIONS`.
  public var variable: String { "WATCHPOST_" + key.uppercased().replacing(".", with: "_") }
}
