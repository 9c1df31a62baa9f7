import Glibc

/// What the executable does: runs a stretch of a target's inputs, or shows one.
struct FuzzCommand {
    private let arguments: [String]

    init(_ arguments: [String]) {
        self.arguments = arguments
    }

    func run() -> Never {
        do {
            let targets = try FuzzTargets()
            switch arguments.dropFirst().first {
            case "list":
                for target in targets.all { print("\(target.name) \(target.weight)") }
                exit(EXIT_SUCCESS)
            case "run", "show":
                guard arguments.count > 2, let target = targets[arguments[2]], let seed = number("--seed"),
                    let first = number("--from")
                else { usage() }
                if arguments[1] == "show" { try target.run(seed: seed, input: first, show: { Self.say($0) }) }
                exit(arguments[1] == "show" ? EXIT_SUCCESS : try run(target, seed: seed, from: first))
            default: usage()
            }
        } catch {
            print("\(error)")
            exit(EXIT_FAILURE)
        }
    }

    /// - Returns: the exit status: 1, and the rule and its input's number on standard output, at the first broken rule.
    private func run(_ target: FuzzTarget, seed: UInt64, from first: UInt64) throws -> Int32 {
        guard let count = number("--count"), let file = value("--progress"),
            let progress = ProgressCell(path: file)
        else { usage() }
        for number in first..<(first + count) {
            progress.store(number)
            do {
                try target.run(seed: seed, input: number)
            } catch {
                print("\(number) \(error)")
                return EXIT_FAILURE
            }
        }
        progress.store(first + count)
        return EXIT_SUCCESS
    }

    /// At once: the next thing may be a trap.
    private static func say(_ text: String) {
        print(text)
        fflush(nil)
    }

    private func value(_ option: String) -> String? {
        guard let index = arguments.firstIndex(of: option), index + 1 < arguments.count else { return nil }
        return arguments[index + 1]
    }

    private func number(_ option: String) -> UInt64? { value(option).flatMap { UInt64($0) } }

    private func usage() -> Never {
        print("fuzz list | run TARGET --seed S --from N --count N --progress FILE | show TARGET --seed S --from N")
        exit(64)
    }
}

/// Eight bytes of a file that another process reads while, and after, this one runs.
struct ProgressCell {
    private let place: UnsafeMutablePointer<UInt64>

    /// Nil where the file cannot be opened. It stays mapped to the process's end.
    init?(path: String) {
        let descriptor = open(path, O_RDWR | O_CREAT, 0o644)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        guard ftruncate(descriptor, 8) == 0,
            let memory = mmap(nil, 8, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0), memory != MAP_FAILED
        else { return nil }
        place = memory.bindMemory(to: UInt64.self, capacity: 1)
    }

    func store(_ number: UInt64) {
        place.pointee = number
    }
}
