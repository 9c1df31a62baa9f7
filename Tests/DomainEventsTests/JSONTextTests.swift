import FoundationEssentials
import NotifyTestKit
import Testing

@testable import DomainEvents

@Suite("JSON bodies")
struct JSONTextTests {
    private func rejection(_ bytes: [UInt8]) throws -> EventRejection {
        try #require(throws: EventRejection.self) { try JSONText.object(in: bytes) }
    }

    @Test("every kind of value is read, numbers from their own text")
    func values() throws {
        let json =
            #"{"n":null,"t":true,"f":false,"d":0.30000000000000004,"s":"a\u00e9\ud83d\ude00\"","a":[1,[]],"o":{"x":{}}}"#
        #expect(
            try JSONText.object(in: Array(json.utf8)) == [
                "n": .null, "t": .boolean(true), "f": .boolean(false), "d": .number(.exactly("0.30000000000000004")),
                "s": .string("aé😀\""), "a": .array([.number(1), .array([])]), "o": .object(["x": .object([:])]),
            ]
        )
    }

    @Test(
        "what RFC 8259 does not allow is json.invalid",
        arguments: [
            "", " ", "{", "}", "{]", "[}", #"{"a":1"#, #"{"a":1,}"#, #"{"a":[1,]}"#, #"{"a":[1, ]}"#, #"{,"a":1}"#,
            #"{"a":1}}"#, #"{"a":1} x"#, #"{"a":1}{"b":2}"#, #"{"a":01}"#, #"{"a":+1}"#, #"{"a":.5}"#, #"{"a":1.}"#,
            #"{"a":0x10}"#, #"{"a":1e}"#, #"{"a":NaN}"#, #"{"a":Infinity}"#, #"{"a":-}"#, #"{"a":tru}"#,
            #"{"a":truex}"#,
            #"{"a":'b'}"#, #"{a:1}"#, #"{"a" 1}"#, #"{"a"::1}"#, #"{"a":1 "b":2}"#, #"{"a":1,,"b":2}"#, #"{"a":[1 2]}"#,
            #"{"a":"\x"}"#, #"{"a":"\u12"}"#, #"{"a":"\ud800"}"#, #"{"a":"\ud800\u0041"}"#, "{\"a\":\"b\nc\"}",
            "{\"a\":\"b\u{1}c\"}", #"{"a":"b}"#, "// c\n{}", #"{"a":1}/**/"#, "\u{FEFF}{}", #"{"a":1e400}"#, #"{1:2}"#,
            #"{"a":}"#, #"{"a"}"#, "nonsense",
        ]
    )
    func invalid(json: String) throws {
        #expect(try rejection(Array(json.utf8)).code == .jsonInvalid)
    }

    @Test("JSON that is no object is a wrong shape", arguments: ["[]", "1", #""a""#, "null", "true", #"[{"a":1}]"#])
    func notAnObject(json: String) throws {
        #expect(try rejection(Array(json.utf8)).code == .shapeInvalid)
    }

    @Test(
        "bytes that are not UTF-8 are refused",
        arguments: [
            [0x7B, 0x22, 0x61, 0xFF, 0x22, 0x3A, 0x31, 0x7D], [0x7B, 0x22, 0xC0, 0xAF, 0x22, 0x3A, 0x31, 0x7D],
            [0x7B, 0x22, 0xED, 0xA0, 0x80, 0x22, 0x3A, 0x31, 0x7D], [0xFF, 0xFE, 0x7B, 0x00, 0x7D, 0x00],
        ]
    )
    func notUTF8(bytes: [UInt8]) throws {
        #expect(try rejection(bytes).code == .jsonInvalid)
    }

    @Test(
        "two members of the same name are refused, however they are spelled and however deep",
        arguments: [
            #"{"a":1,"a":1}"#, #"{"a":1,"\u0061":2}"#, #"{"o":{"x":1,"x":2}}"#, #"{"l":[{"x":1,"x":2}]}"#,
        ]
    )
    func duplicates(json: String) throws {
        let rejection = try rejection(Array(json.utf8))
        #expect(rejection.code == .jsonInvalid)
        #expect(rejection.message.contains("same name"))
    }

    @Test("brackets, colons and commas within texts count for nothing")
    func punctuationInText() throws {
        let json = #"{"a:,]}":"{[:,\":\\","b":["]",":"]}"#
        #expect(try JSONText.object(in: Array(json.utf8)).count == 2)
    }

    @Test("64 levels are read, one more is refused, a hundred thousand cost no stack")
    func depth() throws {
        func nested(_ levels: Int) -> [UInt8] {
            Array(#"{"a":"#.utf8) + Array(repeating: UInt8(ascii: "["), count: levels - 1)
                + Array(repeating: UInt8(ascii: "]"), count: levels - 1) + [UInt8(ascii: "}")]
        }
        _ = try JSONText.object(in: nested(64))
        #expect(try rejection(nested(65)).code == .jsonInvalid)
        #expect(try rejection(nested(100_000)).code == .jsonInvalid)
        #expect(try rejection(Array(repeating: UInt8(ascii: "["), count: 100_000)).code == .jsonInvalid)
    }

    @Test(
        "NUL is refused wherever it hides",
        arguments: [
            #"{"a":"x\u0000"}"#, #"{"a\u0000":1}"#, #"{"a":[{"b":"\u0000"}]}"#,
        ]
    )
    func escapedNUL(json: String) throws {
        #expect(try rejection(Array(json.utf8)).code == .shapeInvalid)
    }

    @Test("whatever it accepts, Foundation's decoder reads as the same value")
    func agreesWithFoundation() throws {
        let seed = Array(#"{"a":[1,2.50e3,"x\u00e9\n\ud83d\ude00"],"b":{"c":null,"d":true},"e":-0.01,"é":[]}"#.utf8)
        var random = SeededRandom(seed: 7)
        var accepted = 0
        for _ in 0..<20_000 {
            var bytes = seed
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                // What stands elsewhere in it is more often JSON than any byte would be.
                bytes[Int.random(in: bytes.indices, using: &random)] = seed.randomElement(using: &random) ?? 0
            }
            guard let value = try? JSONValue(parsing: bytes) else { continue }
            accepted += 1
            let reference = try JSONDecoder().decode(ReferenceJSON.self, from: Data(bytes))
            #expect(value == reference.value, "\(String(decoding: bytes, as: UTF8.self))")
        }
        #expect(accepted > 1000)
    }

    @Test(
        "a number is the decimal that its text says, or refused",
        arguments: [
            "0", "-0", "1e2", "1E+2", "12345678901234567890123456789012345678", "0.1e-10", "1e127", "1e-127", "-1.50",
            "123456789012345678901234567890123456789012345", "1e-400", "9007199254740993",
        ]
    )
    func numbers(text: String) throws {
        let bytes = Array("[\(text)]".utf8)
        let reference = try? JSONDecoder().decode([Decimal].self, from: Data(bytes))
        #expect((try? JSONValue(parsing: bytes)) == reference.map { .array($0.map(JSONValue.number)) })
    }

    @Test("any bytes end in an object or a rejection, none in a trap")
    func mutations() {
        let seed = Array(#"{"a":[1,2.5e3,"x\u00e9\n"],"b":{"c":null,"d":true},"e":-0.01}"#.utf8)
        for position in seed.indices {
            for byte in UInt8.min...UInt8.max {
                var bytes = seed
                bytes[position] = byte
                _ = try? JSONText.object(in: bytes)
            }
            _ = try? JSONText.object(in: Array(seed[..<position]))
        }
    }
}

/// A JSON value as Foundation reads it.
private struct ReferenceJSON: Decodable {
    let value: JSONValue

    init(from decoder: any Decoder) throws {
        let single = try decoder.singleValueContainer()
        if single.decodeNil() {
            value = .null
        } else if let flag = try? single.decode(Bool.self) {
            value = .boolean(flag)
        } else if let number = try? single.decode(Decimal.self) {
            value = .number(number)
        } else if let text = try? single.decode(String.self) {
            value = .string(text)
        } else if let elements = try? single.decode([ReferenceJSON].self) {
            value = .array(elements.map(\.value))
        } else {
            value = .object(try single.decode([String: ReferenceJSON].self).mapValues(\.value))
        }
    }
}
