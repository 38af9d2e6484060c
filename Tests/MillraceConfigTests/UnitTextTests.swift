import MillraceConfig
import Testing

/// Durations and sizes as a config writes them.
@Suite struct UnitTextTests {
    @Test(
        arguments: [
            ("0s", 0), ("10ms", 10), ("5s", 5000), ("90s", 90_000), ("2m", 120_000), ("1h", 3_600_000),
            ("3d", 259_200_000),
        ] as [(String, Int64)])
    func `durations`(text: String, milliseconds: Int64) throws {
        #expect(try DurationText.milliseconds(text) == milliseconds)
        #expect(try DurationText.milliseconds(DurationText.text(milliseconds)) == milliseconds)
    }

    @Test(arguments: [
        ("0B", 0), ("512B", 512), ("1KiB", 1024), ("64MiB", 64 << 20), ("2GiB", 2 << 30), ("1TiB", 1 << 40),
    ])
    func `sizes`(text: String, bytes: Int) throws {
        #expect(try SizeText.bytes(text) == bytes)
        #expect(SizeText.text(bytes) == text)
    }

    @Test(arguments: ["", "ms", "5 s", "5 S", "s5", "5s5", "٥s", "1e3s", "5sec", "+5s", "99999999999999999999ms"])
    func `what is no duration`(text: String) {
        #expect(throws: DurationText.Problem.self) { try DurationText.milliseconds(text) }
    }

    @Test(arguments: ["", "KiB", "5 KiB", "5kib", "1.5MiB", "-1KiB", "99999999TiB", "٥B"])
    func `what is no size`(text: String) {
        #expect(throws: SizeText.Problem.self) { try SizeText.bytes(text) }
    }
}
