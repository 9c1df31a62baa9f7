import Testing

@testable import Broker

@Suite("ConsumerStateMachine")
struct ConsumerStateMachineTests {
    private let gone = BrokerError(.connectionLost, "gone")
    private let closed = BrokerError(.closedByBroker, "closed", replyCode: 406)

    private func connecting() -> ConsumerStateMachine {
        var machine = ConsumerStateMachine()
        _ = machine.start()
        return machine
    }

    private func open() -> ConsumerStateMachine {
        var machine = connecting()
        _ = machine.connected()
        return machine
    }

    private func consuming() -> ConsumerStateMachine {
        var machine = open()
        _ = machine.consumeConfirmed(.events)
        _ = machine.consumeConfirmed(.deadLetters)
        return machine
    }

    private func closing() -> ConsumerStateMachine {
        var machine = consuming()
        _ = machine.close()
        return machine
    }

    private func waiting() -> ConsumerStateMachine {
        var machine = connecting()
        _ = machine.attemptFailed(gone)
        return machine
    }

    private func stopped() -> ConsumerStateMachine {
        var machine = closing()
        _ = machine.closed()
        return machine
    }

    @Test("start, connect, both consumers confirmed: consuming, said once")
    func straight() {
        var machine = ConsumerStateMachine()
        #expect(machine.start() == [.connect])
        #expect(machine.start() == [])
        #expect(machine.connected() == [.subscribe(.events), .subscribe(.deadLetters)])
        #expect(machine.phase == .open)
        #expect(machine.consumeConfirmed(.deadLetters) == [])
        #expect(machine.consumeConfirmed(.events) == [.tell(.consuming)])
        #expect(machine.consumeConfirmed(.events) == [])
        #expect(machine.subscriptions == [.events: .consuming, .deadLetters: .consuming])
    }

    @Test("an attempt fails: said, a retry scheduled, connecting again when due")
    func retry() {
        var machine = connecting()
        #expect(machine.attemptFailed(gone) == [.tell(.connectionLost(gone)), .scheduleRetry])
        #expect(machine.phase == .waiting)
        #expect(machine.retryDue() == [.connect])
        #expect(machine.phase == .connecting)
    }

    @Test("the topology differs: said, and the end")
    func mismatch() {
        let error = TopologyError(mismatches: [])
        var machine = connecting()
        #expect(machine.topologyDiffers(error) == [.tell(.topologyMismatch(error))])
        #expect(machine.phase == .stopped)
        #expect(machine.close() == [])
    }

    @Test("lost while consuming: released, said, retried; then consumes again")
    func lost() {
        var machine = consuming()
        #expect(machine.lost(gone) == [.release, .tell(.connectionLost(gone)), .scheduleRetry])
        #expect(machine.lost(gone) == [])
        _ = machine.retryDue()
        #expect(machine.connected() == [.subscribe(.events), .subscribe(.deadLetters)])
    }

    @Test("paused: cancels, says so on the broker's word, and resumes by consuming again")
    func pause() {
        var machine = consuming()
        #expect(machine.pause(.all) == [.cancel(.events), .cancel(.deadLetters)])
        #expect(machine.pause(.all) == [])
        #expect(machine.cancelConfirmed(.events) == [])
        #expect(machine.cancelConfirmed(.deadLetters) == [.tell(.paused)])
        #expect(machine.resume(.all) == [.subscribe(.events), .subscribe(.deadLetters)])
        #expect(machine.consumeConfirmed(.events) == [])
        #expect(machine.consumeConfirmed(.deadLetters) == [.tell(.consuming)])
    }

    @Test("only the events paused: the dead letters go on")
    func pauseOne() {
        var machine = consuming()
        #expect(machine.pause([.events]) == [.cancel(.events)])
        #expect(machine.cancelConfirmed(.events) == [.tell(.paused)])
        #expect(machine.subscriptions[.deadLetters] == .consuming)
    }

    @Test("paused before the consume was confirmed: cancelled right after")
    func pauseWhileSubscribing() {
        var machine = open()
        #expect(machine.pause([.events]) == [])
        #expect(machine.consumeConfirmed(.events) == [.cancel(.events)])
    }

    @Test("resumed before the cancel was confirmed: subscribes right after")
    func resumeWhileCancelling() {
        var machine = consuming()
        _ = machine.pause([.events])
        #expect(machine.resume([.events]) == [])
        #expect(machine.cancelConfirmed(.events) == [.subscribe(.events)])
        #expect(machine.consumeConfirmed(.events) == [])
        #expect(machine.subscriptions[.events] == .consuming)
    }

    @Test("paused stays paused over a reconnect, and before the first connect")
    func pauseOverReconnect() {
        var machine = consuming()
        _ = machine.pause(.all)
        _ = machine.lost(gone)
        _ = machine.retryDue()
        #expect(machine.connected() == [.tell(.paused)])

        var early = ConsumerStateMachine()
        #expect(early.pause([.events]) == [])
        _ = early.start()
        #expect(early.connected() == [.subscribe(.deadLetters)])
        #expect(early.consumeConfirmed(.deadLetters) == [.tell(.paused)])
        #expect(early.resume([.events]) == [.subscribe(.events)])
    }

