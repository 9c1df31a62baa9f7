/// `application/x-www-form-urlencoded` (WHATWG URL §5.2): every byte but unreserved ones escaped.
enum FormEncoding {
    static func encode(_ fields: [(name: String, value: String)]) -> [UInt8] {
        var result: [UInt8] = []
        for (name, value) in fields {
            if !result.isEmpty { result.append(UInt8(ascii: "&")) }
            append(name, to: &result)
            result.append(UInt8(ascii: "="))
            append(value, to: &result)
        }
        return result
    }

    private static let hex = Array("0123456789ABCDEF".utf8)

    private static func append(_ text: String, to result: inout [UInt8]) {
        for byte in text.utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2A, 0x2D, 0x2E, 0x5F: result.append(byte)
            case 0x20: result.append(UInt8(ascii: "+"))
            default: result.append(contentsOf: [UInt8(ascii: "%"), hex[Int(byte >> 4)], hex[Int(byte & 15)]])
            }
        }
    }
}
