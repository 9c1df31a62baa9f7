/// The records of a CSV text (RFC 4180), with the line each begins on; blank lines are left out.
///
/// Fields may be quoted and then hold commas, line breaks and doubled quotes. Lines end in LF or CR LF.
struct CSVRecords: IteratorProtocol, Sequence {
    struct Record: Equatable {
        /// Counted from 1.
        var line: Int
        var cells: [String]
        /// What is wrong with the record's form.
        var problem: String?

        func fields() throws(ContactProblem) -> [String] {
            if let problem { throw ContactProblem(problem) }
            return cells
        }
    }

    private var rest: Substring.UnicodeScalarView
    private var line = 1

    init(_ text: String) {
        rest = text[...].unicodeScalars
    }

    mutating func next() -> Record? {
        while !rest.isEmpty {
            let record = readRecord()
            if record.cells != [""] || record.problem != nil { return record }
        }
        return nil
    }

    private mutating func readRecord() -> Record {
        var record = Record(line: line, cells: [])
        while true {
            record.cells.append(readCell(&record.problem))
            guard let end = rest.popFirst() else { return record }
            if end == "," {
                if rest.isEmpty { record.cells.append("") }
                continue
            }
            if end == "\r", rest.first == "\n" { rest.removeFirst() }
            line += 1
            return record
        }
    }

    /// Leaves the comma or line break behind the cell.
    private mutating func readCell(_ problem: inout String?) -> String {
        var cell = String.UnicodeScalarView()
        guard rest.first == "\"" else {
            while let scalar = rest.first, scalar != ",", !isLineEnd(scalar) {
                cell.append(scalar)
                rest.removeFirst()
            }
            return String(cell)
        }
        rest.removeFirst()
        while let scalar = rest.popFirst() {
            if scalar == "\n" { line += 1 }
            guard scalar == "\"" else {
                cell.append(scalar)
                continue
            }
            if rest.first == "\"" {
                rest.removeFirst()
                cell.append("\"")
                continue
            }
            if let follower = rest.first, follower != ",", !isLineEnd(follower) {
                problem = problem ?? "a quoted field is followed by something else than a comma"
                while let scalar = rest.first, scalar != ",", !isLineEnd(scalar) { rest.removeFirst() }
            }
            return String(cell)
        }
        problem = problem ?? "a quoted field has no end"
        return String(cell)
    }

    private func isLineEnd(_ scalar: Unicode.Scalar) -> Bool {
        guard scalar == "\r" else { return scalar == "\n" }
        let next = rest.index(after: rest.startIndex)
        return next < rest.endIndex && rest[next] == "\n"
    }
}
