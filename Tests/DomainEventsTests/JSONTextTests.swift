import FoundationEssentials
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
