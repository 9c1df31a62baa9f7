import DomainEvents
import FoundationEssentials

/// A file of contacts, read as a whole: what every line says, and which lines are wrong.
struct ContactFile: Equatable {
    struct Problem: Equatable, CustomStringConvertible {
        /// Counted from 1.
        var line: Int
        var message: String
        var description: String { "\(line): \(message)" }
    }

    var changes: [ContactChange] = []
    var problems: [Problem] = []

    /// More are not printed.
    static let maximumProblems = 20

    /// CSV unless the first character that is no blank is a `{`.
    ///
    /// - Parameter now: the time of every field of the import.
    static func parse(_ bytes: [UInt8], now: Date) -> ContactFile {
        var file = ContactFile()
        let body = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? bytes[3...] : bytes[...]
        guard let text = String(validating: body, as: UTF8.self) else {
            file.problems.append(Problem(line: 1, message: "the file is not UTF-8"))
            return file
        }
        if text.first(where: { !$0.isWhitespace }) == "{" {
            file.readJSON(text, now: now)
        } else {
            file.readCSV(text, now: now)
        }
        if file.changes.isEmpty, file.problems.isEmpty {
            file.problems.append(Problem(line: 1, message: "the file has no contacts"))
        }
        return file
    }

    private mutating func readJSON(_ text: String, now: Date) {
        // CR LF is one character.
        let lines = text.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" }
        for (index, line) in lines.enumerated() {
            guard line.contains(where: { !$0.isWhitespace }) else { continue }
            do {
                changes.append(try ContactRecord(json: Array(line.utf8)).change(at: now))
            } catch {
                problems.append(Problem(line: index + 1, message: error.message))
            }
        }
    }

    private mutating func readCSV(_ text: String, now: Date) {
        var records = CSVRecords(text)
        var columns: [ContactRecord.Field] = []
        while let record = records.next() {
            do {
                if columns.isEmpty {
                    columns = try ContactRecord.columns(record.fields())
                } else {
                    changes.append(try ContactRecord(cells: record.fields(), columns: columns).change(at: now))
                }
            } catch {
                problems.append(Problem(line: record.line, message: error.message))
                if columns.isEmpty { return }
            }
        }
    }
}

/// Why a line of a contact file is refused.
struct ContactProblem: Error, Equatable {
    var message: String

    init(_ message: String) {
        self.message = message
    }
}
