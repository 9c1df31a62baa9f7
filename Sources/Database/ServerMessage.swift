import CPostgres

/// Reads a failed result's fields.
enum ServerMessage {
    /// Only the primary message and the names of objects: DETAIL quotes the row's values.
    static func error(of result: OpaquePointer) -> DatabaseError {
        let text = field(primaryMessage, of: result) ?? "the server reported an error without a message"
        let constraint = field(constraintName, of: result).map { " (constraint \($0))" } ?? ""
        return DatabaseError(.server, "Postgres: \(text)\(constraint)", sqlState: field(sqlState, of: result))
    }

    private static func field(_ code: Character, of result: OpaquePointer) -> String? {
        PQresultErrorField(result, Int32(code.asciiValue ?? 0)).map { String(cString: $0) }
    }

    // PG_DIAG_SQLSTATE and its like are character constants, which Swift does not import.
    private static let sqlState: Character = "C"
    private static let primaryMessage: Character = "M"
    private static let constraintName: Character = "n"
}

extension ResultTable {
    init(_ result: OpaquePointer) {
        let columnCount = PQnfields(result)
        let columns = (0..<columnCount).map { index in
            Column(name: String(cString: PQfname(result, index)), type: PQftype(result, index))
        }
        let cells = (0..<PQntuples(result)).map { row in
            (0..<columnCount).map { column -> [UInt8]? in
                guard PQgetisnull(result, row, column) == 0 else { return nil }
                let bytes = UnsafeRawBufferPointer(
                    start: PQgetvalue(result, row, column),
                    count: Int(PQgetlength(result, row, column))
                )
                return [UInt8](bytes)
            }
        }
        let affected = PQcmdTuples(result).flatMap { Int(String(cString: $0)) } ?? 0
        self.init(columns: columns, cells: cells, affectedRows: affected)
    }
}
