import FoundationEssentials

/// What one statement gave back: rows in binary form with the types the server named.
public struct ResultTable: Sendable {
    public struct Column: Sendable {
        public var name: String
        var type: UInt32
    }

    public let columns: [Column]
    public let rows: [ResultRow]
    /// Rows touched by an INSERT, UPDATE or DELETE; 0 for others.
    public let affectedRows: Int

    init(columns: [Column], cells: [[[UInt8]?]], affectedRows: Int) {
        self.columns = columns
        self.affectedRows = affectedRows
        rows = cells.map { ResultRow(columns: columns, cells: $0) }
    }
}

/// One row; a cell is read by its position under the type the caller expects.
///
/// A cell of another type is an `unexpectedResult` error: schema and program disagree, and no data from outside can
/// cause it.
public struct ResultRow: Sendable {
    let columns: [ResultTable.Column]
    let cells: [[UInt8]?]

    public func isNull(_ index: Int) -> Bool {
        !cells.indices.contains(index) || cells[index] == nil
    }

    public func text(_ index: Int) throws(DatabaseError) -> String {
        try require(optionalText(index), index)
    }

    public func optionalText(_ index: Int) throws(DatabaseError) -> String? {
        let cell = try cell(
            index,
            of: [TypeOID.text, TypeOID.varchar, TypeOID.name, TypeOID.json, TypeOID.jsonb],
            "text"
        )
        guard let cell else { return nil }
        return String(decoding: columns[index].type == TypeOID.jsonb ? cell.dropFirst() : cell[...], as: UTF8.self)
    }

    public func integer(_ index: Int) throws(DatabaseError) -> Int64 {
        try require(optionalInteger(index), index)
    }

    public func optionalInteger(_ index: Int) throws(DatabaseError) -> Int64? {
        guard let cell = try cell(index, of: [TypeOID.int2, TypeOID.int4, TypeOID.int8], "integer") else { return nil }
        // Sign-extends the two, four or eight bytes.
        let start: Int64 = (cell.first ?? 0) & 0x80 == 0 ? 0 : -1
        return cell.reduce(start) { $0 << 8 | Int64($1) }
    }

    public func boolean(_ index: Int) throws(DatabaseError) -> Bool {
        try require(cell(index, of: [TypeOID.boolean], "boolean"), index) != [0]
    }

    public func double(_ index: Int) throws(DatabaseError) -> Double? {
        guard let cell = try cell(index, of: [TypeOID.float8], "double precision") else { return nil }
        return Double(bitPattern: cell.reduce(0) { $0 << 8 | UInt64($1) })
    }

    public func bytes(_ index: Int) throws(DatabaseError) -> [UInt8]? {
        try cell(index, of: [TypeOID.bytea], "bytea")
    }

    public func uuid(_ index: Int) throws(DatabaseError) -> UUID {
        try require(optionalUUID(index), index)
    }

    public func optionalUUID(_ index: Int) throws(DatabaseError) -> UUID? {
        guard let cell = try cell(index, of: [TypeOID.uuid], "uuid") else { return nil }
        return UUID(bigEndianBytes: cell[...])
    }

    public func timestamp(_ index: Int) throws(DatabaseError) -> Date {
        try require(optionalTimestamp(index), index)
    }

    public func optionalTimestamp(_ index: Int) throws(DatabaseError) -> Date? {
        guard let cell = try cell(index, of: [TypeOID.timestamptz], "timestamptz") else { return nil }
        return PostgresEpoch.date(Int64(bitPattern: cell.reduce(0) { $0 << 8 | UInt64($1) }))
    }

    public func texts(_ index: Int) throws(DatabaseError) -> [String]? {
        guard let cell = try cell(index, of: [TypeOID.textArray], "text[]") else { return nil }
        return try elements(of: cell, index).map { String(decoding: $0, as: UTF8.self) }
    }

    public func uuids(_ index: Int) throws(DatabaseError) -> [UUID]? {
        guard let cell = try cell(index, of: [TypeOID.uuidArray], "uuid[]") else { return nil }
        return try elements(of: cell, index).compactMap { UUID(bigEndianBytes: $0) }
    }

    private func cell(_ index: Int, of types: [UInt32], _ wanted: String) throws(DatabaseError) -> [UInt8]? {
        guard columns.indices.contains(index) else {
            throw DatabaseError(.unexpectedResult, "the result has no column \(index), only \(columns.count)")
        }
        guard types.contains(columns[index].type) else {
            throw DatabaseError(
                .unexpectedResult,
                "column \(columns[index].name) has the type with oid \(columns[index].type), not \(wanted)"
            )
        }
        return cells[index]
    }

    private func require<Value>(_ value: Value?, _ index: Int) throws(DatabaseError) -> Value {
        guard let value else {
            throw DatabaseError(.unexpectedResult, "column \(columns[index].name) is null where it never should be")
        }
        return value
    }

    /// One-dimensional arrays without nulls, the only ones our schema has.
    private func elements(of cell: [UInt8], _ index: Int) throws(DatabaseError) -> [ArraySlice<UInt8>] {
        func integer(at offset: Int) -> Int {
            guard offset + 4 <= cell.count else { return 0 }
            return Int(Int32(bitPattern: cell[offset..<offset + 4].reduce(0) { $0 << 8 | UInt32($1) }))
        }
        guard cell.count >= 20 else { return [] }
        var elements: [ArraySlice<UInt8>] = []
        var offset = 20
        for _ in 0..<max(0, integer(at: 12)) {
            let length = integer(at: offset)
            offset += 4
            guard length >= 0, offset + length <= cell.count else {
                throw DatabaseError(.unexpectedResult, "column \(columns[index].name) holds a null or a broken array")
            }
            elements.append(cell[offset..<offset + length])
            offset += length
        }
        return elements
    }
}

extension UUID {
    init?(bigEndianBytes bytes: ArraySlice<UInt8>) {
        guard bytes.count == 16 else { return nil }
        var value: uuid_t = (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
        withUnsafeMutableBytes(of: &value) { $0.copyBytes(from: bytes) }
        self.init(uuid: value)
    }
}
