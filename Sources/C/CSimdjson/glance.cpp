// The fast reading: for texts without a fault, by marks instead of a list of tokens.
//
// It fills the same slots as the walk over simdjson's index (fields.cpp) or gives up, and then that walk has the word: it
// alone knows what is wrong and where, and it serves what is rare here: escaped names, deep nesting, large texts. That
// the two agree is tested with random and damaged texts.
#include "glance.hpp"

namespace cj {
namespace {

// A place in a text; `none` where something is not as expected.
constexpr uint32_t none = UINT32_MAX;

struct glancer {
    cj_reader &reader;
    const cj_program &program;
    const uint8_t *text;
    const uint32_t length;
    const marks *blocks;
    const uint32_t block_count;
    const uint32_t seen;
    // Operators not met yet: the bits left of block `at`.
    uint32_t at = 0;
    uint64_t left;

    glancer(cj_reader &reader, const cj_program &program, uint32_t seen)
        : reader(reader), program(program), text(reader.text), length(reader.length), blocks(reader.marks.get()),
          block_count((reader.length + 63) / 64), seen(seen), left(blocks[0].operators) {}

    // The next operator.
    CJ_INLINE uint32_t next() {
        while (left == 0) {
            if (++at >= block_count) return none;
            left = blocks[at].operators;
        }
        uint32_t place = at * 64 + static_cast<uint32_t>(__builtin_ctzll(left));
        left &= left - 1;
        return place;
    }

    // The first quote at `from` or behind it.
    CJ_INLINE uint32_t quote(uint32_t from) const {
        uint32_t block = from / 64;
        if (block >= block_count) return none;
        uint64_t bits = blocks[block].quotes & (~0ull << (from % 64));
        while (bits == 0) {
            if (++block >= block_count) return none;
            bits = blocks[block].quotes;
        }
        return block * 64 + static_cast<uint32_t>(__builtin_ctzll(bits));
    }

    // Most texts have no white space between their tokens.
    CJ_INLINE uint32_t behind_space(uint32_t from) const {
        if (seen & seen_space)
            while (from < length && is_space(text[from])) from++;
        return from;
    }

    bool has_space(uint32_t from, uint32_t to) const {
        for (; from < to; from++)
            if (is_space(text[from])) return true;
        return false;
    }

    // The members of the object whose '{' was met last, at `opening`. Returns the place of its '}', or `none`.
    uint32_t object(uint32_t node, uint32_t opening) {
        uint32_t from = behind_space(opening + 1);
        if (from < length && text[from] == '}') return next();
        for (;;) {
            if (from >= length || text[from] != '"') return none;
            uint32_t name = from + 1, name_end = quote(name), colon = next();
            if (name_end == none || colon == none || text[colon] != ':' || behind_space(name_end + 1) != colon) return none;
            if ((seen & seen_backslash) && has_backslash(text + name, name_end - name)) return none;
            const cj_edge *edge = find_name(program, node, text + name, name_end - name, true);
            uint32_t end = value(edge, behind_space(colon + 1));
            if (end == none) return none;
            if (text[end] == '}') return end;
            if (text[end] != ',') return none;
            from = behind_space(end + 1);
        }
    }

    // The value at `start`, which goes to the slot of `edge` if there is one. Returns the operator behind it.
    CJ_INLINE uint32_t value(const cj_edge *edge, uint32_t start) {
        // Of members with one name the first counts.
        if (edge != nullptr && reader.slots[edge->slot].kind != CJ_ABSENT) edge = nullptr;
        uint32_t behind = next();
        if (behind == none) return none;
        if (behind == start) return (classes.of[text[start]] & opens) ? container(edge, start) : none;
        uint32_t end;
        if (text[start] == '"') {
            end = quote(start + 1) + 1;
            if (end == 0 || behind_space(end) != behind) return none;
        } else {
            end = behind;
            if (seen & seen_space) {
                while (is_space(text[end - 1])) end--;
                if (has_space(start, end)) return none;
            }
            if (quote(start) < behind) return none;
        }
        return edge == nullptr || scalar(reader.slots[edge->slot], start, end) ? behind : none;
    }

