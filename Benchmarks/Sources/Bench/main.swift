import Millrace
import MillraceCommand

// bench run CONFIG               the worker, with `spin` and `meter`
// bench micro
// bench base64 SIZE              prints GB/s
// bench pipeline TOTAL SIZE [BATCH]   prints: records, CPU ns a record

let words = Array(CommandLine.arguments.dropFirst())
switch (words.first, words.count) {
case ("run", 2): MillraceCommand.main(registry: .standard.adding(SpinKind()).adding(MeterKind()))
case ("micro", 1): try MicroBench.run()
case ("base64", 2): MicroBench.base64Alone(max(4, Int(words[1]) ?? 1024))
case ("pipeline", 3), ("pipeline", 4):
    guard let total = Int(words[1]), let size = Int(words[2]), total >= 4, size >= 448 else { fallthrough }
    let seconds = try PipelineBench.run(
        total: total, size: size, batch: words.count == 4 ? Int(words[3]) ?? 1000 : 1000)
    print("\(total) records\t\(Int(seconds * 1e9 / Double(total))) ns CPU a record")
default:
    print(
        "usage: bench micro | bench base64 SIZE | bench pipeline TOTAL SIZE [BATCH] (TOTAL at least 4, SIZE at least 448)"
    )
}
