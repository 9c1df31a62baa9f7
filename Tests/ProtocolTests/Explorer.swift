/// Visits every reachable state, breadth first, so that the trace to a broken promise is a shortest one.
struct Explorer {
    struct Finding: CustomStringConvertible {
        var promise: String
        var trace: [Step]

        var description: String {
            ([promise] + trace.enumerated().map { "  \($0 + 1). \($1)" }).joined(separator: "\n")
        }
    }

    struct Exploration {
        var states = 0
        var transitions = 0
        var finalStates = 0
        var finding: Finding?
    }

    let rules: Rules
    /// Stops a model that grew beyond what a test should take.
    var limit = 2_000_000

    func explore() -> Exploration {
        let promises = Promises(rules: rules)
        let start = rules.start.canonical
        var worlds = [start]
        var numbers = [start: 0]
        var origins = [0]
        var edges: [(from: Int32, to: Int32)] = []
        var finals: [Int] = []
        var result = Exploration()

        func found(_ promise: String, at number: Int) -> Exploration {
            var way: [World] = []
            var place = number
            while place != 0 {
                way.append(worlds[place])
                place = origins[place]
            }
            result.states = worlds.count
            result.transitions = edges.count
            result.finding = Finding(promise: promise, trace: trace(along: way.reversed()))
            return result
        }

        var current = 0
        while current < worlds.count {
            let world = worlds[current]
            if let promise = promises.broken(in: world) { return found(promise, at: current) }
            let isFinal = promises.isFinal(world)
            if isFinal { finals.append(current) }
            let successors = Successors(of: world, rules: rules).found
            if successors.isEmpty, !isFinal { return found("nothing more can happen, yet work is left", at: current) }
            for (_, after) in successors {
                let successor = after.canonical
                let number: Int
                if let known = numbers[successor] {
                    number = known
                } else {
                    number = worlds.count
                    numbers[successor] = number
                    worlds.append(successor)
                    origins.append(current)
                }
                edges.append((Int32(current), Int32(number)))
            }
            current += 1
            if worlds.count > limit { return found("more than \(limit) states", at: current) }
        }
        result.states = worlds.count
        result.transitions = edges.count
        result.finalStates = finals.count
        if let stuck = firstStuck(of: worlds.count, finals: finals, edges: edges) {
            return found("no final state can be reached any more", at: stuck)
        }
        return result
    }

    /// The steps along canonical states, with every replica and copy under one name from beginning to end.
    private func trace(along way: [World]) -> [Step] {
        var world = rules.start
        var steps: [Step] = []
        for target in way {
            let successors = Successors(of: world, rules: rules).found
            guard let (step, next) = successors.first(where: { $0.world.canonical == target }) else { return steps }
            steps.append(step)
            world = next
        }
        return steps
    }

    /// The first state from which no final one is reachable: backwards over all edges from the final ones.
    private func firstStuck(of count: Int, finals: [Int], edges: [(from: Int32, to: Int32)]) -> Int? {
        var starts = [Int32](repeating: 0, count: count + 1)
        for edge in edges { starts[Int(edge.to) + 1] += 1 }
        for place in 0..<count { starts[place + 1] += starts[place] }
        var sources = [Int32](repeating: 0, count: edges.count)
        var filled = starts
        for edge in edges {
            sources[Int(filled[Int(edge.to)])] = edge.from
            filled[Int(edge.to)] += 1
        }
        var canEnd = [Bool](repeating: false, count: count)
        for final in finals { canEnd[final] = true }
        var open = finals
        while let place = open.popLast() {
            for index in Int(starts[place])..<Int(starts[place + 1]) {
                let source = Int(sources[index])
                guard !canEnd[source] else { continue }
                canEnd[source] = true
                open.append(source)
            }
        }
        return canEnd.firstIndex(of: false)
    }
}
