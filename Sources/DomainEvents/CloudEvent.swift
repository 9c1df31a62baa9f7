import FoundationEssentials

/// The CloudEvents 1.0 attributes of a message, in either mode of the AMQP protocol binding.
struct CloudEvent: Equatable {
    var id: String?
    var source: String?
    var type: String?
    var time: String?

    /// CloudEvents §3.1.1: source and id together are unique.
    var eventID: String? {
        guard let source, let id, !source.isEmpty, !id.isEmpty else { return nil }
        return "\(source)#\(id)"
    }

    /// Binary mode: an attribute a header, `cloudEvents:id` or `cloudEvents_id` (the second where a broker or a client
    /// allows no colon). All nil where the message is no CloudEvent.
    init(headers: [String: String]) {
        func attribute(_ name: String) -> String? {
            headers["cloudEvents:\(name)"] ?? headers["cloudEvents_\(name)"]
        }
        id = attribute("id")
        source = attribute("source")
        type = attribute("type")
        time = attribute("time")
    }

    /// Structured mode: the attributes are members of the body.
    init(envelope: [String: JSONValue]) throws(EventRejection) {
        func attribute(_ name: String, required: Bool) throws(EventRejection) -> String? {
            guard let value = envelope[name], value != .null else {
                guard !required else { throw .shape("the CloudEvents attribute \(name) is missing") }
                return nil
            }
            let text = try FieldDecoder.string(value, name: "the CloudEvents attribute \(name)")
            guard !text.isEmpty else { throw .shape("the CloudEvents attribute \(name) is empty") }
            return text
        }
        guard let version = try attribute("specversion", required: true), version.hasPrefix("1.") else {
            throw .shape("the CloudEvents specversion is not 1.x")
        }
        id = try attribute("id", required: true)
        source = try attribute("source", required: true)
        type = try attribute("type", required: true)
        time = try attribute("time", required: false)
    }

    /// What a content type says of the mode.
    enum Mode: Equatable {
        /// The body is the data; attributes, if any, are headers.
        case binary
        /// The body is a CloudEvent in JSON.
        case structured
        /// CloudEvents in a form that is not understood: a batch, another format.
        case unsupported
    }

    static func mode(ofContentType contentType: String?) -> Mode {
        let mediaType = (contentType ?? "").prefix { $0 != ";" }.lowercased().filter { $0 != " " && $0 != "\t" }
        guard mediaType.hasPrefix("application/cloudevents") else { return .binary }
        return mediaType == "application/cloudevents+json" ? .structured : .unsupported
    }

    /// The data of a structured CloudEvent; none is an empty object, which lacks whatever its type requires.
    static func data(of envelope: [String: JSONValue]) throws(EventRejection) -> [String: JSONValue] {
        switch (envelope["data"] ?? .null, envelope["data_base64"] ?? .null) {
        case (.null, .null):
            return [:]
        case (.object(let members), .null):
            return members
        case (let other, .null):
            throw FieldDecoder.wrongKind(other, name: "the CloudEvents data", expected: "an object")
        case (.null, .string(let text)):
            guard let bytes = Data(base64Encoded: text) else { throw .shape("data_base64 is not base64") }
            return try JSONText.object(in: [UInt8](bytes))
        case (.null, let other):
            throw FieldDecoder.wrongKind(other, name: "data_base64", expected: "a string")
        default:
            throw .shape("a CloudEvent has both data and data_base64")
        }
    }
}
