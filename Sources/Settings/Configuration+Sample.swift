import Text

extension Configuration {
  /// The annotated sample `config/watchpost.yaml`: every setting with its prose, bounds and default. What must be
  /// given stands there as an example, what may be left out is commented out with `#` and no space.
  public static func sample() -> String {
    var text = """
      # The configuration of Watchpost, with every setting there is.
      #
      # What must be set is set here, with examples. Everything else is commented out and shows its default, or an
      # example where there is none: remove the # before a key to change it.
      #
      # Lengths of time: 90s, 2m, 24h, 5d. Sizes: 100KB, 2MB. Relative paths begin at the directory of this file.
      # Any setting can be given in the environment instead, which wins: WATCHPOST_SMTP_PASSWORD is smtp.password.
      # Other variables that begin with WATCHPOST_ are errors, except WATCHPOST_CONFIG, the path of this file.
      #
      # A mistake is answered with its line by every command; `watchpost status` is a quick check.


      """
    text += catalog.sections.map(sampleSection).joined(separator: "\n")
    return text
  }

  /// A setting in three parts: what it does, what may be written, and the line itself.
  private static func sampleSection(_ section: any SettingSection) -> String {
    var text = remark(section.prose, indent: "") + "\(section.name):\n"
    for (index, setting) in section.settings.enumerated() {
      let fallback = setting.isRequired ? "Must be set." : "Default: \(setting.defaultText ?? "none")."
      text += index == 0 ? "" : "\n"
      text += remark(setting.prose, indent: "  ")
      text += remark("Value: \(setting.form). \(fallback)", indent: "  ")
      text += "  \(setting.isRequired ? "" : "#")\(setting.name): \(setting.exampleText)\n"
    }
    return text
  }

  /// Prose as lines of comment, filled to 110 columns with their indentation.
  private static func remark(_ prose: String, indent: String) -> String {
    prose.wrapped(to: 110 - indent.count).map { "\(indent)# \($0)\n" }.joined()
  }

  /// The short file that `watchpost init` writes.
  /// - Parameters:
  ///   - values: what it sets besides, by setting and in any order, as it would be written: `delivery.transport`.
  public static func minimal(
    title: String, url: String?, domain: String, relay: String? = nil,
    values: [(key: String, value: String)] = []
  ) -> String {
    var texts = [("site.name", title), ("mail.domain", domain)]
    if let relay { texts.append(("delivery.transport", relay)) }
    if let url { texts.append(("site.url", url)) }
    let lines = Dictionary(
      texts.map { ($0, yamlText($1)) } + values.map { ($0.key, $0.value) }, uniquingKeysWith: { $1 })
    var text = """
      # The configuration of Watchpost. All settings, their bounds and defaults: watchpost settings
      # A mistake is answered with its line by every command; `watchpost status` is a quick check.

      """
    for section in catalog.sections {
      let chosen = section.settings.filter { lines[$0.key] != nil }
      if chosen.isEmpty { continue }
      text += "\n\(section.name):\n" + chosen.map { "  \($0.name): \(lines[$0.key]!)\n" }.joined()
    }
    return text
  }

  /// Every setting for reading on a terminal, `width` columns wide.
  /// - Parameter section: one section alone; nil: all.
  public static func listing(section: String? = nil, width: Int = 100) -> String {
    var lines: [String] = []
    for part in catalog.sections where section == nil || part.name == section {
      if !lines.isEmpty { lines.append("") }
      lines += "\(part.name): \(part.prose)".wrapped(to: width)
      for setting in part.settings {
        let fallback = setting.isRequired ? "must be set" : "default \(setting.defaultText ?? "none")"
        lines += ["", "  \(setting.key)  (\(fallback))"]
        lines += setting.prose.wrapped(to: width - 6).map { "      \($0)" }
        lines += "\(setting.form); \(setting.variable)".wrapped(to: width - 6).map { "      \($0)" }
      }
    }
    return lines.joined(separator: "\n") + (lines.isEmpty ? "" : "\n")
  }
}
