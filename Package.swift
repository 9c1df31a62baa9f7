// swift-tools-version: 6.1

import PackageDescription

let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

/// Whether scripts/fuzz asks for the optimised executable. It looks into rooms, which an optimised build has to be told.
let fuzzes = Context.environment["NOTIFYD_FUZZ"] != nil

/// Whether scripts/hot-path asks for the micro-benchmarks, which nobody else has to fetch and build.
let measures = Context.environment["NOTIFYD_HOT_PATH"] != nil

/// One room of docs/architecture.md; what it may import is what it depends on, and nothing else.
func room(
    _ name: String,
    _ dependencies: [Target.Dependency],
    exclude: [String] = [],
    plugins: [Target.PluginUsage] = []
) -> Target {
    let fuzzed = ["Broker", "Database", "DomainEvents", "Pipeline", "Senders", "Telemetry"]
    let settings = (fuzzes || measures) && fuzzed.contains(name) ? strict + [.unsafeFlags(["-enable-testing"])] : strict
    return .target(name: name, dependencies: dependencies, exclude: exclude, swiftSettings: settings, plugins: plugins)
}

func tests(_ name: String, of dependencies: [Target.Dependency]) -> Target {
    .testTarget(name: name, dependencies: dependencies + ["NotifyTestKit"], swiftSettings: strict)
}

/// The fuzz targets: a test target that runs a little of each, or the executable that runs millions.
let fuzzedRooms: [Target.Dependency] = [
    "AMQPShim", "FrameFeed", "Broker", "Database", "DomainEvents", "Pipeline", "Senders", "Telemetry",
    .product(name: "Tracing", package: "swift-distributed-tracing"),
]
let fuzzing: Target =
    fuzzes
    ? .executableTarget(
        name: "fuzz",
        dependencies: fuzzedRooms,
        path: "Tests/Fuzzing",
        exclude: ["FuzzingTests.swift", "FrameFeedTests.swift"],
        swiftSettings: strict
    )
    : .testTarget(
        name: "FuzzingTests",
        dependencies: fuzzedRooms,
        path: "Tests/Fuzzing",
        exclude: ["main.swift", "FuzzCommand.swift"],
        swiftSettings: strict
    )

let measuring: [Target] =
    measures
    ? [
        .target(name: "CAllocations", path: "Benchmarks/HotPath/CAllocations"),
        .executableTarget(
            name: "HotPath",
            dependencies: fuzzedRooms + [
                "CAllocations",
                .product(name: "Benchmark", package: "benchmark"),
                .product(name: "Logging", package: "swift-log"),
            ],
            path: "Benchmarks/HotPath",
            exclude: ["CAllocations"],
            swiftSettings: strict,
            plugins: [.plugin(name: "BenchmarkPlugin", package: "benchmark")]
        ),
    ] : []

let package = Package(
    name: "notifyd",
    products: [
        .executable(name: "notifyd", targets: ["NotifyDaemon"])
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-configuration", from: "1.4.0", traits: []),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-distributed-tracing", from: "1.7.3"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: []),
        .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.1"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ] + (measures ? [.package(url: "https://github.com/ordo-one/benchmark", from: "1.38.1", traits: [])] : []),
    targets: [
        .target(
            name: "AMQPShim",
            linkerSettings: [.linkedLibrary("rabbitmq"), .linkedLibrary("ssl"), .linkedLibrary("crypto")]
        ),
        .target(name: "CurlShim", linkerSettings: [.linkedLibrary("curl")]),
        .systemLibrary(name: "CPostgres", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
        .systemLibrary(name: "CMark", pkgConfig: "libcmark", providers: [.apt(["libcmark-dev"])]),
        .systemLibrary(name: "CEpoll"),
        .systemLibrary(name: "CMalloc"),
        .systemLibrary(name: "COpenSSL", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        room(
            "Reactor",
            [
                "CEpoll",
                .product(name: "DequeModule", package: "swift-collections"),
                .product(name: "HeapModule", package: "swift-collections"),
            ]
        ),
        room("Broker", ["AMQPShim", "Reactor"]),
        room("Database", ["CPostgres", "Reactor", .product(name: "DequeModule", package: "swift-collections")]),
        room("Transfer", ["CurlShim", "Reactor"]),
        room("DomainEvents", [.product(name: "Crypto", package: "swift-crypto")]),
        .executableTarget(name: "CatalogueEmbedder", swiftSettings: strict),
        .plugin(name: "EmbedCatalogue", capability: .buildTool(), dependencies: ["CatalogueEmbedder"]),
        room(
            "Pipeline",
            [
                "DomainEvents", "CMark",
                .product(name: "Yams", package: "Yams"),
                .product(name: "Crypto", package: "swift-crypto"),
            ],
            exclude: ["BuiltInCatalogue"],
            plugins: ["EmbedCatalogue"]
        ),
        room("Senders", ["Pipeline", "DomainEvents", "Transfer", "Reactor"]),
        room(
            "NotificationLog",
            [
                "Pipeline", "DomainEvents", "Database", "Reactor",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "DequeModule", package: "swift-collections"),
            ]
        ),
        room(
            "Telemetry",
            [
                "Transfer", "Reactor", "CZlib",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Metrics", package: "swift-metrics"),
                .product(name: "Tracing", package: "swift-distributed-tracing"),
            ]
        ),
        .executableTarget(
            name: "NotifyDaemon",
            dependencies: [
                "Broker", "Database", "Transfer", "DomainEvents", "Pipeline", "Senders", "NotificationLog",
                "Telemetry", "Reactor", "CMalloc", "COpenSSL",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Configuration", package: "swift-configuration"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Metrics", package: "swift-metrics"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "Tracing", package: "swift-distributed-tracing"),
                .product(name: "Yams", package: "Yams"),
            ],
            // Where a test can have the program die; not in what is installed.
            swiftSettings: strict + [.define("CRASH_POINTS", .when(configuration: .debug))]
        ),
        .target(name: "NotifyTestKit", dependencies: ["Reactor"], path: "Tests/NotifyTestKit", swiftSettings: strict),
        .testTarget(name: "ProtocolTests", swiftSettings: strict),
        .target(
            name: "FrameFeed",
            dependencies: ["AMQPShim"],
            path: "Tests/FrameFeed",
            linkerSettings: [.linkedLibrary("rabbitmq")]
        ),
        fuzzing,
        tests("ReactorTests", of: ["Reactor"]),
        tests("BrokerTests", of: ["Broker", "AMQPShim", "Reactor"]),
        tests("DatabaseTests", of: ["Database", "Reactor"]),
        tests("TransferTests", of: ["Transfer", "CurlShim", "Reactor"]),
        tests("DomainEventsTests", of: ["DomainEvents"]),
        tests(
            "PipelineTests",
            of: ["Pipeline", "DomainEvents", .product(name: "Mustache", package: "swift-mustache")]
        ),
        tests("SendersTests", of: ["Senders", "Pipeline", "DomainEvents", "Transfer", "Reactor"]),
        tests("NotificationLogTests", of: ["NotificationLog", "Pipeline", "DomainEvents", "Database", "Reactor"]),
        tests("TelemetryTests", of: ["Telemetry", "Transfer", "Reactor"]),
        tests(
            "NotifyDaemonTests",
            of: [
                "NotifyDaemon", "Broker", "Database", "DomainEvents", "NotificationLog", "Pipeline", "Reactor",
                "Senders", "Telemetry", "Transfer",
            ]
        ),
    ] + measuring,
    swiftLanguageModes: [.v6]
)
