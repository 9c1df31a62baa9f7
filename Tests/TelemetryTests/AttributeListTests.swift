import Testing
import Tracing

@testable import Telemetry

@Suite struct AttributeListTests {
    @Test("keys stay in the order they were set, a key set again keeps its place")
    func order() {
        var list = AttributeList()
        list.set("b", 1)
        list.set("a", "x")
        list.set("b", 2.5)
        #expect(list.items.map(\.key) == ["b", "a"])
        #expect(list["b"] == 2.5)
        #expect(list["c"] == nil)
    }

    @Test("the 129th key is dropped and counted, a new value for an old key is not")
    func count() {
        var list = AttributeList()
        for index in 0..<130 { list.set("k\(index)", .integer(Int64(index))) }
        list.set("k0", true)
        #expect(list.items.count == 128)
        #expect(list.droppedCount == 2)
        #expect(list["k0"] == true)
    }

    @Test("an empty key is ignored")
    func emptyKey() {
        var list = AttributeList()
        list.set("", 1)
        #expect(list.items.isEmpty)
        #expect(list.droppedCount == 0)
    }

    @Test("a text over the limit is cut between characters, in arrays too")
    func length() {
        var limits = SpanLimits()
        limits.attributeValueLength = 4
        var list = AttributeList()
        list.set("text", "abcäö", limits: limits)
        list.set("list", .array(["abcdef", 7]), limits: limits)
        #expect(list["text"] == "abc")
        #expect(list["list"] == .array(["abcd", 7]))
    }

    @Test("the tracing API's dictionary keeps known places, sorts new keys and removes missing ones")
    func dictionary() {
        var list = AttributeList()
        list.set("z", 1)
        list.set("gone", 1)
        list.replace(with: ["z": 2, "b": "x", "a": true], limits: SpanLimits())
        #expect(list.items.map(\.key) == ["z", "a", "b"])
        #expect(list.spanAttributes == ["z": 2, "b": "x", "a": true])
    }

    @Test("every type of the tracing API arrives as the type it is")
    func types() {
        #expect(AttributeValue(.int32(3)) == 3)
        #expect(AttributeValue(.double(0.5)) == 0.5)
        #expect(AttributeValue(.stringConvertible(42)) == "42")
        #expect(AttributeValue(.boolArray([true, false])) == .array([true, false]))
        #expect(AttributeValue(.int64Array([1, 2])) == .array([1, 2]))
        #expect(AttributeValue(.__DO_NOT_SWITCH_EXHAUSTIVELY_OVER_THIS_ENUM_USE_DEFAULT_INSTEAD) == nil)
    }
}
