/// One text part's body: line breaks made CR LF, unwanted controls gone, in the denser of the two 7-bit encodings.
struct MailBody {
    enum Encoding: String {
        case quotedPrintable = "quoted-printable"
        case base64
    }

    let encoding: Encoding
    private let bytes: [UInt8]

    init(_ text: String) {
        let (bytes, escapes) = Self.canonical(text)
        self.bytes = bytes
        // Quoted-printable takes two bytes more for each escape, base64 a third of all (and a line break in 76).
        encoding = escapes * 2 > bytes.count / 3 + bytes.count / 38 ? .base64 : .quotedPrintable
    }

    /// Ends with CR LF; no line over 76 characters; nowhere `=_`, of which boundaries are made.
    func append(to result: inout [UInt8]) {
        switch encoding {
        case .base64: Base64.appendLines(bytes, to: &result)
        case .quotedPrintable: appendQuotedPrintable(to: &result)
        }
    }

    private static let tab: UInt8 = 0x09
    private static let lineFeed: UInt8 = 0x0A
    private static let carriageReturn: UInt8 = 0x0D
    private static let space: UInt8 = 0x20
    private static let equalsSign = UInt8(ascii: "=")

    /// CR LF, CR and LF are each a line break; of the other controls only the tab stays. Ends with a line break.
    ///
    /// - Returns: the bytes, and how many of them need an escape.
    private static func canonical(_ text: String) -> (bytes: [UInt8], escapes: Int) {
        var text = text
        var result: [UInt8] = []
        var escapes = 0
        result.reserveCapacity(text.utf8.count + text.utf8.count / 16 + 2)
        // What stays as it is is copied in runs: nearly all of a message.
        text.withUTF8 { input in
            var (index, runStart) = (0, 0)
            while index < input.count {
                if index + ByteWord.size <= input.count {
                    let word = ByteWord(input, at: index)
                    if word.controls == 0 {
                        escapes += (word.nonASCII | word.equal(to: equalsSign)).nonzeroBitCount
                        index += ByteWord.size
                        continue
                    }
                }
                let byte = input[index]
                if byte >= space && byte != 0x7F || byte == tab {
                    escapes += needsEscape(byte) ? 1 : 0
                    index += 1
                    continue
                }
                result.append(contentsOf: input[runStart..<index])
                if byte == lineFeed || byte == carriageReturn {
                    result.append(carriageReturn)
                    result.append(lineFeed)
                    if byte == carriageReturn, index + 1 < input.count, input[index + 1] == lineFeed { index += 1 }
                }
                index += 1
                runStart = index
            }
            result.append(contentsOf: input[runStart...])
        }
        if result.last != lineFeed { result.append(contentsOf: [carriageReturn, lineFeed]) }
        return (result, escapes)
    }

    private static func needsEscape(_ byte: UInt8) -> Bool {
        byte >= 0x7F || byte == equalsSign
    }

    /// Where a run of characters ends that stand for themselves, blanks included; at `limit` at the latest. A blank
    /// before a line break is no part of it.
    private static func endOfRun(in input: UnsafeBufferPointer<UInt8>, from start: Int, limit: Int) -> Int {
        var index = start
        while index + ByteWord.size <= limit {
            let word = ByteWord(input, at: index)
            let special = word.controls | word.nonASCII | word.equal(to: equalsSign)
            index += ByteWord.first(in: special)
            if special != 0 { break }
        }
        while index < limit, input[index] >= space, !needsEscape(input[index]) { index += 1 }
        let isBlank = index > start && input[index - 1] == space
        return isBlank && index < input.count && input[index] == carriageReturn ? index - 1 : index
    }

    /// RFC 2045 §6.7: lines of 76 at most, soft break included; blanks before a line break are escaped.
    private func appendQuotedPrintable(to result: inout [UInt8]) {
        result.reserveCapacity(result.count + bytes.count + bytes.count / 4)
        bytes.withUnsafeBufferPointer { input in
            var (index, runStart, column) = (0, 0, 0)
            while true {
                let end = Self.endOfRun(in: input, from: index, limit: min(input.count, index + max(0, 75 - column)))
                column += end - index
                index = end
                guard index < input.count else { break }
                let byte = input[index]
                if byte == Self.carriageReturn || byte == Self.lineFeed {
                    index += 1
                    column = 0
                    continue
                }
                // The bytes end with a line break, so each other byte has a next one.
                let endsLine = input[index + 1] == Self.carriageReturn
                let isEscaped = Self.needsEscape(byte) || endsLine && (byte == Self.space || byte == Self.tab)
                let width = isEscaped ? 3 : 1
                // The last column is for the sign of a soft break, unless the line ends here.
                if column + width > (endsLine ? 76 : 75) {
                    result.append(contentsOf: input[runStart..<index])
                    result.append(Self.equalsSign)
                    result.append(Self.carriageReturn)
                    result.append(Self.lineFeed)
                    runStart = index
                    column = 0
                }
                if isEscaped {
                    result.append(contentsOf: input[runStart..<index])
                    result.append(Self.equalsSign)
                    result.append(Self.hexDigit(byte >> 4))
                    result.append(Self.hexDigit(byte & 15))
                    runStart = index + 1
                }
                column += width
                index += 1
            }
            result.append(contentsOf: input[runStart...])
        }
    }

    private static func hexDigit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "A") + value - 10
    }
}
