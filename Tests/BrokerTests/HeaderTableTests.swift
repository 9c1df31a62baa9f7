import AMQPShim
import Testing

@testable import Broker

@Suite("Header tables")
struct HeaderTableTests {
    /// Texts for the fields, kept alive as long as `body` runs.
    private func read(
        _ entries: Int,
        _ fields: [(type: Character, name: String, text: String, integer: Int64, members: UInt32)]
    ) -> [String: HeaderValue] {
        var block: [UInt8] = []
        var places: [(name: Range<Int>, text: Range<Int>)] = []
        for field in fields {
            let name = block.count..<(block.count + field.name.utf8.count)
            block += field.name.utf8
            let text = block.count..<(block.count + field.text.utf8.count)
            block += field.text.utf8
            places.append((name, text))
        }
        block.append(0)
        return block.withUnsafeBufferPointer { bytes in
            let flat = zip(fields, places).map { field, place in
                amqp_shim_field(
                    type: field.type.asciiValue ?? 0,
                    scale: 2,
                    members: field.members,
                    name: amqp_shim_bytes(
                        data: bytes.baseAddress.map { $0 + place.name.lowerBound },
                        length: place.name.count
                    ),
                    bytes: amqp_shim_bytes(
                        data: bytes.baseAddress.map { $0 + place.text.lowerBound },
                        length: place.text.count
                    ),
                    integer: field.integer,
                    natural: UInt64(bitPattern: field.integer),
                    real: Double(field.integer) / 2
                )
            }
            return flat.withUnsafeBufferPointer { HeaderTable.read($0, entries: entries) }
        }
    }

    @Test("each type of the wire: its value")
    func types() {
        let table = read(
            13,
            [
                ("t", "bool", "", 1, 0), ("b", "i8", "", -1, 0), ("B", "u8", "", 255, 0), ("s", "i16", "", -300, 0),
                ("I", "i32", "", 7, 0), ("l", "i64", "", .min, 0), ("L", "u64", "", -1, 0), ("d", "double", "", 5, 0),
                ("D", "decimal", "", 1234, 0), ("S", "text", "äö", 0, 0), ("x", "bytes", "ab", 0, 0),
                ("T", "time", "", 1_700_000_000, 0), ("V", "null", "", 0, 0),
            ]
        )
        #expect(
            table == [
                "bool": .boolean(true), "i8": .integer(-1), "u8": .integer(255), "i16": .integer(-300),
                "i32": .integer(7), "i64": .integer(.min), "u64": .unsigned(.max), "double": .double(2.5),
                "decimal": .decimal(scale: 2, value: 1234), "text": .string("äö"), "bytes": .bytes([0x61, 0x62]),
                "time": .timestamp(1_700_000_000), "null": .null,
            ]
        )
    }

    @Test("tables in arrays in tables: the same nesting, and what follows them is not lost")
    func nesting() {
        let table = read(
            2,
            [
                ("A", "x-death", "", 0, 2), ("F", "", "", 0, 2), ("S", "queue", "q", 0, 0), ("l", "count", "", 3, 0),
                ("F", "", "", 0, 0), ("S", "after", "yes", 0, 0),
            ]
        )
        #expect(
            table == [
                "x-death": .array([.table(["queue": .string("q"), "count": .integer(3)]), .table([:])]),
                "after": .string("yes"),
            ]
        )
    }

    @Test("counts that promise more than there is: what is there, and no trap")
    func lyingCounts() {
        #expect(read(9, [("S", "a", "b", 0, 0)]) == ["a": .string("b")])
        #expect(read(1, [("A", "a", "", 0, .max), ("V", "", "", 0, 0)]) == ["a": .array([.null])])
        #expect(read(1, [("F", "a", "", 0, 4)]) == ["a": .table([:])])
    }

    @Test("the same name twice: the first counts")
    func twice() {
        #expect(read(2, [("S", "a", "1", 0, 0), ("S", "a", "2", 0, 0)]) == ["a": .string("1")])
    }

    @Test("scalars as text")
    func scalarText() {
        for (value, text): (HeaderValue, String?) in [
            (.boolean(true), "true"), (.integer(-5), "-5"), (.unsigned(.max), "18446744073709551615"),
            (.double(1.5), "1.5"), (.decimal(scale: 2, value: 1999), "19.99"), (.decimal(scale: 3, value: 5), "0.005"),
            (.decimal(scale: 0, value: 5), "5"), (.string("x"), "x"), (.bytes(Array("00-ab".utf8)), "00-ab"),
            (.bytes([0xff]), nil), (.timestamp(0), "1970-01-01T00:00:00Z"),
            (.timestamp(951_782_399), "2000-02-28T23:59:59Z"), (.timestamp(951_782_400), "2000-02-29T00:00:00Z"),
            (.timestamp(4_107_542_399), "2100-02-28T23:59:59Z"), (.timestamp(4_107_542_400), "2100-03-01T00:00:00Z"),
            (.timestamp(-1), "1969-12-31T23:59:59Z"), (.timestamp(253_402_300_799), "9999-12-31T23:59:59Z"),
            (.timestamp(-62_167_219_200), "0000-01-01T00:00:00Z"), (.timestamp(.max), nil), (.timestamp(.min), nil),
            (.array([]), nil), (.table([:]), nil), (.null, nil),
        ] {
            #expect(value.scalarText == text)
        }
        #expect(HeaderValue.decimal(scale: 255, value: 1).scalarText?.count == 257)
    }
}
