import Platform
import Testing

@testable import MillraceCommand

struct ProgressTests {
    private let bar = ProgressBar(
        title: "replay orders", done: 11_600_000, total: 26_311_442, rate: 412_000, note: "dead 1")

    @Test func `a bar with all that is known`() {
        #expect(
            bar.line(width: 120)
                == "replay orders  [#############-----------------] 44%  11.6M/26.3M  412k/s  eta 0:36  dead 1")
        #expect(bar.text == "replay orders  44%  11.6M/26.3M  412k/s  eta 0:36  dead 1")
    }

    @Test func `no line is wider than its terminal`() {
        for width in 0...130 {
            let line = bar.line(width: width)
            #expect(line.count <= width)
            #expect(line.contains("[") == (width >= 69), "\(width): \(line)")
        }
        #expect(bar.line(width: 80).count == 79)
    }

    @Test func `what is not known is not shown`() {
        #expect(ProgressBar(title: "", done: 512, total: nil, rate: nil, note: "").line(width: 80) == "512")
        #expect(ProgressBar(title: "x", done: 5, total: 10, rate: 0, note: "").text == "x  50%  5/10  0/s")
        #expect(ProgressBar(title: "x", done: 1, total: 1_000_000_000, rate: 1, note: "").text == "x  0%  1/1.0G  1/s")
    }

    @Test func `all is done at 100 % and not before`() {
        #expect(ProgressBar(title: "x", done: 9_999, total: 10_000, rate: nil, note: "").text == "x  99%  10.0k/10.0k")
        #expect(ProgressBar(title: "x", done: 10, total: 10, rate: 5, note: "").text == "x  100%  10/10  5/s")
        // More than there should be, and nothing to do.
        #expect(ProgressBar(title: "x", done: 12, total: 10, rate: 5, note: "").line(width: 60).contains("##] 100%"))
        #expect(ProgressBar(title: "x", done: 0, total: 0, rate: nil, note: "").text == "x  100%  0/0")
    }

    @Test func `a bar comes after two seconds, then five times a second`() {
        var plan = ProgressPlan(title: "x", total: 1_000, isBar: true, start: 10_000)
        #expect(plan.update(100, note: "", now: 11_000) == nil)
        #expect(plan.update(199, note: "", now: 11_999) == nil)
        #expect(plan.update(200, note: "dead 1", now: 12_000)?.text == "x  20%  200/1.0k  100/s  eta 0:08  dead 1")
        #expect(plan.update(210, note: "", now: 12_100) == nil)
        #expect(plan.update(220, note: "", now: 12_200) != nil)
    }

    @Test func `plain lines come every ten seconds`() {
        var plan = ProgressPlan(title: "x", total: nil, isBar: false, start: 0)
        let times = stride(from: Int64(0), through: 35_000, by: 500).filter { time in
            plan.update(Int(time), note: "", now: time) != nil
        }
        #expect(times == [10_000, 20_000, 30_000])
    }

    @Test func `the rate is that of the last seconds`() throws {
        var plan = ProgressPlan(title: "x", total: nil, isBar: true, start: 0)
        var rate: Double = -1
        for time in stride(from: Int64(0), through: 20_000, by: 100) {
            // 1,000/s for ten seconds, then 10/s.
            let done = time <= 10_000 ? time : 10_000 + (time - 10_000) / 100
            if let bar = plan.update(Int(done), note: "", now: time) { rate = try #require(bar.rate) }
        }
        #expect((9...11).contains(rate))
    }
}
