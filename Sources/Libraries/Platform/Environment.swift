import Glibc

/// The variables that the process was started with.
///
/// Nothing in Millrace changes them, so they may be read by any thread.
public enum Environment {
    /// The value of the variable `name`; `nil` when it is not set.
    public static func value(_ name: String) -> String? {
        // The text is copied before anybody could change the environment.
        unsafe getenv(name).map { unsafe String(cString: $0) }
    }
}
