import Testing

@testable import MillraceCommand

/// Durations and sizes as they are typed.
@Suite struct QuantityTests {
    @Test(
        arguments: [
            ("10ms", 10), ("5s", 5_000), ("2m", 120_000), ("1h", 3_600_000), ("7d", 604_800_000), ("0s", 0),
        ] as [(String, Int64)])
    func durations(_ text: String, _ milliseconds: Int64) {
        #expect(Quantity.milliseconds(text) == milliseconds)
    }

    @Test(arguments: [("512B", 512), ("64KiB", 65_536), ("1MiB", 1_048_576), ("2GiB", 2_147_483_648)])
    func sizes(_ text: String, _ bytes: Int) {
        #expect(Quantity.bytes(text) == bytes)
        #expect(Quantity.text(bytes: bytes) == text)
    }

    @Test(arguments: [
        "", "5", "s", "5 s", "-5s", "1.5s", "5S", "30 secs", "99999999999999999999s", "9223372036854775807h", "٣s",
    ])
    func whatIsNoDuration(_ text: String) {
        #expect(Quantity.milliseconds(text) == nil)
    }

    @Test(arguments: ["64", "64kb", "64K", "1e3B", "9223372036854775807KiB"])
    func whatIsNoSize(_ text: String) {
        #expect(Quantity.bytes(text) == nil)
    }

    @Test(
        arguments: [(0, "0ms"), (10, "10ms"), (1_000, "1s"), (90_000, "90s"), (3_600_000, "1h")] as [(Int64, String)])
    func durationsAsText(_ milliseconds: Int64, _ text: String) {
        #expect(Quantity.text(milliseconds: milliseconds) == text)
    }
}
