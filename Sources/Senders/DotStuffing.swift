/// The transparency of SMTP's DATA (RFC 5321 §4.5.2), applied after every other encoding.
enum DotStuffing {
    /// The message with each leading dot doubled, ended by `CR LF . CR LF`.
    static func content(of message: [UInt8]) -> [UInt8] {
        let (dot, lineFeed) = (UInt8(ascii: "."), UInt8(ascii: "\n"))
        var content: [UInt8] = []
        content.reserveCapacity(message.count + message.count / 64 + 8)
        message.withUnsafeBufferPointer { input in
            var (index, runStart) = (0, 0)
            while index < input.count {
                if index + ByteWord.size <= input.count {
                    let dots = ByteWord(input, at: index).equal(to: dot)
                    index += ByteWord.first(in: dots)
                    if dots == 0 { continue }
                }
                if input[index] == dot, index == 0 || input[index - 1] == lineFeed {
                    content.append(contentsOf: input[runStart..<index])
                    content.append(dot)
                    runStart = index
                }
                index += 1
            }
            content.append(contentsOf: input[runStart...])
        }
        if let last = message.last, last != lineFeed || message.dropLast().last != UInt8(ascii: "\r") {
            content.append(contentsOf: [UInt8(ascii: "\r"), lineFeed])
        }
        content.append(contentsOf: [dot, UInt8(ascii: "\r"), lineFeed])
        return content
    }
}
