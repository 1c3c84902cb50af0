/// Callers in the order of their arrival, any of which may leave early.
struct WaitingLine<Element> {
    private var elements: [(id: Int, element: Element)?] = []
    private var head = 0
    private var lastID = 0
    private(set) var count = 0

    var isEmpty: Bool { count == 0 }

    /// The caller who came first.
    var first: Element? { elements.indices.contains(head) ? elements[head]?.element : nil }

    /// A number for `append`, larger than all before.
    mutating func makeID() -> Int {
        lastID += 1
        return lastID
    }

    mutating func append(_ element: Element, id: Int) {
        elements.append((id, element))
        count += 1
    }

    mutating func popFirst() -> Element? { isEmpty ? nil : remove(at: head) }

    mutating func remove(id: Int) -> Element? {
        elements[head...].firstIndex { $0?.id == id }.flatMap { remove(at: $0) }
    }

    private mutating func remove(at index: Int) -> Element? {
        guard let found = elements[index] else { return nil }
        elements[index] = nil
        count -= 1
        while head < elements.count, elements[head] == nil { head += 1 }
        if head > 64, head * 2 > elements.count {
            elements.removeFirst(head)
            head = 0
        }
        return found.element
    }
}
