/// One SQL statement with its parameters; the text is prepared once on each connection and known by it afterwards.
public struct Statement: Sendable {
    public var sql: String
    public var parameters: [SQLValue]

    /// - Parameter sql: a constant of the program, `$1`… for the parameters. Never built from data.
    public init(_ sql: String, _ parameters: [SQLValue] = []) {
        self.sql = sql
        self.parameters = parameters
    }
}
