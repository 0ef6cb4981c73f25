// swift-tools-version: 6.2
import PackageDescription

/// Warnings are errors in our own code; Swift 6 language mode is implied by the tools version.
let strict: [SwiftSetting] = [.treatAllWarnings(as: .error)]

func module(_ name: String, _ dependencies: [Target.Dependency], resources: [Resource]? = nil) -> Target {
  .target(name: name, dependencies: dependencies, resources: resources, swiftSettings: strict)
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .testTarget(name: name + "Tests", dependencies: dependencies, exclude: fixtures(name), swiftSettings: strict)
}

/// Golden files and fixtures are read from the source tree, not bundled.
func fixtures(_ name: String) -> [String] {
  switch name {
  case "Composition", "Stories": ["Golden"]
  case "EndToEnd": ["Snapshots"]
  case "ForumSources", "Inbound": ["Fixtures"]
  default: []
  }
}

let package = Package(
  name: "watchpost",
  products: [.executable(name: "watchpost", targets: ["watchpost"])],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
    .package(url: "https://github.com/apple/swift-crypto", from: "4.5.0"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.0", traits: ["FullFoundation"]),
    .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.0"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.0"),
    .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.0"),
  ],
  targets: [
    // C libraries: a module map and static-inline wrappers each, nothing else.
    .systemLibrary(name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
    .systemLibrary(name: "CCmark", providers: [.apt(["libcmark-gfm-dev", "libcmark-gfm-extensions-dev"])]),
    .systemLibrary(name: "CGMime", pkgConfig: "gmime-3.0", providers: [.apt(["libgmime-3.0-dev"])]),
    .systemLibrary(name: "CPostgres", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
    // The one with a line of C in it: bounds that the library does not have.
    .target(name: "CGumbo", linkerSettings: [.linkedLibrary("gumbo")]),

    // Arrows point down only. Values first: pure, no I/O.
    module("Time", []),
    module("Identifiers", []),
    module("Mistakes", []),
    module("Text", []),
    module("Mail", ["Identifiers"]),
    module("Tokens", ["Identifiers", .product(name: "Crypto", package: "swift-crypto")]),
    module("Forum", ["Identifiers", "Mail", "Time"]),
    module("DeliveryPolicy", ["Identifiers", "Mail", "Time"]),
    module("Phrases", ["Forum", "Mistakes", "Text", "Time"], resources: [.embedInCode("Catalogues")]),
    module(
      "Settings",
      ["DeliveryPolicy", "Forum", "Mail", "Mistakes", "Text", "Time", .product(name: "Yams", package: "Yams")]),

    // What they stand on: databases, the network, mails.
    module(
      "SQL",
      [
        "CPostgres", "Text", .product(name: "GRDB", package: "GRDB.swift"),
        .product(name: "GRDBSQLite", package: "GRDB.swift"),
      ]),
    module("ForumSources", ["Forum", "Mistakes", "SQL", "Settings", "Text", "Time"]),
    module("Board", ["Forum", "ForumSources", "Mail", "SQL", "Text", "Time"]),
    module(
      "Ledger",
      [
        "DeliveryPolicy", "Forum", "Identifiers", "Mail", "SQL", "Time",
        .product(name: "Crypto", package: "swift-crypto"),
      ]),
    module(
      "Composition",
      [
        "Forum", "Identifiers", "Mail", "Mistakes", "Phrases", "Text", "Time", "Tokens", "CCmark", "CGumbo",
        .product(name: "Mustache", package: "swift-mustache"),
      ],
      resources: [.embedInCode("Templates")]),
    module("Inbound", ["CGMime", "Mail", .product(name: "Crypto", package: "swift-crypto")]),
    module("Curl", ["CCurl"]),
    module("Mailboxes", ["Curl", "Mail", "Mistakes", "Text", "Time"]),
    module(
      "ReplyHooks",
      ["Curl", "Forum", "Mistakes", "Text", "Time", .product(name: "Crypto", package: "swift-crypto")]),
    module("Relay", ["Curl", "DeliveryPolicy", "Identifiers", "Mail", "Mistakes", "Time"]),
    module(
      "Capture",
      [
        "Time", .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
      ]),

    // What joins them.
    module("Membership", ["Forum", "Identifiers", "Ledger", "Mail", "Text", "Time"]),
    module("Stories", ["DeliveryPolicy", "Forum", "Identifiers", "Ledger", "Text", "Time"]),
    module(
      "Jobs",
      [
        "Composition", "DeliveryPolicy", "Forum", "Identifiers", "Inbound", "Ledger", "Mail", "Mailboxes", "Membership",
        "Mistakes", "Relay", "SQL", "Settings", "Text", "Time", "Tokens",
        .product(name: "Crypto", package: "swift-crypto"), .product(name: "Logging", package: "swift-log"),
      ]),
    module(
      "Web",
      [
        "Composition", "Forum", "Identifiers", "Ledger", "Mail", "Membership", "Phrases", "Text", "Time", "Tokens",
        .product(name: "Hummingbird", package: "hummingbird"),
        .product(name: "HummingbirdCore", package: "hummingbird"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOPosix", package: "swift-nio"),
      ],
      resources: [.embedInCode("Style")]),
    .executableTarget(
      name: "watchpost",
      dependencies: [
        "Board", "Capture", "Composition", "Curl", "DeliveryPolicy", "Forum", "ForumSources", "Identifiers", "Inbound",
        "Jobs", "Ledger", "Mail", "Mailboxes", "Membership", "Mistakes", "Phrases", "Relay", "ReplyHooks", "SQL",
        "Settings", "Stories", "Text", "Time", "Tokens", "Web",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "Logging", package: "swift-log"),
      ],
      resources: [.embedInCode("Resources")],
      swiftSettings: strict),

    // What the tests share: fixtures, a database that fails on command, golden files.
    .target(
      name: "TestSupport",
      dependencies: ["Forum", "ForumSources", "Ledger", "Mail", "SQL", "Time"],
      path: "Tests/TestSupport", swiftSettings: strict),
    tests("Time", ["TestSupport", "Time"]),
    tests("Mistakes", ["Mistakes"]),
    tests("Text", ["Text"]),
    tests("Phrases", ["Forum", "Phrases", "Time"]),
    tests("Mail", ["Mail", "TestSupport"]),
    tests("SQL", ["SQL", "TestSupport"]),
    tests("Tokens", ["Identifiers", "Mail", "Tokens"]),
    tests("Settings", ["Forum", "Mistakes", "Settings", "Time"]),
    tests("Forum", ["Forum", "TestSupport", "Time"]),
    tests("DeliveryPolicy", ["DeliveryPolicy", "Identifiers", "Mail", "TestSupport", "Time"]),
    tests("Board", ["Board", "Forum", "ForumSources", "SQL", "TestSupport", "Time"]),
    tests("ForumSources", ["Forum", "ForumSources", "Mistakes", "SQL", "TestSupport", "Time"]),
    tests("Ledger", ["DeliveryPolicy", "Forum", "Identifiers", "Ledger", "SQL", "TestSupport", "Time"]),
    tests("Membership", ["Forum", "Identifiers", "Ledger", "Membership", "SQL", "TestSupport", "Time"]),
    tests("Stories", ["DeliveryPolicy", "Forum", "Identifiers", "Ledger", "Stories", "Time"]),
    tests(
      "Composition",
      ["Composition", "Forum", "Identifiers", "Mail", "Mistakes", "TestSupport", "Time", "Tokens"]),
    tests("Inbound", ["Inbound", "Mail", "TestSupport"]),
    tests("Curl", ["CCurl", "Curl"]),
    tests(
      "Mailboxes",
      [
        "Curl", "Mailboxes", "TestSupport", "Time",
        .product(name: "Subprocess", package: "swift-subprocess"),
      ]),
    tests("ReplyHooks", ["Curl", "Forum", "ReplyHooks", "TestSupport", "Time"]),
    tests(
      "Relay",
      [
        "Capture", "DeliveryPolicy", "Identifiers", "Mail", "Relay", "TestSupport",
        .product(name: "Subprocess", package: "swift-subprocess"),
      ]),
    tests("Capture", ["Capture", "TestSupport", "Time"]),
    tests(
      "Jobs",
      [
        "Capture", "Composition", "DeliveryPolicy", "Forum", "Identifiers", "Inbound", "Jobs", "Ledger", "Mail",
        "Mailboxes", "Membership", "Mistakes", "Relay", "SQL", "Settings", "TestSupport", "Time", "Tokens",
        .product(name: "Logging", package: "swift-log"),
      ]),
    tests(
      "Web",
      [
        "Forum", "Identifiers", "Ledger", "Membership", "Phrases", "SQL", "TestSupport", "Time",
        "Tokens",
        "Web", .product(name: "Logging", package: "swift-log"),
      ]),
    tests(
      "EndToEnd",
      [
        "Board", "Capture", "DeliveryPolicy", "Forum", "ForumSources", "Jobs", "SQL", "TestSupport", "Time",
        .product(name: "Subprocess", package: "swift-subprocess"),
        .target(name: "watchpost"),
      ]),
  ]
)
