import FuzzTargets
import Glibc

// Built by scripts/fuzz alone, with libFuzzer, which has `main` and calls this for each input.

/// The target that `MILLRACE_FUZZ_TARGET` names.
private let target: FuzzTarget = {
    let name = unsafe getenv("MILLRACE_FUZZ_TARGET").map { unsafe String(cString: $0) } ?? ""
    guard let target = FuzzTarget(rawValue: name) else {
        say("MILLRACE_FUZZ_TARGET names no target: \(FuzzTarget.allCases.map(\.rawValue))")
        exit(64)
    }
    return target
}()

/// Judges one input; a fault ends the process, and libFuzzer keeps the input.
@_cdecl("LLVMFuzzerTestOneInput")
public func judge(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    // libFuzzer lends the bytes for the call; they are copied.
    let bytes = unsafe Array(UnsafeBufferPointer(start: start, count: count))
    if let fault = target.fault(bytes) {
        say("FAULT \(fault)")
        abort()
    }
    return 0
}

private func say(_ text: String) {
    // The pointer is used within the call alone.
    _ = unsafe (text + "\n").withCString { unsafe write(STDERR_FILENO, $0, strlen($0)) }
}
