/// Numbers with their nouns, for people.
enum CountText {
    /// `1 dead letter`, `1,200 dead letters`.
    static func of(_ count: Int, _ noun: String, plural: String? = nil) -> String {
        "\(grouped(count)) \(count == 1 ? noun : plural ?? noun + "s")"
    }

    /// `1,234,567`.
    static func grouped(_ count: Int) -> String {
        var text = ""
        let digits = String(count.magnitude)
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index).isMultiple(of: 3) { text += "," }
            text.append(digit)
        }
        return count < 0 ? "-" + text : text
    }
}
