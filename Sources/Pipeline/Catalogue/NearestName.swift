/// Finds the name that somebody who wrote another one most likely meant.
enum NearestName {
    /// `; did you mean amount?`, or nothing where no name is near.
    static func hint(for name: String, among known: some Sequence<String>) -> String {
        nearest(to: name, among: known).map { "; did you mean \($0)?" } ?? ""
    }

    /// The known name with the fewest edits (insert, delete, replace, swap), at most a third of the name's length plus one.
    static func nearest(to name: String, among known: some Sequence<String>) -> String? {
        let word = Array(name.lowercased().unicodeScalars)
        guard word.count <= 64 else { return nil }
        let ranked = known.lazy.filter { $0.unicodeScalars.count <= 64 }
            .map { (name: $0, distance: distance(word, Array($0.lowercased().unicodeScalars))) }
        guard let best = ranked.min(by: { ($0.distance, $0.name) < ($1.distance, $1.name) }) else { return nil }
        return best.distance <= word.count / 3 + 1 && best.distance < word.count ? best.name : nil
    }

    /// Optimal string alignment distance.
    private static func distance(_ first: [Unicode.Scalar], _ second: [Unicode.Scalar]) -> Int {
        var beforePrevious: [Int] = []
        var previous = Array(0...second.count)
        for (row, left) in first.enumerated() {
            var current = [row + 1]
            for (column, right) in second.enumerated() {
                var best = min(
                    previous[column + 1] + 1,
                    current[column] + 1,
                    previous[column] + (left == right ? 0 : 1)
                )
                if row > 0, column > 0, left == second[column - 1], first[row - 1] == right {
                    best = min(best, beforePrevious[column - 1] + 1)
                }
                current.append(best)
            }
            beforePrevious = previous
            previous = current
        }
        return previous[second.count]
    }
}
