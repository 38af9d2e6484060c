import CRdkafka
import Glibc

/// A thread of its own for one piece of work that may block longer than its caller can wait.
enum DetachedThread {
    private final class Work: Sendable {
        let name: String
        let body: @Sendable () -> Void

        init(_ name: String, _ body: @escaping @Sendable () -> Void) {
            self.name = name
            self.body = body
        }
    }

    /// Starts `body` on a new thread that nobody joins and that takes no signals; `name` shows in `top`, 15 bytes of it.
    ///
    /// Answers false where the system gives no thread; `body` has not run then.
    static func start(_ name: String, _ body: @escaping @Sendable () -> Void) -> Bool {
        var attributes = pthread_attr_t()
        unsafe pthread_attr_init(&attributes)
        defer { unsafe pthread_attr_destroy(&attributes) }
        unsafe pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
        let work = unsafe Unmanaged.passRetained(Work(name, body))
        var thread = pthread_t()
        let failure = unsafe pthread_create(
            &thread, &attributes,
            { context in
                // The one reference that `start` took for this thread.
                guard let context = unsafe context else { return nil }
                DetachedThread.run(unsafe Unmanaged<Work>.fromOpaque(context).takeRetainedValue())
                return nil
            }, work.toOpaque())
        if failure != 0 { unsafe work.release() }
        return failure == 0
    }

    private static func run(_ work: Work) {
        var all = sigset_t()
        unsafe sigfillset(&all)
        unsafe pthread_sigmask(SIG_BLOCK, &all, nil)
        unsafe crk_name_thread(String(work.name.prefix(15)))
        work.body()
    }
}
