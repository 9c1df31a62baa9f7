@testable import Database

extension FuzzTarget {
    /// Cells of any bytes under any type: a value, null, or an error that names the column.
    static var rows: FuzzTarget {
        let types: [UInt32] = [
            TypeOID.boolean, TypeOID.bytea, TypeOID.int8, TypeOID.int2, TypeOID.int4, TypeOID.text, TypeOID.jsonb,
            TypeOID.float8, TypeOID.timestamptz, TypeOID.uuid, TypeOID.textArray, TypeOID.uuidArray, 0,
        ]
        let mutator = ByteMutator(dictionary: ["\u{0}\u{0}\u{0}\u{1}", "\u{0}\u{0}\u{0}\u{0}"])
        return FuzzTarget("rows", weight: 1500) { random in
            var cell: [UInt8] = [
                0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 25, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 1, 0x61, 0, 0, 0, 1, 0x62,
            ]
            if random.once(in: 3) { cell = random.bytes(random.size(upTo: 40)) }
            mutator.mutate(&cell, &random, count: random.below(4))
            return (random.pick(types), random.once(in: 12) ? nil : cell)
        } check: { (type: UInt32, cell: [UInt8]?) in
            let row = ResultRow(columns: [ResultTable.Column(name: "c", type: type)], cells: [cell])
            let readers: [(ResultRow) throws -> Void] = [
                { _ = try $0.text(0) }, { _ = try $0.integer(0) }, { _ = try $0.boolean(0) }, { _ = try $0.double(0) },
                { _ = try $0.bytes(0) }, { _ = try $0.uuid(0) }, { _ = try $0.timestamp(0) }, { _ = try $0.texts(0) },
                { _ = try $0.uuids(0) }, { _ = try $0.text(1) },
            ]
            for read in readers {
                do {
                    try read(row)
                } catch let error as DatabaseError {
                    try require(!error.description.isEmpty, "an error without a word")
                }
            }
        }
    }
}