    // Fills a slot with the scalar between `start` and `end`; false for what is not well formed.
    CJ_INLINE bool scalar(cj_value &slot, uint32_t start, uint32_t end) {
        const uint8_t *raw = text + start;
        size_t size = end - start;
        uint32_t kind = CJ_NUMBER;
        if (*raw == '"') {
            kind = CJ_STRING;
            if ((seen & seen_backslash) && has_backslash(raw + 1, size - 2)) {
                if (bad_escape(raw + 1, size - 2) != size - 2) return false;
                kind = CJ_ESCAPED_STRING;
            }
        } else if (!is_number(raw, size)) {
            kind = literal(raw, size);
            if (kind == CJ_MALFORMED) return false;
        }
        slot = {kind, start, end, CJ_TOKEN_UNKNOWN};
        return true;
    }

    // The object or array that opens at `start`. Returns the operator behind it.
    CJ_INLINE uint32_t container(const cj_edge *edge, uint32_t start) {
        bool is_object = text[start] == '{';
        bool looks_inside = edge != nullptr && is_object && edge->node >= 0;
        uint32_t last = looks_inside ? object(static_cast<uint32_t>(edge->node), start) : skip(start);
        if (last == none) return none;
        if (edge != nullptr)
            reader.slots[edge->slot] = {is_object ? uint32_t(CJ_OBJECT) : uint32_t(CJ_ARRAY), start, last + 1, CJ_TOKEN_UNKNOWN};
        uint32_t behind = next();
        return behind != none && behind_space(last + 1) == behind ? behind : none;
    }

    // Passes over what opens at `start`, by its brackets alone. Returns the place of the bracket that closes it.
    //
    // Which brackets are open is a bit each, the innermost the lowest: 1 for an object. Without branches on what a bracket
    // is, as nobody could foresee them: of '{', '}', '[' and ']' bit 1 says that it opens and bit 5 that it is an object's.
    CJ_INLINE uint32_t skip(uint32_t start) {
        uint64_t open = text[start] >> 5 & 1, wrong = 0;
        uint32_t level = 1;
        uint64_t bits = blocks[at].brackets & left;
        for (;;) {
            while (bits == 0) {
                if (++at >= block_count) return none;
                left = blocks[at].operators;
                bits = blocks[at].brackets;
            }
            uint32_t place = at * 64 + static_cast<uint32_t>(__builtin_ctzll(bits));
            uint64_t lowest = bits & -bits;
            bits ^= lowest;
            uint64_t is_object = text[place] >> 5 & 1, opens = text[place] >> 1 & 1;
            wrong |= (open ^ is_object) & (opens ^ 1);
            open = opens ? open << 1 | is_object : open >> 1;
            level += static_cast<uint32_t>(opens * 2) - 1;
            if (level == 0 || level > 60) {
                left &= ~(lowest | (lowest - 1));
                return wrong || level != 0 ? none : place;
            }
        }
    }
};

bool is_utf8(const cj_reader &reader) {
    return simdjson::validate_utf8(reinterpret_cast<const char *>(reader.text), reader.length);
}

} // namespace

bool glance(cj_reader &reader, const cj_program &program) {
    if (best_marker == nullptr || reader.length > CJ_MAX_GLANCE || !reader.fit_marks()) return false;
    uint32_t seen = best_marker(reader.text, reader.length, reader.marks.get());
    if (seen & seen_fault) return false;
    if ((seen & seen_non_ascii) && !is_utf8(reader)) return false;
    glancer walk(reader, program, seen);
    uint32_t root = walk.next();
    if (root == none || walk.text[root] != '{' || walk.behind_space(0) != root) return false;
    uint32_t end = walk.object(0, root);
    return end != none && walk.behind_space(end + 1) == walk.length;
}

} // namespace cj
