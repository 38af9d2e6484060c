import Millrace
import Testing

@testable import MillraceService

@Suite("How the memory is split, and what must hold it")
struct MemorySplitTests {
    @Test("The parts add up to the whole", arguments: [1, 1 << 20, 512 << 20, (512 << 20) + 7])
    func parts(_ memory: Int) {
        let split = MemorySplit(memory: memory)
        #expect(split.prefetch + split.batches + split.sinks + split.rest == memory)
    }

    @Test("An address space that cannot hold limits.memory is refused; one without limit never")
    func addressSpace() throws {
        try MemorySplit.checkAddressSpace(nil, memory: 512 << 20)
        try MemorySplit.checkAddressSpace(1024 << 20, memory: 512 << 20)
        let error = #expect(throws: MillraceError.self) {
            try MemorySplit.checkAddressSpace((1024 << 20) - 1, memory: 512 << 20)
        }
        #expect(error?.code == .config)
        #expect(error?.message.contains("limited to 1023 MiB") == true)
        #expect(error?.remedy?.contains("1024 MiB") == true)
    }
}
