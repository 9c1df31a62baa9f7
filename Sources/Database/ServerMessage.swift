import CPostgres

/// Reads a failed result's fields.
enum ServerMessage {
    /// Only the primary message and the names of objects: DETAIL quotes the row's values.
    static func error(of result: OpaquePointer) -> DatabaseError {
        let text = field(PG_DIAG_MESSAGE_PRIMARY, of: result) ?? "the server reported an error without a message"
        let constraint = field(PG_DIAG_CONSTRAINT_NAME, of: result).map { " (constraint \($0))" } ?? ""
        return DatabaseError(.server, "Postgres: \(text)\(constraint)", sqlState: field(PG_DIAG_SQLSTATE, of: result))
    }

    private static func field(_ code: Character, of result: OpaquePointer) -> String? {
        PQresultErrorField(result, Int32(code.asciiValue ?? 0)).map { String(cString: $0) }
    }

    // The header defines these as character constants, which Swift does not import.
    private static let PG_DIAG_SQLSTATE: Character = "C"
    private static let PG_DIAG_MESSAGE_PRIMARY: Character = "M"
    private static let PG_DIAG_CONSTRAINT_NAME: Character = "n"
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
