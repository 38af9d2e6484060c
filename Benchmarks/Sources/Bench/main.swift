import Millrace

// bench micro
// bench pipeline TOTAL SIZE      prints: records, CPU ns a record

let words = Array(CommandLine.arguments.dropFirst())
switch (words.first, words.count) {
case ("micro", 1): try MicroBench.run()
case ("pipeline", 3):
    guard let total = Int(words[1]), let size = Int(words[2]), total >= 4, size >= 448 else { fallthrough }
    let seconds = try PipelineBench.run(total: total, size: size)
    print("\(total) records\t\(Int(seconds * 1e9 / Double(total))) ns CPU a record")
default:
    print("usage: bench micro | bench pipeline TOTAL SIZE (TOTAL at least 4, SIZE at least 448)")
}
