import AMQPShim
import FrameFeed
import Testing

@testable import Broker

@Suite("Frames that no broker should send")
struct FrameFeedTests {
    private func frame(_ bytes: [UInt8]) throws -> AMQPFrame {
        let connection = try #require(frame_feed_create(1 << 17))
        defer { amqp_shim_destroy(connection) }
        var frame = amqp_shim_frame()
        var isFrame = false
        #expect(frame_feed_decode(connection, bytes, bytes.count, &frame, &isFrame) == bytes.count)
        #expect(isFrame)
        return AMQPFrame(frame)
    }

    @Test("a content header of a class without content: a frame that is not understood, its properties unread")
    func headerOfAnotherClass() throws {
        for classID: UInt8 in [10, 20, 30, 40, 50, 85, 90] {
            // Every property is said to be there, and none is.
            let payload: [UInt8] = [0, classID, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xFF, 0xFC]
            let header = try frame([2, 0, 1] + TableEncoder.long(payload.count) + payload + [0xCE])
            #expect(header == .other(method: 0), "class \(classID)")
        }
    }
}
