import Millrace

/// `postgresql`: a row a record, inserted or updated by its key.
struct PostgreSQLKind: SinkKind {
    let name = "postgresql"
    let meaning = "Inserts each record's JSON object as a row of a table, or updates the row of the same key."
    let keys: [Key] = [
        .required(
            "connection", .string,
            example: "host=localhost dbname=shop user=millrace",
            "Where the server is and who one is there, as libpq has it; a password as `${credential:NAME}`."),
        .required("table", .string, example: "orders", "The table, with its schema where that is not the user's own."),
        .required("key", .string, example: "id", "The column that names a row; it has a unique index."),
        .required(
            "columns", .strings, example: "[id, total]",
            "The columns that are written, each from the member of its name; the key is one of them."),
        Key(
            "timeout", .duration(100...600_000, allowsInfinite: false), default: "10s",
            "How long the server may take to answer."),
    ]

    func check(_ options: Options, _ context: CheckContext) -> [ConfigIssue] {
        guard let key = options.string("key"), !options.strings("columns").contains(key) else { return [] }
        return [ConfigIssue("postgresql.columns lacks the key \(key)", at: options.place(of: "columns"))]
    }

    func probe(_ options: Options, _ context: CheckContext, timeout: Int64) -> Readiness {
        do throws(ServerError) {
            _ = try Connection(Upsert(options), timeout: timeout)
            return .ready("table \(options.string("table") ?? "")")
        } catch {
            guard error.kind == .fatal else { return .unreachable(error.description) }
            let code: MillraceError.Code = error.isPermission ? .notPermitted : .config
            return .refused(MillraceError(code, error.description, remedy: "see postgresql in the config"))
        }
    }

    func make(_ options: Options, _ context: SinkContext) throws(MillraceError) -> any Sink {
        AsyncSinkAdapter(PostgreSQLSink(Upsert(options), timeout: options.duration("timeout") ?? 10_000))
    }
}

/// What a connection is opened for: the server, and the statement that every record is given to.
struct Upsert {
    let connection: String
    let statement: String

    init(_ options: Options) {
        let columns = options.strings("columns").map(Self.quoted)
        let key = Self.quoted(options.string("key") ?? "")
        let table = (options.string("table") ?? "").split(separator: ".").map { Self.quoted(String($0)) }
            .joined(separator: ".")
        let changes = columns.filter { $0 != key }.map { "\($0) = EXCLUDED.\($0)" }
        connection = options.string("connection") ?? ""
        // The server reads the JSON: its types, its rules, its words where one is broken.
        statement = """
            INSERT INTO \(table) (\(columns.joined(separator: ", ")))
            SELECT \(columns.joined(separator: ", ")) FROM jsonb_populate_record(NULL::\(table), $1::jsonb)
            ON CONFLICT (\(key)) DO \(changes.isEmpty ? "NOTHING" : "UPDATE SET \(changes.joined(separator: ", "))")
            """
    }

    private static func quoted(_ name: String) -> String {
        "\"\(name.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\""))\""
    }
}
