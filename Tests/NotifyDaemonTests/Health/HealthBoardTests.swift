import FoundationEssentials
import Synchronization
import Testing

@testable import NotifyDaemon

@Suite struct HealthBoardTests {
    @Test("a change is dated and told once, what does not change keeps its date")
    func changes() {
        let time = Mutex(Date(timeIntervalSince1970: 1000))
        let told = Mutex<[String]>([])
        let board = HealthBoard(["broker": .down, "smtp": .up]) {
            time.withLock { $0 }
        } onChange: { component, status in
            told.withLock { $0.append("\(component) \(status)") }
        }
        #expect(told.withLock { $0.sorted() } == ["broker down", "smtp up"])
        time.withLock { $0 = Date(timeIntervalSince1970: 2000) }
        board.set("broker", .up)
        time.withLock { $0 = Date(timeIntervalSince1970: 3000) }
        board.set("broker", .up)
        board.set("nobody", .down)
        #expect(board["broker"]?.since == Date(timeIntervalSince1970: 2000))
        #expect(board["smtp"]?.since == Date(timeIntervalSince1970: 1000))
        #expect(board["nobody"] == nil)
        #expect(told.withLock { $0.count } == 3)
    }

    @Test("ready is who consumes, whatever else is up")
    func readiness() {
        let board = HealthBoard([HealthBoard.consumer: .down, HealthBoard.broker: .up, HealthBoard.database: .up])
        #expect(!board.isReady)
        board.set(HealthBoard.consumer, .up)
        #expect(board.isReady)
    }
}
