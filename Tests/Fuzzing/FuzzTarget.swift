/// One piece of the program that reads bytes from outside, with a generator of such bytes and the rules its results keep.
///
/// An input is made from the run's seed, the target's name and the input's number alone: any one can be had again.
struct FuzzTarget: Sendable {
    let name: String
    /// How many of a run's inputs are for this target, out of all targets' weights together.
    let weight: Int
    private let attempt: @Sendable (inout SeededRandom, ((String) -> Void)?) throws -> Void

    /// - Parameters:
    ///   - generate: makes one input; half of its worth is in being nearly right.
    ///   - check: throws `Violation` where a rule is broken; what must never happen may also trap.
    init<Input>(
        _ name: String,
        weight: Int,
        generate: @escaping @Sendable (inout SeededRandom) -> Input,
        check: @escaping @Sendable (Input) throws -> Void
    ) {
        self.name = name
        self.weight = weight
        attempt = { random, show in
            let input = generate(&random)
            if let show { show(String(reflecting: input)) }
            try check(input)
        }
    }

    /// - Parameter show: is told the input before anything reads it.
    func run(seed: UInt64, input number: UInt64, show: ((String) -> Void)? = nil) throws {
        // FNV-1a of the name: neighbours in the list do not share their inputs.
        let hash = name.utf8.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01B3 }
        var random = SeededRandom(seed: (seed &* 0x9E37_79B9_7F4A_7C15) ^ hash ^ (number &* 0xD1B5_4A32_D192_ED03))
        try attempt(&random, show)
    }
}

/// A rule that an input broke.
struct Violation: Error, CustomStringConvertible {
    let description: String
}

/// - Throws: `Violation` with `rule` unless `holds`.
func require(_ holds: @autoclosure () throws -> Bool, _ rule: @autoclosure () -> String) throws {
    guard try holds() else { throw Violation(description: rule()) }
}
