extension Matcher {
    /// Lends the lists to `body`, once a batch.
    func withView<R>(_ body: (borrowing MatchView) -> R) -> R {
        let (predicates, nodes, fields, tests) = (predicates, nodes, fields, tests)
        let (bounds, absences, ways, bytes) = (bounds, absences, ways, bytes)
        let (choices, branches, pieces, networks) = (choices, branches, pieces, networks)
        return body(
            MatchView(
                predicates: predicates.span, nodes: nodes.span, fields: fields.span, choices: choices.span,
                branches: branches.span, tests: tests.span,
                bounds: bounds.span, absences: absences.span, ways: ways.span, pieces: pieces.span,
                networks: networks.span,
                bytes: bytes.span))
    }
}
