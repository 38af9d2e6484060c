import CSimdjson

/// A JSON number by its exact value, whatever its length and form: `300`, `300.0` and `3e2` are the same.
///
/// One of many digits or with an exponent is known by its text alone, which the caller keeps beside it. Exponents beyond
/// ±2³⁰ count as that.
@frozen public struct JSONNumber: Sendable {
    @usableFromInline let number: cj_number

    @inlinable init(_ number: cj_number) { self.number = number }

    /// Zero, which needs no text.
    public static var zero: JSONNumber { JSONNumber(cj_number()) }

    /// The number that `text` is, all of it; nil where it is none by the grammar of JSON.
    @inlinable public init?(_ text: Span<UInt8>) {
        var number = cj_number()
        // The buffer is only read during the call.
        let isNumber = unsafe text.withUnsafeBufferPointer { unsafe cj_parse_number($0.baseAddress, $0.count, &number) }
        if isNumber == 0 { return nil }
        self.number = number
    }

    /// Compares two numbers by value, each with its own text: negative, zero or positive as the first is less than,
    /// equal to or greater than the second. Complexity: O(1) for up to 18 digits without an exponent, else linear in them.
    @inlinable
    public static func compare(
        _ left: JSONNumber, _ leftText: Span<UInt8>, _ right: JSONNumber, _ rightText: Span<UInt8>
    ) -> Int {
        if let order = left.quickOrder(right) { return order }
        left.check(leftText.count)
        right.check(rightText.count)
        // Both numbers' digits lie inside their texts, as was just checked.
        return unsafe leftText.withUnsafeBufferPointer { left_ in
            unsafe rightText.withUnsafeBufferPointer { right_ in
                unsafe Int(cj_compare_numbers(left_.baseAddress, left.number, right_.baseAddress, right.number))
            }
        }
    }

    /// The order of two plain numbers, without a look at their texts; nil where the texts must decide.
    @inlinable func quickOrder(_ other: JSONNumber) -> Int? {
        let order = cj_quick_order(number, other.number)
        return order == 2 ? nil : Int(order)
    }

    @inlinable func check(_ count: Int) { precondition(Int(number.length) <= count, "not the number's text") }
}

extension JSONDocument {
    /// The number `value`.
    @inlinable public func number(_ value: JSONValue) -> JSONNumber {
        precondition(value.kind == .number, "not a number")
        // Subscripting checks the range; a number of this document was checked by the grammar when it was found.
        let raw = unsafe UnsafeRawBufferPointer(rebasing: text[value.range])
        return JSONNumber(unsafe cj_read_number(raw.baseAddress?.assumingMemoryBound(to: UInt8.self), raw.count))
    }

    /// Compares `number`, of `value`, with another one that has the text `otherText`.
    @inlinable
    public func compare(
        _ number: JSONNumber, of value: JSONValue, _ other: JSONNumber, _ otherText: Span<UInt8>
    ) -> Int {
        if let order = number.quickOrder(other) { return order }
        number.check(value.range.count)
        other.check(otherText.count)
        let raw = unsafe UnsafeRawBufferPointer(rebasing: text[value.range])
        return unsafe otherText.withUnsafeBufferPointer { otherText in
            unsafe Int(
                cj_compare_numbers(
                    raw.baseAddress?.assumingMemoryBound(to: UInt8.self), number.number, otherText.baseAddress,
                    other.number))
        }
    }
}
