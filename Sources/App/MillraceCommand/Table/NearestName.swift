/// Finds the name that was meant by a misspelt one.
enum NearestName {
    /// The name nearest to `word`, where one is near enough to be what was meant: a third of its letters may differ.
    ///
    /// Of two equally near ones the first. Complexity: O(names × length²).
    static func of(_ word: String, among names: [String]) -> String? {
        let typed = Array(word.lowercased())
        let ranked = names.map { (name: $0, distance: distance(typed, Array($0.lowercased()))) }
        guard let best = ranked.min(by: { $0.distance < $1.distance }), best.distance > 0 || best.name != word,
            best.distance <= max(1, min(typed.count, best.name.count) / 3)
        else { return nil }
        return best.name
    }

    /// How many letters must be changed, added, left out, or swapped with their neighbour.
    private static func distance(_ left: [Character], _ right: [Character]) -> Int {
        var before: [Int] = []
        var row = Array(0...right.count)
        for i in left.indices {
            var next = [i + 1]
            for j in right.indices {
                var cost = min(row[j + 1] + 1, next[j] + 1, row[j] + (left[i] == right[j] ? 0 : 1))
                if i > 0, j > 0, left[i] == right[j - 1], left[i - 1] == right[j] {
                    cost = min(cost, before[j - 1] + 1)
                }
                next.append(cost)
            }
            (before, row) = (row, next)
        }
        return row[right.count]
    }
}
