import Testing

@testable import Telemetry

@Suite struct TelemetryConfigurationTests {
    private static let identity = TelemetryIdentity(
        version: "0.1.0",
        instanceID: "0193a1b2",
        hostName: "web-1",
        processID: 42
    )

    private func configuration(
        _ environment: [String: String],
        credentials: [String: String] = [:],
        plaintextHosts: Set<String> = []
    ) -> TelemetryConfiguration {
        TelemetryConfiguration(
            environment: environment,
            identity: Self.identity,
            credential: { credentials[$0] },
            isPlaintextAllowed: plaintextHosts.contains
        )
    }

    private func warnings(_ environment: [String: String]) -> [String] {
        configuration(environment).warnings.map(\.description)
    }

    @Test("without variables nothing is exported and all is by default")
    func defaults() {
        let configuration = configuration([:])
        #expect(configuration.otlp == nil)
        #expect(!configuration.printsTraces)
        #expect(configuration.sampler == .parentBased(root: .alwaysOn))
        #expect(configuration.propagators == [.traceContext, .baggage])
        #expect(configuration.batch == BatchSettings())
        #expect(configuration.warnings.isEmpty)
        #expect(configuration.serviceName == "notifications-service")
    }

    @Test("an empty variable is an unset one")
    func empty() {
        let names = [
            "OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_TRACES_EXPORTER",
            "OTEL_TRACES_SAMPLER", "OTEL_BSP_SCHEDULE_DELAY", "OTEL_PROPAGATORS", "OTEL_SERVICE_NAME",
            "OTEL_SDK_DISABLED", "OTEL_RESOURCE_ATTRIBUTES", "OTEL_EXPORTER_OTLP_PROTOCOL",
        ]
        #expect(configuration(Dictionary(uniqueKeysWithValues: names.map { ($0, " ") })) == configuration([:]))
    }

