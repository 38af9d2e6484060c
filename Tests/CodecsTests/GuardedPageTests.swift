import Codecs
import Glibc
import Testing

/// Inputs that end where readable memory ends: a kernel that reads one byte past its input dies here.
@Suite struct GuardedPageTests {
    @Test func decodersReadNothingBehindTheInput() throws {
        let page = try GuardedPage()
        for alphabet in Base64.Alphabet.allCases {
            for length in 0...300 {
                let bytes = (0..<length).map { UInt8($0 & 255) }
                let text = Reference(alphabet: alphabet).encode(bytes)
                for kernel in kernels {
                    unsafe #expect(decoded(page.filled(with: text), alphabet, kernel) == bytes)
                }
                let bad = text + [UInt8(ascii: "!")]
                for kernel in kernels { unsafe #expect(decoded(page.filled(with: bad), alphabet, kernel) == nil) }
            }
        }
    }

    @Test func encodersReadNothingBehindTheInput() throws {
        let page = try GuardedPage()
        for alphabet in Base64.Alphabet.allCases {
            for length in 0...300 {
                let bytes = (0..<length).map { UInt8($0 & 255) }
                let text = Reference(alphabet: alphabet).encode(bytes, padded: alphabet == .standard)
                for kernel in kernels {
                    unsafe #expect(encoded(page.filled(with: bytes), alphabet, kernel) == text)
                }
            }
        }
    }

    private func decoded(
        _ input: UnsafeRawBufferPointer, _ alphabet: Base64.Alphabet, _ kernel: Base64.Kernel
    ) -> [UInt8]? {
        try? unsafe [UInt8](unsafeUninitializedCapacity: Base64.decodedCapacity(input.count)) { output, count in
            guard let start = output.baseAddress else { return }
            count = try unsafe Base64.decode(
                input, into: UnsafeMutableRawPointer(start), alphabet: alphabet, kernel: kernel)
        }
    }

    private func encoded(
        _ input: UnsafeRawBufferPointer, _ alphabet: Base64.Alphabet, _ kernel: Base64.Kernel
    ) -> [UInt8] {
        unsafe [UInt8](unsafeUninitializedCapacity: Base64.encodedCapacity(input.count)) { output, count in
            guard let start = output.baseAddress else { return }
            count = unsafe Base64.encode(
                input, into: UnsafeMutableRawPointer(start), alphabet: alphabet, kernel: kernel)
        }
    }
}

/// A page of memory with an unreadable one behind it.
@safe private final class GuardedPage {
    private let pages: UnsafeMutableRawPointer
    private let size: Int

    struct NoMemory: Error {}

    init() throws {
        size = Int(sysconf(Int32(_SC_PAGESIZE)))
        guard
            let pages = unsafe mmap(
                nil, 2 * size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
            unsafe pages != MAP_FAILED, unsafe mprotect(pages + size, size, PROT_NONE) == 0
        else { throw NoMemory() }
        unsafe self.pages = pages
    }

    deinit { unsafe munmap(pages, 2 * size) }

    /// `bytes`, the last of them the last of the page. Holds until the next call.
    func filled(with bytes: [UInt8]) -> UnsafeRawBufferPointer {
        let start = unsafe pages + size - bytes.count
        let room = unsafe UnsafeMutableRawBufferPointer(start: start, count: bytes.count)
        unsafe room.copyBytes(from: bytes)
        return UnsafeRawBufferPointer(room)
    }
}
