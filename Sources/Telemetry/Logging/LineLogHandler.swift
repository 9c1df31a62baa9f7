import Logging

/// swift-log's backend: one line a message, in the backend's form.
public struct LineLogHandler: LogHandler {
    public var metadata: Logger.Metadata = [:]
    public var metadataProvider: Logger.MetadataProvider?
    /// The component, as every line of this logger has it.
    private let standard: Logger.Metadata
    private let backend: LogBackend
    private let shared: ComponentLevel
    private var override: Logger.Level?

    init(component: String, backend: LogBackend, shared: ComponentLevel, provider: Logger.MetadataProvider?) {
        standard = ["component": .string(component)]
        self.backend = backend
        self.shared = shared
        metadataProvider = provider
    }

    /// The component's level in force; setting it takes this logger out of later changes.
    public var logLevel: Logger.Level {
        get { override ?? shared.level }
        set { override = newValue }
    }

    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    /// Fields by falling precedence: the line's own, the provider's, the logger's, the component.
    public func log(event: LogEvent) {
        var own = event.metadata ?? [:]
        if let error = event.error, own["error"] == nil { own["error"] = .string(String(describing: error)) }
        let fields = LogField.merged(own, metadataProvider?.get() ?? [:], metadata, standard)
        backend.write(level: event.level, message: event.message.description, fields: fields)
    }
}
