/// Attribute names of OpenTelemetry's semantic conventions 1.44 that our spans use, and those of our own under `notifyd.`.
public enum SemanticConventions {
    /// Sent with every batch, so that a backend knows which release the names are from.
    public static let schemaURL = "https://opentelemetry.io/schemas/1.44.0"

    // Messaging
    public static let messagingSystem = "messaging.system"
    public static let messagingOperationName = "messaging.operation.name"
    public static let messagingOperationType = "messaging.operation.type"
    public static let messagingDestinationName = "messaging.destination.name"
    public static let messagingRoutingKey = "messaging.rabbitmq.destination.routing_key"
    public static let messagingDeliveryTag = "messaging.rabbitmq.message.delivery_tag"
    public static let messagingMessageID = "messaging.message.id"
    public static let messagingConversationID = "messaging.message.conversation_id"
    public static let messagingBodySize = "messaging.message.body.size"

    // Database
    public static let databaseSystem = "db.system.name"
    public static let databaseNamespace = "db.namespace"
    public static let databaseCollection = "db.collection.name"
    public static let databaseOperation = "db.operation.name"
    public static let databaseQuerySummary = "db.query.summary"
    public static let databaseBatchSize = "db.operation.batch.size"
    /// SQLSTATE.
    public static let databaseStatusCode = "db.response.status_code"

    // HTTP and network
    public static let serverAddress = "server.address"
    public static let serverPort = "server.port"
    public static let httpMethod = "http.request.method"
    public static let httpStatusCode = "http.response.status_code"
    public static let urlTemplate = "url.template"
    public static let errorType = "error.type"
    public static let exceptionType = "exception.type"
    public static let exceptionMessage = "exception.message"

    // Resource
    public static let serviceName = "service.name"
    public static let serviceVersion = "service.version"
    public static let serviceInstanceID = "service.instance.id"
    public static let hostName = "host.name"
    public static let processID = "process.pid"
    public static let sdkName = "telemetry.sdk.name"
    public static let sdkLanguage = "telemetry.sdk.language"
    public static let sdkVersion = "telemetry.sdk.version"

    // Our own
    /// No convention exists for SMTP.
    public static let smtpStatusCode = "smtp.response.status_code"
    public static let notifydChannel = "notifyd.channel"
    public static let notifydOutcome = "notifyd.outcome"
    public static let notifydAttempt = "notifyd.attempt"
    /// What the message itself says its type is, where that differs from its routing key.
    public static let notifydDeclaredType = "notifyd.declared_type"
    public static let notifydProvider = "notifyd.provider"
    /// The four durations are in seconds; 0 on a kept session.
    public static let notifydDNSDuration = "notifyd.dns.duration"
    public static let notifydConnectDuration = "notifyd.connect.duration"
    public static let notifydTLSDuration = "notifyd.tls.duration"
    public static let notifydTotalDuration = "notifyd.total.duration"
}
