import Codecs
import Millrace

extension RecordList {
    /// How many records ahead: far enough to hide the way to memory, near enough to be still in the cache then.
    private static let ahead = 2

    /// To be called as record `index` is begun, in order: fetches the payload of one that comes soon.
    func prefetch(from index: Int) {
        let next = index + RecordList.ahead
        if next < count { Cache.prefetch(payload(next)) }
    }
}
