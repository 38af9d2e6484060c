import Millrace
import Platform

/// Why a place of `admin` cannot be listened at, in words that name the key.
///
/// 78 where the config is wrong whenever it is tried, 77 where a right is missing, 69 where the next try of a service manager
/// may find the place free, else 73.
enum AdminFault {
    /// `error` was met at `admin.listen`, which says `place` (`host:port`).
    static func listen(_ place: String, _ error: SystemError) -> MillraceError {
        let what = "admin.listen \(place)"
        if error.isUnknownHost {
            return MillraceError(
                .config, "\(what): no machine of this name is known",
                remedy: "correct the name, or write an address of this machine (127.0.0.1 for itself alone)")
        }
        if error.isInUse {
            return MillraceError(
                .unavailable, "\(what): \(error.reason)",
                remedy: "stop what listens there (`ss -ltnp` shows it), or set admin.listen to another place or none")
        }
        if error.isForeignAddress {
            return MillraceError(
                .unavailable, "\(what): this machine has no such address",
                remedy: "set admin.listen to one that `ip address` shows, or to 127.0.0.1 or 0.0.0.0")
        }
        if error.isDenied {
            return MillraceError(
                .notPermitted, "\(what): \(error.reason)",
                remedy: "ports below 1024 need the capability CAP_NET_BIND_SERVICE; set admin.listen to a higher one")
        }
        return MillraceError(
            error.isTemporary ? .unavailable : .cannotCreate, "\(what): \(error.reason)",
            remedy: "set admin.listen to another place or none")
    }

    /// `error` was met at the control socket `path`.
    static func socket(_ path: String, _ error: SystemError) -> MillraceError {
        let what = "the control socket \(path) (admin.socket)"
        if error.isInUse {
            return MillraceError(
                .unavailable, "\(what): a worker answers there",
                remedy: "stop that worker, or set admin.socket to another path")
        }
        if error.isExisting {
            let kind = (try? FileSystem.kind(path)) == .folder ? "a folder" : "a file that is no socket"
            return MillraceError(
                .config, "\(what): there is \(kind), which is not replaced",
                remedy: "set admin.socket to a path where nothing is, or move that away")
        }
        if error.isTooLong {
            return MillraceError(
                .config, "\(what) has \(path.utf8.count) bytes, and the system takes 107 for a socket's path",
                remedy: "set admin.socket to a shorter path")
        }
        if error.isMissing {
            return MillraceError(
                .config, "\(what): there is no folder \(FileSystem.folder(of: path))",
                remedy: "make the folder, or set admin.socket to another path")
        }
        return MillraceError(
            error.isDenied ? .notPermitted : .cannotCreate, "\(what): \(error.reason)",
            remedy: "let this user write to \(FileSystem.folder(of: path)), or set admin.socket to another path")
    }
}
