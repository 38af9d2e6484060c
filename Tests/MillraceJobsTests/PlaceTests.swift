import Millrace
import Testing

@testable import MillraceJobs

@Suite struct PlaceTests {
    @Test(arguments: [
        ("earliest", Place.earliest), ("latest", .latest), ("now", .now), ("0", .offset(0)), ("18911", .offset(18911)),
        ("-2h", .ago(7_200_000)), ("-90s", .ago(90_000)), ("-1d", .ago(86_400_000)),
        ("2026-03-01T07:00:00.012Z", .time(1_772_348_400_012)), ("2026-03-01T08:00:00+01:00", .time(1_772_348_400_000)),
    ])
    func readsWhatTheDesignNames(_ text: String, _ place: Place) { #expect(Place(text) == place) }

    @Test(arguments: ["", "noon", "-5", "2h", "-2 h", "--1h", "1.5", "2026-03-01", "+3", "-"])
    func refusesTheRest(_ text: String) { #expect(Place(text) == nil) }

    @Test func agesCountFromNow() {
        #expect(Place("-2h")?.moment(at: 10_000_000) == 2_800_000)
        #expect(Place("now")?.moment(at: 7) == 7)
        #expect(Place("17")?.moment(at: 7) == nil)
    }

    @Test func shards() {
        #expect(ShardID("orders:3") == ShardID(topic: "orders", partition: 3))
        for text in ["orders", "orders:", ":3", "orders:-1", "orders:x"] { #expect(ShardID(text) == nil) }
    }
}
