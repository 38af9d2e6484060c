import Millrace

extension LoadedConfig {
    /// `admin.socket` as the file says it, also where variables were left alone; nil where it does not, or by a variable.
    public var controlSocket: String? {
        if let config { return config.admin.socket }
        let admin = root?.entries?.first { $0.key == "admin" }?.value
        let socket = admin?.entries?.first { $0.key == "socket" }?.value.value
        guard case .scalar(let text, _, isSecret: false)? = socket, !text.isEmpty, !text.contains("${") else {
            return nil
        }
        return text
    }
}
