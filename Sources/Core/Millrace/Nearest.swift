/// Finds the word that was probably meant.
public enum Nearest {
    /// The known word that is nearest to `word`, if one is near enough to be meant. Case, hyphens and underscores do not
    /// count. Of several equally near the first is taken.
    public static func match(_ word: String, in known: [String]) -> String? {
        let asked = normalized(word)
        guard !asked.isEmpty else { return nil }
        var best: (word: String, distance: Int)?
        for candidate in known {
            let other = normalized(candidate)
            var distance = distance(asked, other)
            if isPart(asked, of: other) || isPart(other, of: asked) { distance = min(distance, 1) }
            guard distance <= max(1, min(asked.count, other.count) / 3) else { continue }
            if distance < best?.distance ?? .max { best = (candidate, distance) }
        }
        return best?.word
    }

    /// Whether `part` is the beginning or the end of `whole` and long enough to say something.
    private static func isPart(_ part: [Unicode.Scalar], of whole: [Unicode.Scalar]) -> Bool {
        part.count >= 4 && whole.count > part.count
            && (whole.starts(with: part) || whole.suffix(part.count).elementsEqual(part))
    }

    private static func normalized(_ word: String) -> [Unicode.Scalar] {
        word.lowercased().unicodeScalars.filter { $0 != "-" && $0 != "_" }
    }

    /// Damerau and Levenshtein's distance (of the optimal string alignment): how many characters must be put in, taken out,
    /// changed, or swapped with their neighbour. Complexity: O(n × m).
    static func distance(_ left: [Unicode.Scalar], _ right: [Unicode.Scalar]) -> Int {
        if left.isEmpty || right.isEmpty { return max(left.count, right.count) }
        var before: [Int] = []
        var row = Array(0...right.count)
        for i in 1...left.count {
            var next = [i]
            for j in 1...right.count {
                let change = row[j - 1] + (left[i - 1] == right[j - 1] ? 0 : 1)
                var cost = min(row[j] + 1, next[j - 1] + 1, change)
                if i > 1, j > 1, left[i - 1] == right[j - 2], left[i - 2] == right[j - 1] {
                    cost = min(cost, before[j - 2] + 1)
                }
                next.append(cost)
            }
            before = row
            row = next
        }
        return row[right.count]
    }
}
