import Glibc
import Synchronization

/// Draws where long work is on standard error, over and over, and takes it away again at the end or on Ctrl-C.
final class ProgressBar: Sendable {
    private struct State {
        var line: ProgressLine
        var isDrawn = false
        var isEnded = false
    }

    private let state: Mutex<State>
    private let start = ContinuousClock.now
    private let isShown: Bool

    /// The first drawing comes after one interval: what is over sooner flickers not.
    private static let interval = Duration.milliseconds(200)
    private static let erase = "\r\u{1B}[K"

    fileprivate init(_ line: ProgressLine, isShown: Bool) {
        state = Mutex(State(line: line))
        self.isShown = isShown
    }

    func advance(by count: Int = 1) {
        guard isShown else { return }
        state.withLock { $0.line.advance(by: count) }
    }

    /// A line for the user between two drawings.
    func note(_ line: String) {
        state.withLock { state in
            Self.clear(&state)
            StandardStreams.printError(line)
        }
    }

    fileprivate func redrawUntilEnded() async {
        while (try? await Task.sleep(for: Self.interval)) != nil {
            // Asked for each time: a window may be resized, and a job in the background is not to write here.
            let width = Screen.standardError.width ?? 0
            let foreground = tcgetpgrp(STDERR_FILENO)
            state.withLock { state in
                guard !state.isEnded, [-1, getpgrp()].contains(foreground) else { return }
                // Under the lock, so that nothing else is written between an erasure and what comes in its place.
                let text = state.line.text(elapsed: ContinuousClock.now - start, width: width)
                StandardStreams.draw(Self.erase + text)
                state.isDrawn = true
            }
        }
    }

    fileprivate func end() {
        state.withLock { state in
            Self.clear(&state)
            state.isEnded = true
        }
    }

    fileprivate func interrupted(by number: Int32) -> Never {
        state.withLock { state in
            Self.clear(&state)
            state.isEnded = true
            StandardStreams.printError("notifyd: interrupted: \(state.line.verb), done \(state.line.tally)")
        }
        ProcessEnding.bySignal(number)
    }

    private static func clear(_ state: inout State) {
        guard state.isDrawn else { return }
        StandardStreams.draw(erase)
        state.isDrawn = false
    }
}

/// Runs long work with a bar; it shows only where standard error is a terminal that no JSON lines go to.
///
/// - Parameters:
///   - verb: what is being done, before the bar: `publishing`.
///   - total: of what the work tells the bar it has done.
func withProgress<Result: Sendable>(
    _ verb: String,
    total: Int?,
    json: Bool,
    _ work: (ProgressBar) async throws -> Result
) async throws -> Result {
    let isShown = Screen.standardError.canRedraw && !(json && Screen.standardOutput.isTerminal)
    let bar = ProgressBar(ProgressLine(verb, total: total), isShown: isShown)
    guard isShown else { return try await work(bar) }
    let watch = InterruptWatch { bar.interrupted(by: $0) }
    let drawing = Task { await bar.redrawUntilEnded() }
    defer {
        drawing.cancel()
        bar.end()
        watch.cancel()
    }
    return try await work(bar)
}
