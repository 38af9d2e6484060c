import Millrace
import Platform
import Testing

@testable import FileSink

@Suite struct PathTemplateTests {
    private func path(_ template: String, _ topic: String = "orders", _ partition: Int32 = 7) throws -> String {
        try PathTemplate(template).path(of: ShardID(topic: topic, partition: partition))
    }

    @Test func `placeholders stand for the shard`() throws {
        #expect(try path("out/{topic}/{partition}.txt") == "out/orders/7.txt")
        #expect(try path("{shard}") == "orders-7")
        #expect(try path("a{shard}{shard}b") == "aorders-7orders-7b")
        #expect(try path("/abs/{shard}.x") == "/abs/orders-7.x")
        let shard = ShardID(topic: "t", partition: 0)
        let dated = try PathTemplate("{date}/{shard}.x")
        #expect(dated.path(of: shard, day: Day(of: 1_769_903_999_999)) == "2026-01-31/t-0.x")
        #expect(dated.path(of: shard, day: Day(of: 1_769_904_000_000)) == "2026-02-01/t-0.x")
        #expect(dated.path(of: shard, day: Day(of: -1)) == "1969-12-31/t-0.x")
    }

    @Test(arguments: [
        "", "out/", "out/{shard}/", "out/{shard}/.", "..", "out/{shard}/..", "{shrad}", "{",
        "a{shard",
        "{}", "a\0{shard}",
    ])
    func `what is no template is refused`(text: String) {
        #expect(throws: PathTemplate.Problem.self) { try PathTemplate(text) }
    }

    @Test(arguments: [
        "a/b", "../../etc/passwd", "..", ".", "a\0b", "/", "%2F", "ü", "a\nb", "", ".hidden", "a:b", "a b",
    ])
    func `no topic leads out of its folder`(topic: String) throws {
        for template in ["out/{topic}/{partition}", "out/{shard}", "out/x{topic}"] {
            let path = try path(template, topic)
            let parts = path.split(separator: "/", omittingEmptySubsequences: false)
            #expect(parts.count == template.split(separator: "/").count && parts[0] == "out", "\(path)")
            #expect(!parts.contains("..") && !parts.contains("."), "\(path)")
            #expect(path.utf8.allSatisfy { $0 > 32 && $0 < 127 }, "\(path)")
        }
    }

    @Test(arguments: 0..<40 as Range<UInt64>)
    func `two shards have two files, whatever they are called`(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let letters: [Character] = ["a", "-", ".", "/", "%", "1", "2", "_", "\0", "ß"]
        var seen: [String: ShardID] = [:]
        for _ in 0..<400 {
            let topic = String((0..<(random.next() % 4)).map { _ in letters[Int(random.next() % 10)] })
            let shard = ShardID(topic: topic, partition: Int32(random.next() % 30))
            let path = try PathTemplate("out/{shard}.txt").path(of: shard)
            #expect(seen[path] == nil || seen[path] == shard, "seed \(seed): \(path)")
            seen[path] = shard
        }
    }

    @Test func `a finished file's name goes before the extension that the config wrote`() throws {
        func rotated(_ template: String, topic: String = "a.b", number: Int = 1) throws -> String {
            try PathTemplate(template).files(of: ShardID(topic: topic, partition: 0)).rotated(first: 5, number: number)
        }
        #expect(try rotated("out/{shard}.jsonl") == "out/a.b-0-5.jsonl")
        #expect(try rotated("out/{shard}.jsonl", number: 3) == "out/a.b-0-5.3.jsonl")
        #expect(try rotated("out/{shard}") == "out/a.b-0-5")
        #expect(try rotated("out/{shard}", number: 2) == "out/a.b-0-5.2")
        #expect(try rotated("x.d/{shard}.tar.gz") == "x.d/a.b-0.tar-5.gz")
        #expect(try rotated("{shard}/.data") == "a.b-0/.data-5")
        #expect(try rotated("{shard}/data.txt") == "a.b-0/data-5.txt")
        #expect(try rotated("{topic}.{shard}") == "a.b.a.b-0-5")
    }

    @Test func `the folder above the first placeholder is known`() throws {
        #expect(try PathTemplate("out/a/{shard}.x").fixedFolder == "out/a")
        #expect(try PathTemplate("out/a{topic}/{shard}").fixedFolder == "out")
        #expect(try PathTemplate("/{shard}").fixedFolder == "/")
        #expect(try PathTemplate("{shard}").fixedFolder == ".")
        #expect(try PathTemplate("a{shard}").fixedFolder == ".")
    }
}

@Suite struct FileSinkKindTests {
    private func issues(_ options: Options, topics: [String] = ["t"]) -> [String] {
        FileSinkKind().check(options, CheckContext(sourceKind: "kafka", source: source(topics))).map(\.message)
    }

    @Test func `a good config has no issues`() {
        #expect(issues(fileOptions("out/{shard}.jsonl"), topics: ["a", "b"]).isEmpty)
        #expect(issues(fileOptions("out/{partition}.jsonl")).isEmpty)
    }

    @Test func `shards that would share a file are refused`() {
        #expect(issues(fileOptions("out/a.jsonl")).first?.contains("must contain `{shard}` or `{partition}`") == true)
        #expect(issues(fileOptions("out/{topic}")).count == 1)
        let several = issues(fileOptions("out/{topic}/{partition}"), topics: ["a", "b"])
        #expect(several.first?.contains("must contain `{shard}`,") == true)
    }

    @Test func `a tilde is not taken for a folder`() {
        #expect(
            issues(fileOptions("~/out/{shard}.jsonl")) == ["path: ~ is not expanded, it would be a folder of that name"]
        )
        #expect(issues(fileOptions("~me/{shard}.jsonl")).count == 1)
        #expect(issues(fileOptions("./~/{shard}.jsonl")) == [])
        #expect(issues(fileOptions("~{shard}")) == [])
    }

    @Test func `what a later version has is refused by name`() {
        #expect(issues(fileOptions("{date}/{shard}")) == [])
        #expect(issues(fileOptions("{date}")).count == 1, "several shards have records of a day")
    }

    @Test func `every key is declared with a meaning`() {
        #expect(FileSinkKind().keys.map(\.name) == ["path", "rotate", "sync", "framing"])
        #expect(FileSinkKind().keys.allSatisfy { $0.meaning.hasSuffix(".") })
    }

    @Test func `a folder that cannot be made ends the start with 73`() throws {
        let folder = try TemporaryFolder()
        try folder.put("file", "")
        let error = #expect(throws: MillraceError.self) { try fileSink(folder.path + "/file/out/{shard}") }
        #expect(error?.code.exitCode == 73)
        #expect(error?.message.contains("Not a directory") == true)
        #expect(error?.remedy != nil)
    }
}
