import Mistakes

/// What holds for this run: the file, the environment over it, the defaults below it.
///
///     let configuration = try Configuration(file: path, environment: environment)
///     configuration.delivery.connections  // Int
///
/// An environment variable overrides the file: `WATCHPOST_SMTP_PASSWORD` is `smtp.password`. Secrets are not printed.
@dynamicMemberLookup
public struct Configuration: Sendable {
  /// The declarations of all settings.
  public static let catalog = Catalog()

  /// The path of the file as it was given.
  public let file: String
  /// By key; every setting has an entry as soon as reading is over, an optional one too. Each value is of its setting's
  /// own type, so that `subscript(setting:)` can take it for that.
  private var values: [String: any Sendable] = [:]
  /// By key; a key that is in the file, but with a wrong value, counts as given, so that it is not called missing too.
  private var origins: [String: Origin] = [:]
  /// Why the file with the mailbox's password cannot be read: nobody who fetches no mail is kept from work by that
  /// (rule E1). Whoever does has no password then; nil where all is well.
  public private(set) var unreadableMailboxPassword: ConfigurationError?

  /// Where a value comes from.
  public enum Origin: Hashable, Sendable, CustomStringConvertible {
    /// Nobody gave one; the declaration's default holds.
    case fallback
    /// The file; the line of the key, where YAML told it.
    case file(line: Int?)
    /// A variable, which beats the file.
    case environment(variable: String)
    /// Set by the program itself: an option on the command line.
    case program

    /// As `watchpost settings` shows it behind a value: `default`, `line 12`, `WATCHPOST_LOG_LEVEL`, `command line`.
    public var description: String {
      switch self {
      case .fallback: "default"
      case .file(let line): line.map { "line \($0)" } ?? "file"
      case .environment(let variable): variable
      case .program: "command line"
      }
    }
  }

  /// Reads a file, of which a relative path in it begins at its directory.
  /// - Parameter environment: the process's; only variables that begin with `WATCHPOST_` are looked at.
  /// - Throws: everything that is wrong with file and environment, at once.
  public init(file path: String, environment: [String: String]) throws(ConfigurationError) {
    try self.init(reading: YAMLDocument(file: path), environment: environment, isFile: true)
  }

  /// Reads a text as if it were a file; its own mode is not looked at.
  /// - Parameters:
  ///   - file: what errors call the text.
  ///   - directory: where relative paths begin.
  public init(
    text: String, file: String = "watchpost.yaml", directory: String, environment: [String: String] = [:]
  ) throws(ConfigurationError) {
    let document = try YAMLDocument(text: text, file: file, directory: directory)
    try self.init(reading: document, environment: environment, isFile: false)
  }

  /// Goes on after a mistake, so that one run shows all of them; only settings that do not go together are looked at
  /// last, when each by itself is in order.
  /// - Parameter isFile: whether there is a mode to look at (rule X2).
  private init(reading document: YAMLDocument, environment: [String: String], isFile: Bool) throws(ConfigurationError) {
    file = document.file
    let settings = Configuration.catalog.settings
    document.root.vocabulary = settings.map(\.key)
    for section in Configuration.catalog.sections { readSection(section, from: document) }
    overlay(environment, on: settings, document)
    for setting in settings where setting.isRequired && origins[setting.key] == .fallback {
      document.report(
        .init(file, key: setting.key, "is missing", advice: "add it under `\(setting.section):`, \(setting.form)"))
    }
    readSecretFiles(settings, document)
    if isFile { requirePrivateIfSecret(settings, document) }
    if !document.hasProblems { checkTogether(document) }
    try document.finish()
  }

  /// A section of settings: `configuration.delivery`.
  public subscript<S: SettingSection>(dynamicMember section: KeyPath<Catalog, S>) -> Section<S> {
    Section(configuration: self, section: Configuration.catalog[keyPath: section])
  }

  /// The values of one section: `configuration.delivery.connections`.
  @dynamicMemberLookup
  public struct Section<S: SettingSection>: Sendable {
    /// The values, of which this is one section's view; a copy, so later changes do not show in it.
    let configuration: Configuration
    let section: S

    /// The value of a setting, of the type that its declaration says.
    public subscript<Value>(dynamicMember setting: KeyPath<S, Setting<Value>>) -> Value {
      configuration[section[keyPath: setting]]
    }
  }

  /// The value that holds. Traps for a setting that is not in the catalogue, which only the program itself could make.
  public subscript<Value>(setting: Setting<Value>) -> Value {
    guard let value = values[setting.key] as? Value else { preconditionFailure("no value for \(setting.key)") }
    return value
  }

  /// Overrides a value, for an option on the command line. The caller vouches for the bounds.
  public mutating func set<Value>(_ setting: Setting<Value>, to value: Value) {
    values[setting.key] = value
    origins[setting.key] = .program
  }

  /// Where the value that holds comes from; `fallback` too for a setting that nobody knows.
  public func origin(of setting: some AnySetting) -> Origin { origins[setting.key] ?? .fallback }

