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
  case "Composition": ["Golden"]
  case "EndToEnd": ["Snapshots"]
  case "Sources": ["Fixtures"]
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
    .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.0"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.0"),
    .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.0"),
  ],
  targets: [
    // C libraries: a module map and static-inline wrappers each, nothing else.
    .systemLibrary(name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
    .systemLibrary(name: "CCmark", providers: [.apt(["libcmark-gfm-dev", "libcmark-gfm-extensions-dev"])]),
    .systemLibrary(name: "CXML", pkgConfig: "libxml-2.0", providers: [.apt(["libxml2-dev"])]),
    .systemLibrary(name: "CPostgres", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),

    // Arrows point down only.
    module("Mail", []),
    module(
      "SQL",
      [
        "CPostgres", .product(name: "GRDB", package: "GRDB.swift"),
        .product(name: "GRDBSQLite", package: "GRDB.swift"),
      ]),
    module("Tokens", ["Mail", .product(name: "Crypto", package: "swift-crypto")]),
    module("Settings", [.product(name: "Yams", package: "Yams")]),
    module("Forum", ["Mail"]),
    module("Sources", ["Forum", "SQL", "Settings"]),
    module("Ledger", ["Forum", "Mail", "SQL"]),
    module(
      "Composition",
      ["Forum", "Mail", "Tokens", "CCmark", "CXML", .product(name: "Mustache", package: "swift-mustache")],
      resources: [.embedInCode("Templates")]),
    module("Delivery", ["Mail", "CCurl"]),
    module(
      "Capture",
      [
        "Mail", .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
      ]),
    module(
      "Jobs",
      [
        "Forum", "Mail", "Tokens", "Sources", "Ledger", "Composition", "Delivery", "Settings", "SQL",
        .product(name: "Logging", package: "swift-log"),
      ]),
    .executableTarget(
      name: "watchpost",
      dependencies: [
        "Forum", "Mail", "Tokens", "Sources", "Ledger", "Composition", "Delivery", "Settings", "SQL",
        "Jobs", "Capture",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "Logging", package: "swift-log"),
      ],
      resources: [.embedInCode("Resources")],
      swiftSettings: strict),

    // What the tests share: fixtures, a database that fails on command, golden files.
    module("TestSupport", ["Forum", "Mail", "SQL", "Sources", "Ledger", "Tokens"]),
    tests("Mail", ["Mail", "TestSupport"]),
    tests("SQL", ["SQL", "TestSupport"]),
    tests("Tokens", ["Tokens"]),
    tests("Settings", ["Settings"]),
    tests("Forum", ["Forum", "Mail", "TestSupport"]),
    tests("Sources", ["Sources", "Forum", "Mail", "SQL", "Settings", "TestSupport"]),
    tests("Ledger", ["Ledger", "Forum", "Mail", "SQL", "TestSupport"]),
    tests("Composition", ["Composition", "Forum", "Mail", "Tokens"]),
    tests(
      "Delivery",
      ["Delivery", "Mail", "Capture", "TestSupport", .product(name: "Subprocess", package: "swift-subprocess")]),
    tests("Capture", ["Capture", "Mail", "TestSupport"]),
    tests(
      "Jobs",
      [
        "Jobs", "Forum", "Mail", "Tokens", "Sources", "Ledger", "Composition", "Delivery", "Capture", "SQL",
        "Settings", "TestSupport", .product(name: "Logging", package: "swift-log"),
      ]),
    tests(
      "EndToEnd",
      [
        "TestSupport", "Capture", "Forum", "Jobs", "Mail", "SQL", "Sources",
        .product(name: "Subprocess", package: "swift-subprocess"),
        .target(name: "watchpost"),
      ]),
  ]
)
