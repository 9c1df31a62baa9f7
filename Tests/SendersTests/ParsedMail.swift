@testable import Senders

/// A message taken apart by the rules of RFC 5322 and 2045, for tests to look at.
struct ParsedMail {
    var fields: [(name: String, value: String)] = []
    var parts: [(header: String, body: [UInt8])] = []
    var lines: [[UInt8]] = []

    /// nil for bytes that are no message with CR LF line ends and a boundary.
    init?(_ bytes: [UInt8]) {
        lines = Self.lines(bytes)
        guard let headerEnd = lines.firstIndex(of: []) else { return nil }
        for line in lines[..<headerEnd].map({ String(decoding: $0, as: UTF8.self) }) {
            if line.first == " " || line.first == "\t", let last = fields.indices.last {
                fields[last].value += line
            } else if let colon = line.firstIndex(of: ":") {
                fields.append((String(line[..<colon]), String(line[line.index(after: colon)...].drop { $0 == " " })))
            } else {
                return nil
            }
        }
        guard let type = self["Content-Type"], let quote = type.firstIndex(of: "\"") else { return nil }
        let boundary = Array("--\(type[type.index(after: quote)...].dropLast())".utf8)
        var current: [[UInt8]]?
        for line in lines[headerEnd...] {
            if line == boundary || line == boundary + Array("--".utf8) {
                if let current { append(part: current) }
                current = []
            } else {
                current?.append(line)
            }
        }
    }

    subscript(_ name: String) -> String? { fields.first { $0.name == name }?.value }

    var names: [String] { fields.map(\.name) }

    private mutating func append(part: [[UInt8]]) {
        guard let headerEnd = part.firstIndex(of: []) else { return }
        let header = part[..<headerEnd].map { String(decoding: $0, as: UTF8.self) }.joined(separator: "\n")
        let body = Array(part[(headerEnd + 1)...])
        parts.append((header, header.contains("base64") ? Self.base64(body) : Self.quotedPrintable(body)))
    }

    private static func lines(_ bytes: [UInt8]) -> [[UInt8]] {
        var lines: [[UInt8]] = []
        var current: [UInt8] = []
        var index = 0
        while index < bytes.count {
            if bytes[index] == 0x0D, index + 1 < bytes.count, bytes[index + 1] == 0x0A {
                lines.append(current)
                current = []
                index += 2
            } else {
                current.append(bytes[index])
                index += 1
            }
        }
        return lines
    }

    private static func quotedPrintable(_ lines: [[UInt8]]) -> [UInt8] {
        var result: [UInt8] = []
        for line in lines {
            var index = 0
            var isSoft = false
            while index < line.count {
                if line[index] != UInt8(ascii: "=") {
                    result.append(line[index])
                    index += 1
                } else if index + 2 < line.count,
                    let byte = UInt8(String(decoding: line[(index + 1)...(index + 2)], as: UTF8.self), radix: 16)
                {
                    result.append(byte)
                    index += 3
                } else {
                    isSoft = true
                    index += 1
                }
            }
            if !isSoft { result.append(0x0A) }
        }
        return result
    }

    static func base64(_ lines: [[UInt8]]) -> [UInt8] {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        var result: [UInt8] = []
        var buffer: UInt32 = 0
        var bits = 0
        for byte in lines.joined() {
            guard let value = alphabet.firstIndex(of: byte) else { continue }
            buffer = buffer << 6 | UInt32(value)
            bits += 6
            if bits >= 8 {
                bits -= 8
                result.append(UInt8(buffer >> UInt32(bits) & 255))
            }
        }
        return result.filter { $0 != 0x0D }
    }

    /// The text of a field whose encoded words are all `=?UTF-8?B?…?=`.
    static func decoded(_ value: String) -> String {
        var result: [UInt8] = []
        var wasEncoded = false
        for word in value.split(separator: " ") {
            if word.hasPrefix("=?UTF-8?B?"), word.hasSuffix("?=") {
                if !result.isEmpty, !wasEncoded { result.append(0x20) }
                result += base64([Array(word.dropFirst(10).dropLast(2).utf8)])
                wasEncoded = true
            } else {
                if !result.isEmpty { result.append(0x20) }
                result += Array(word.utf8)
                wasEncoded = false
            }
        }
        return String(decoding: result, as: UTF8.self)
    }
}