  /// Every setting as it holds, and where from; secrets are left out.
  public var effective: [(key: String, value: String, origin: Origin)] {
    Configuration.catalog.settings.map { setting in
      (setting.key, values[setting.key].map(setting.text) ?? "", origins[setting.key] ?? .fallback)
    }
  }
}

extension Configuration: CustomStringConvertible {
  /// A line for each setting: `delivery.connections: 10 (default)`; secrets are not shown.
  public var description: String {
    effective.map { "\($0.key): \($0.value.isEmpty ? "none" : $0.value) (\($0.origin))" }.joined(separator: "\n")
  }
}

// MARK: - Reading

extension Configuration {
  /// Takes the defaults of a section, then what the file has for it. A section that is no mapping is noted, and its
  /// defaults stay.
  private mutating func readSection(_ section: any SettingSection, from document: YAMLDocument) {
    let mapping = document.root.mapping(section.name)
    for setting in section.settings {
      values[setting.key] = setting.fallback(base: document.directory)
      origins[setting.key] = .fallback
      guard let mapping, let written = mapping.written(setting.name) else {
        // A required key with a wrong value is reported once, as wrong.
        if mapping?.has(setting.name) == true { origins[setting.key] = .file(line: mapping?.line(of: setting.name)) }
        continue
      }
      origins[setting.key] = .file(line: mapping.line(of: setting.name))
      do {
        values[setting.key] = try setting.read(written, base: document.directory)
      } catch {
        mapping.refuse(setting.name, error.message, advice: error.advice ?? remedy(setting))
      }
    }
  }

  /// What to write where the kind itself gave no advice.
  private func remedy(_ setting: any AnySetting) -> String {
    guard let text = setting.defaultText else { return "give \(setting.form)" }
    return "the default is \(text)"
  }

  /// Variables that begin with `WATCHPOST_` and are no settings.
  public static let reservedVariables: Set = ["WATCHPOST_CONFIG", "WATCHPOST_RECORD"]

  /// Takes over what the environment says. Every variable that begins with `WATCHPOST_` must be a setting: a slip in a
  /// name would otherwise change nothing and say nothing. In the order of names, so that mistakes come in the same
  /// order in every run.
  private mutating func overlay(
    _ environment: [String: String], on settings: [any AnySetting], _ document: YAMLDocument
  ) {
    let byVariable = Dictionary(uniqueKeysWithValues: settings.map { ($0.variable, $0) })
    for (variable, text) in environment.sorted(by: { $0.key < $1.key })
    where variable.hasPrefix("WATCHPOST_") && !Configuration.reservedVariables.contains(variable) {
      guard let setting = byVariable[variable] else {
        let guess = nearest(to: variable, among: byVariable.keys.sorted()).map { "did you mean \($0)?" }
        document.report(.init(variable, "there is no such setting", advice: guess ?? "unset the variable"))
        continue
      }
      origins[setting.key] = .environment(variable: variable)
      do {
        values[setting.key] = try setting.read(.text(text), base: document.directory)
      } catch {
        document.report(.init(variable, Refusal(error.message, error.advice ?? remedy(setting))))
      }
    }
  }

  /// Secrets given as `KEY_file`. The environment's word beats the file's; both in one place is a mistake.
  private mutating func readSecretFiles(_ settings: [any AnySetting], _ document: YAMLDocument) {
    for setting in settings where setting.isSecret {
      let fileKey = setting.key + "_file"
      guard let path = values[fileKey] as? String else { continue }
      switch (origins[setting.key] ?? .fallback, origins[fileKey] ?? .fallback) {
      case (.environment, .file): continue
      case (.fallback, _), (.file, .environment):
        do {
          var text = String(
            decoding: try readFile(
              path, limit: 5000, isPrivate: true,
              missing: "write the \(setting.name.replacing("_", with: " ")) into it, and run: chmod 600 \(path)"),
            as: UTF8.self)
          while text.last?.isNewline == true { text.removeLast() }
          values[setting.key] = try setting.read(.text(text), base: document.directory)
          origins[setting.key] = origins[fileKey]
        } catch let error as ConfigurationError {
          let mistakes = error.mistakes.map { Mistake($0.place, key: fileKey, $0.message, advice: $0.advice) }
          if setting.key == Configuration.catalog.inbound.password.key {
            unreadableMailboxPassword = ConfigurationError(mistakes)
          } else {
            mistakes.forEach(document.report)
          }
        } catch {
          if let refusal = error as? Refusal { document.report(.init(path, refusal)) }
        }
      default:
        document.report(
          .init(file, key: fileKey, "\(setting.key) is given as well", advice: "keep one of the two"))
      }
    }
  }

  /// A file with a secret in it must be its owner's alone (rule X2).
  private func requirePrivateIfSecret(_ settings: [any AnySetting], _ document: YAMLDocument) {
    let secret = settings.first { setting in
      setting.isSecret && document.root.mapping(setting.section)?.has(setting.name) == true
    }
    guard secret != nil else { return }
    do {
      try requirePrivate(document.file)
    } catch {
      for problem in error.mistakes { document.report(problem) }
    }
  }
}