    @Test(
        "the exporter is what the variable says, without it otlp where an endpoint is set",
        arguments: [
            (["OTEL_EXPORTER_OTLP_ENDPOINT": "http://localhost:4318"], true, false),
            (["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://localhost/x"], true, false),
            (["OTEL_TRACES_EXPORTER": "otlp"], true, false),
            (["OTEL_TRACES_EXPORTER": "none", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://localhost:4318"], false, false),
            (["OTEL_TRACES_EXPORTER": "console", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://localhost"], false, true),
            (["OTEL_TRACES_EXPORTER": "otlp, console"], true, true),
            (["OTEL_TRACES_EXPORTER": "otlp", "OTEL_SDK_DISABLED": "TRUE"], false, false),
            (["OTEL_TRACES_EXPORTER": "otlp", "OTEL_SDK_DISABLED": "1"], true, false),
        ]
    )
    func exporter(environment: [String: String], sends: Bool, prints: Bool) {
        let configuration = configuration(environment)
        #expect((configuration.otlp != nil) == sends)
        #expect(configuration.printsTraces == prints)
    }

    @Test("an unknown exporter is warned about and nothing is exported")
    func unknownExporter() {
        let environment = ["OTEL_TRACES_EXPORTER": "zipkin"]
        #expect(configuration(environment).otlp == nil)
        #expect(
            warnings(environment) == ["OTEL_TRACES_EXPORTER: \"zipkin\" is none of otlp, console, none; ignored"]
        )
    }

    @Test("numbers are taken, bad ones warned about and ignored")
    func numbers() {
        var expected = BatchSettings()
        expected.scheduleDelay = .milliseconds(100)
        expected.exportTimeout = .milliseconds(2000)
        expected.maximumQueueSize = 4096
        expected.maximumBatchSize = 1024
        let good = [
            "OTEL_BSP_SCHEDULE_DELAY": "100", "OTEL_BSP_EXPORT_TIMEOUT": "2000", "OTEL_BSP_MAX_QUEUE_SIZE": "4096",
            "OTEL_BSP_MAX_EXPORT_BATCH_SIZE": "1024",
        ]
        #expect(configuration(good).batch == expected)
        for bad in ["-1", "5s", "1.5", "99999999999999999999", "0x10"] {
            let configuration = configuration(["OTEL_BSP_SCHEDULE_DELAY": bad])
            #expect(configuration.batch == BatchSettings())
            #expect(configuration.warnings.map(\.variable) == ["OTEL_BSP_SCHEDULE_DELAY"])
        }
    }

    @Test("a batch is never larger than the queue; only one that was asked for is warned about")
    func batchAndQueue() {
        let asked = configuration(["OTEL_BSP_MAX_QUEUE_SIZE": "100", "OTEL_BSP_MAX_EXPORT_BATCH_SIZE": "200"])
        #expect(asked.batch.maximumBatchSize == 100)
        #expect(asked.warnings.map(\.variable) == ["OTEL_BSP_MAX_EXPORT_BATCH_SIZE"])
        let implied = configuration(["OTEL_BSP_MAX_QUEUE_SIZE": "100"])
        #expect(implied.batch.maximumBatchSize == 100)
        #expect(implied.warnings.isEmpty)
        #expect(configuration(["OTEL_BSP_MAX_QUEUE_SIZE": "1000000000"]).batch.maximumQueueSize == 131_072)
    }

    @Test(
        "samplers by their names, with their argument",
        arguments: [
            ("always_on", nil, Sampler.alwaysOn), ("always_off", nil, .alwaysOff),
            ("traceidratio", "0.25", .ratio(0.25)), ("traceidratio", nil, .ratio(1)),
            ("parentbased_always_on", nil, .parentBased(root: .alwaysOn)),
            ("parentbased_always_off", "0.5", .parentBased(root: .alwaysOff)),
            ("parentbased_traceidratio", "0.5", .parentBased(root: .ratio(0.5))),
        ] as [(String, String?, Sampler)]
    )
    func samplers(name: String, argument: String?, sampler: Sampler) {
        var environment = ["OTEL_TRACES_SAMPLER": name]
        environment["OTEL_TRACES_SAMPLER_ARG"] = argument
        let configuration = configuration(environment)
        #expect(configuration.sampler == sampler)
        #expect(configuration.warnings.isEmpty)
    }

    @Test("a bad share is warned about and counts as 1, an unknown sampler as the default")
    func badSamplers() {
        for bad in ["2", "-0.1", "nan", "half"] {
            let configuration = configuration(["OTEL_TRACES_SAMPLER": "traceidratio", "OTEL_TRACES_SAMPLER_ARG": bad])
            #expect(configuration.sampler == .ratio(1))
            #expect(configuration.warnings.map(\.variable) == ["OTEL_TRACES_SAMPLER_ARG"])
        }
        let unknown = configuration(["OTEL_TRACES_SAMPLER": "jaeger_remote"])
        #expect(unknown.sampler == .parentBased(root: .alwaysOn))
        #expect(unknown.warnings.map(\.variable) == ["OTEL_TRACES_SAMPLER"])
    }

    @Test("propagators by name, none is none, unknown ones are warned about and left out")
    func propagators() {
        #expect(configuration(["OTEL_PROPAGATORS": "tracecontext"]).propagators == [.traceContext])
        #expect(configuration(["OTEL_PROPAGATORS": "none"]).propagators == [])
        let mixed = configuration(["OTEL_PROPAGATORS": "baggage,b3"])
        #expect(mixed.propagators == [.baggage])
        #expect(mixed.warnings.map(\.variable) == ["OTEL_PROPAGATORS"])
    }

    @Test("the resource is the process, the given attributes over it, the service name last")
    func resource() {
        let resource = configuration([
            "OTEL_RESOURCE_ATTRIBUTES": "deployment.environment.name=prod%20eu, host.name=given,service.name=loses",
            "OTEL_SERVICE_NAME": "wins",
        ]).resource
        #expect(resource["service.name"] == "wins")
        #expect(resource["service.version"] == "0.1.0")
        #expect(resource["service.instance.id"] == "0193a1b2")
        #expect(resource["host.name"] == "given")
        #expect(resource["process.pid"] == 42)
        #expect(resource["deployment.environment.name"] == "prod eu")
    }

    @Test("one broken pair spoils all resource attributes", arguments: ["a=1,b", "a=1,=2", "a=%zz", "a=%f"])
    func brokenResource(list: String) {
        let configuration = configuration(["OTEL_RESOURCE_ATTRIBUTES": list])
        #expect(configuration.resource == self.configuration([:]).resource)
        #expect(configuration.warnings.map(\.variable) == ["OTEL_RESOURCE_ATTRIBUTES"])
    }
}

@Suite struct OTLPSettingsTests {
    private func read(
        _ environment: [String: String],
        credentials: [String: String] = [:],
        plaintextHosts: Set<String> = []
    ) -> (settings: OTLPSettings?, warnings: [TelemetryWarning]) {
        var variables = TelemetryEnvironment(environment) { credentials[$0] }
        let settings = OTLPSettings.read(&variables, isPlaintextAllowed: plaintextHosts.contains)
        return (settings, variables.warnings)
    }

    @Test(
        "the general endpoint gets the path, the traces endpoint stays as it is and wins",
        arguments: [
            ([:], "http://localhost:4318/v1/traces"),
            (["OTEL_EXPORTER_OTLP_ENDPOINT": "https://c.example"], "https://c.example/v1/traces"),
            (["OTEL_EXPORTER_OTLP_ENDPOINT": "https://c.example/base/"], "https://c.example/base/v1/traces"),
            (["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "https://c.example/x"], "https://c.example/x"),
            (
                [
                    "OTEL_EXPORTER_OTLP_ENDPOINT": "https://a.example",
                    "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "https://b.example",
                ], "https://b.example"
            ),
        ]
    )
    func endpoint(environment: [String: String], url: String) {
        #expect(read(environment).settings?.url == url)
    }

    @Test(
        "an endpoint that is no URL exports nothing and says so",
        arguments: [
            "collector:4318", "grpc://c.example", "http://", "https://user:pw@c.example", "http://a b", "http://c:x",
        ]
    )
    func badEndpoint(url: String) {
        let (settings, warnings) = read(["OTEL_EXPORTER_OTLP_ENDPOINT": url])
        #expect(settings == nil)
        #expect(warnings.map(\.variable) == ["OTEL_EXPORTER_OTLP_ENDPOINT"])
        #expect(!warnings.description.contains("pw"))
    }

    @Test("another protocol than http/protobuf exports nothing and says so", arguments: ["grpc", "http/json"])
    func otherProtocol(name: String) {
        let (settings, warnings) = read(["OTEL_EXPORTER_OTLP_PROTOCOL": name])
        #expect(settings == nil)
        #expect(
            warnings.map(\.description) == [
                "OTEL_EXPORTER_OTLP_PROTOCOL: \"\(name)\" is not supported, only http/protobuf is; nothing is exported"
            ]
        )
        let specific = ["OTEL_EXPORTER_OTLP_PROTOCOL": name, "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL": "http/protobuf"]
        #expect(read(specific).settings != nil)
    }

    @Test("timeout, compression and certificate: the specific before the general one")
    func others() {
        let (settings, warnings) = read([
            "OTEL_EXPORTER_OTLP_TIMEOUT": "1000", "OTEL_EXPORTER_OTLP_TRACES_TIMEOUT": "2000",
            "OTEL_EXPORTER_OTLP_COMPRESSION": "gzip", "OTEL_EXPORTER_OTLP_CERTIFICATE": "/ca.pem",
        ])
        #expect(settings?.timeout == .seconds(2))
        #expect(settings?.compression == .gzip)
        #expect(settings?.certificateFile == "/ca.pem")
        #expect(warnings.isEmpty)
        #expect(read(["OTEL_EXPORTER_OTLP_COMPRESSION": "zstd"]).warnings.count == 1)
    }

    @Test("a specific value that is ignored leaves the word to the general one")
    func ignoredSpecific() {
        let (settings, warnings) = read([
            "OTEL_EXPORTER_OTLP_TRACES_TIMEOUT": "soon", "OTEL_EXPORTER_OTLP_TIMEOUT": "3000",
            "OTEL_EXPORTER_OTLP_TRACES_COMPRESSION": "zstd", "OTEL_EXPORTER_OTLP_COMPRESSION": "gzip",
        ])
        #expect(settings?.timeout == .seconds(3))
        #expect(settings?.compression == .gzip)
        #expect(
            warnings.map(\.variable)
                == ["OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "OTEL_EXPORTER_OTLP_TRACES_COMPRESSION"]
        )
    }

    @Test("headers are decoded, come from a credential file too, and print as stars")
    func headers() throws {
        let list = "Authorization=Bearer%20s3cret, x-tenant=a"
        let fromVariable = try #require(read(["OTEL_EXPORTER_OTLP_HEADERS": list]).settings).headers
        let fromFile = try #require(read([:], credentials: ["otel_exporter_otlp_headers": list + "\n"]).settings)
            .headers
        #expect(fromVariable.items.map(\.name) == ["authorization", "x-tenant"])
        #expect(fromVariable.items.first?.value == "Bearer s3cret")
        #expect(fromFile == fromVariable)
        var dumped = ""
        dump(fromVariable, to: &dumped)
        for text in ["\(fromVariable)", String(reflecting: fromVariable), dumped] { #expect(!text.contains("s3cret")) }
    }

    @Test("a header that would break the request is left out, its value named nowhere")
    func badHeaders() {
        let (settings, warnings) = read(["OTEL_EXPORTER_OTLP_HEADERS": "a=s3cret%0D%0AX: y,b c=s3cret,ok=1"])
        #expect(settings?.headers.items.map(\.name) == ["ok"])
        #expect(warnings.count == 2)
        #expect(!warnings.description.contains("s3cret"))
    }

    @Test("over plain http elsewhere spans go with a warning, headers only where it is allowed")
    func plaintext() {
        let environment = [
            "OTEL_EXPORTER_OTLP_ENDPOINT": "http://Collector.example:4318", "OTEL_EXPORTER_OTLP_HEADERS": "a=1",
        ]
        let strict = read(environment)
        #expect(strict.settings?.headers.items.isEmpty == true)
        #expect(strict.warnings.map(\.variable) == ["OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_HEADERS"])
        let allowed = read(environment, plaintextHosts: ["collector.example"])
        #expect(allowed.settings?.headers.items.count == 1)
        #expect(allowed.warnings.map(\.variable) == ["OTEL_EXPORTER_OTLP_ENDPOINT"])
    }

    @Test(
        "loopback needs no permission",
        arguments: [
            "http://127.0.0.1:4318", "http://localhost", "http://[::1]:4318/", "http://127.9.9.9", "https://c.example",
        ]
    )
    func loopback(url: String) {
        let (settings, warnings) = read(["OTEL_EXPORTER_OTLP_ENDPOINT": url, "OTEL_EXPORTER_OTLP_HEADERS": "a=1"])
        #expect(settings?.headers.items.count == 1)
        #expect(warnings.isEmpty)
    }

    @Test(
        "a name that only looks like loopback is not",
        arguments: ["127.0.0.1.example", "localhost.example", "127.0.0"]
    )
    func notLoopback(host: String) {
        #expect(CollectorAddress("http://\(host)/")?.isLoopback == false)
    }
}