    @Test("cancelled by the broker: settles, closes politely, retries")
    func serverCancel() {
        var machine = consuming()
        #expect(machine.cancelledByServer(.events) == [.tellCancelled(.events), .writeSettled, .closeConnection])
        #expect(
            machine.phase
                == .closing(.retry(BrokerError(.cancelled, "the broker cancelled the consumer of the events")))
        )
        #expect(machine.closed() == [.release, .scheduleRetry])
        #expect(machine.phase == .waiting)
    }

    @Test("cancelled by the broker while draining: that consumer is done, what is in flight can still be settled")
    func serverCancelWhileDraining() {
        var machine = consuming()
        _ = machine.stopConsuming()
        #expect(machine.cancelledByServer(.events) == [.tellCancelled(.events)])
        #expect(machine.cancelConfirmed(.deadLetters) == [])
        #expect(machine.phase == .open)
        #expect(machine.isQuiet)
    }

    @Test("the channel closed by the broker: confirmed, connection closed, retried, said once")
    func channelClosed() {
        var machine = consuming()
        #expect(
            machine.channelClosed(closed) == [.tell(.connectionLost(closed)), .confirmChannelClose, .closeConnection]
        )
        #expect(machine.channelClosed(closed) == [.confirmChannelClose])
        #expect(machine.closed() == [.release, .scheduleRetry])
    }

    @Test("the connection closed by the broker: confirmed, released, retried")
    func connectionClosed() {
        var machine = consuming()
        #expect(
            machine.connectionClosed(closed)
                == [.confirmConnectionClose, .release, .tell(.connectionLost(closed)), .scheduleRetry]
        )
        var closing = closing()
        #expect(closing.connectionClosed(closed) == [.confirmConnectionClose, .release, .tell(.stopped)])
    }

    @Test("a drain: cancels both, is quiet when confirmed, then closes and stops")
    func drain() {
        var machine = consuming()
        #expect(machine.stopConsuming() == [.cancel(.events), .cancel(.deadLetters)])
        #expect(!machine.isQuiet)
        #expect(machine.stopConsuming() == [])
        #expect(machine.pause(.all) == [])
        #expect(machine.resume(.all) == [])
        _ = machine.cancelConfirmed(.events)
        #expect(!machine.isQuiet)
        #expect(machine.cancelConfirmed(.deadLetters) == [])
        #expect(machine.isQuiet)
        #expect(machine.close() == [.returnUnsettled, .closeConnection])
        #expect(machine.close() == [])
        #expect(machine.closed() == [.release, .tell(.stopped)])
        #expect(machine.phase == .stopped)
    }

    @Test("a drain before the consume was confirmed: cancelled right after, never said to consume")
    func drainWhileSubscribing() {
        var machine = open()
        #expect(machine.stopConsuming() == [])
        #expect(machine.consumeConfirmed(.events) == [.cancel(.events)])
        #expect(machine.consumeConfirmed(.deadLetters) == [.cancel(.deadLetters)])
    }

    @Test("lost while draining: no reconnect")
    func lostWhileDraining() {
        var machine = consuming()
        _ = machine.stopConsuming()
        #expect(machine.lost(gone) == [.release, .tell(.connectionLost(gone)), .tell(.stopped)])
        #expect(machine.isQuiet)
        #expect(machine.close() == [])
    }

    @Test("the channel closed while draining: the end, no reconnect")
    func channelClosedWhileDraining() {
        var machine = consuming()
        _ = machine.stopConsuming()
        _ = machine.channelClosed(closed)
        #expect(machine.isQuiet)
        #expect(machine.closed() == [.release, .tell(.stopped)])
    }

    @Test("stopped in any phase without a connection: at once")
    func stopWithoutConnection() {
        for isClose in [false, true] {
            for (begin, actions): (ConsumerStateMachine, [ConsumerStateMachine.Action]) in [
                (ConsumerStateMachine(), [.tell(.stopped)]),
                (connecting(), [.abandonAttempt, .tell(.stopped)]),
                (waiting(), [.cancelRetry, .tell(.stopped)]),
                (stopped(), []),
            ] {
                var machine = begin
                if isClose { #expect(machine.close() == actions) } else { #expect(machine.stopConsuming() == actions) }
                #expect(machine.phase == .stopped)
                #expect(machine.isQuiet)
                #expect(machine.start() == [])
            }
        }
    }

    @Test("stopped while closing to retry: stops instead")
    func stopWhileClosing() {
        for isClose in [false, true] {
            var machine = consuming()
            _ = machine.cancelledByServer(.events)
            if isClose { #expect(machine.close() == []) } else { #expect(machine.stopConsuming() == []) }
            #expect(machine.lost(gone) == [.release, .tell(.stopped)])
        }
    }

    @Test("what does not belong to the phase changes nothing")
    func strangers() {
        for begin in [ConsumerStateMachine(), waiting(), stopped()] {
            var machine = begin
            #expect(machine.connected() == [])
            #expect(machine.attemptFailed(gone) == [])
            #expect(machine.topologyDiffers(TopologyError(mismatches: [])) == [])
            #expect(machine.consumeConfirmed(.events) == [])
            #expect(machine.cancelConfirmed(.events) == [])
            #expect(machine.cancelledByServer(.events) == [])
            #expect(machine.channelClosed(closed) == [])
            #expect(machine.connectionClosed(closed) == [])
            #expect(machine.closed() == [])
            #expect(machine.lost(gone) == [])
            #expect(machine == begin)
        }
        for begin in [connecting(), consuming(), closing()] {
            var machine = begin
            #expect(machine.retryDue() == [])
            #expect(machine.start() == [])
            #expect(machine == begin)
        }
        var machine = consuming()
        #expect(machine.cancelConfirmed(.events) == [])
        #expect(machine.closed() == [])
        #expect(machine == consuming())
    }
}
