// The fast reading: for texts without a fault, by marks instead of a list of tokens.
//
// It fills the same slots as the walk over simdjson's index (fields.cpp) or gives up, and then that walk has the word: it
// alone knows what is wrong and where, and it serves what is rare here: escaped names, deep nesting, large texts. That
// the two agree is tested with random and damaged texts.
#include "glance.hpp"
#if defined(__x86_64__)
#include <immintrin.h>
#endif

// It only runs where a marker does, and those machines have all of these.
#if defined(__x86_64__)
#define CJ_GLANCE_ROUTINE __attribute__((target("avx2,bmi,bmi2,lzcnt,popcnt")))
#else
#define CJ_GLANCE_ROUTINE
#endif
#define CJ_GLANCE CJ_GLANCE_ROUTINE inline __attribute__((always_inline))

namespace cj {
namespace {

// A place in a text; `none` where something is not as expected.
constexpr uint32_t none = UINT32_MAX;

// Behind the last block: any walk ends here, with a place behind the text.
constexpr marks end_marks = {~0ull, 0, ~0ull, 0, ~0ull};

// How deep objects that are looked into may lie in each other.
constexpr uint32_t most_levels = 16;

// Whether `text` is a number of a few digits, perhaps with a sign and a point, as most are: digits are found at once. False
// says nothing. `readable` bytes may be read.
CJ_GLANCE bool is_short_number(const uint8_t *text, size_t size, size_t readable) {
#if defined(__x86_64__)
    if (size > 16 || readable < 16) return false;
    __m128i values = _mm_sub_epi8(_mm_loadu_si128(reinterpret_cast<const __m128i *>(text)), _mm_set1_epi8('0'));
    __m128i is_digit = _mm_cmpeq_epi8(_mm_min_epu8(values, _mm_set1_epi8(9)), values);
    uint32_t used = (1u << size) - 1, others = ~static_cast<uint32_t>(_mm_movemask_epi8(is_digit)) & used;
    uint32_t start = text[0] == '-';
    others &= ~start;
    uint32_t whole = others == 0 ? static_cast<uint32_t>(size) : static_cast<uint32_t>(__builtin_ctz(others));
    if (whole == start || (text[start] == '0' && whole > start + 1)) return false;
    return others == 0 || ((others & (others - 1)) == 0 && text[whole] == '.' && whole + 1 < size);
#else
    (void)text, (void)size, (void)readable;
    return false;
#endif
}

// A walk over the marks of a text. Behind the last block stands one that no walk gets past (`end_marks`), so that where a
// text ends is seen by a place that is not in it.
//
// `IsCompact`: there is no white space outside strings, as in most texts; then what stands between two operators need not
// be looked at (marks.hpp).
template <bool IsCompact> struct glancer {
    const uint8_t *text;
    const uint32_t length;
    cj_value *slots;
    const cj_edge *edges;
    const bool has_escapes;
    // Operators not met yet: the bits left of `block`, whose first byte stands at `base`.
    const marks *block;
    uint32_t base = 0;
    uint64_t left;

    CJ_GLANCE glancer(const cj_reader &reader, const cj_program &program, uint32_t seen)
        : text(reader.text), length(reader.length), slots(reader.slots), edges(program.edges),
          has_escapes(seen & seen_backslash), block(reader.marks.get()), left(block->operators) {}

    CJ_GLANCE bool read(const cj_node *nodes) {
        uint32_t root = next();
        if (root >= length || text[root] != '{' || behind_space(0) != root) return false;
        uint32_t end = members(nodes, root);
        return end < length && behind_space(end + 1) == length;
    }

    // The next operator, or a place behind the text.
    CJ_GLANCE uint32_t next() {
        while (left == 0) {
            base += 64;
            left = (++block)->operators;
        }
        uint32_t place = base + static_cast<uint32_t>(__builtin_ctzll(left));
        left &= left - 1;
        return place;
    }

    // The first quote at `from` or behind it, which is in the text: where strings are not closed, nothing is read at all.
    CJ_GLANCE uint32_t quote(uint32_t from) const {
        const marks *at = block - base / 64 + from / 64;
        uint64_t bits = at->quotes & (~0ull << (from % 64));
        for (from &= ~63u; bits == 0; from += 64) bits = (++at)->quotes;
        return from + static_cast<uint32_t>(__builtin_ctzll(bits));
    }

    // Most texts have no white space between their tokens.
    CJ_GLANCE uint32_t behind_space(uint32_t from) const {
        if constexpr (!IsCompact)
            while (from < length && is_space(text[from])) from++;
        return from;
    }

    // An object that is being read, but for the innermost: its node, and where the value of an edge in it opened.
    struct level {
        const cj_node *node;
        const cj_edge *edge;
        uint32_t opening;
    };

    // The members of the root object, which opens at `opening`, and of the objects below it that are looked into. Returns
    // the place of its '}', or `none`. Without recursion, so that where the walk stands is kept in registers.
    CJ_GLANCE uint32_t members(const cj_node *nodes, uint32_t opening) {
        level levels[most_levels];
        uint32_t depth = 0, from = behind_space(opening + 1);
        const cj_node *node = nodes;
        bool may_end = true; // no member of this object was met yet
        for (;;) {
            uint32_t colon = next(), behind;
            if (colon >= length) return none;
            if (text[from] == '"') [[likely]] {
                if (text[colon] != ':') return none;
                uint32_t name_end = IsCompact ? colon - 1 : quote(from + 1);
                if (!IsCompact && behind_space(name_end + 1) != colon) return none;
                if (has_escapes && has_backslash(text + from + 1, name_end - from - 1)) return none;
                const cj_edge *edge =
                    find_name(edges, *node, text + from + 1, name_end - from - 1, true, length - from - 1);
                // Of members with one name the first counts.
                if (edge != nullptr && slots[edge->slot].kind != CJ_ABSENT) edge = nullptr;
                uint32_t start = behind_space(colon + 1);
                behind = next();
                if (behind >= length) return none;
                if (behind != start) {
                    uint32_t end = behind;
                    if constexpr (!IsCompact) {
                        end = end_of_scalar(start, behind);
                        if (end == none) return none;
                    }
                    if (edge != nullptr && !scalar(slots[edge->slot], start, end)) return none;
                } else {
                    uint8_t opens_with = text[start];
                    if (!(classes.of[opens_with] & opens)) return none;
                    if (edge != nullptr && edge->node >= 0 && opens_with == '{') {
                        if (depth == most_levels) return none;
                        levels[depth++] = {node, edge, start};
                        node = nodes + edge->node;
                        from = behind_space(start + 1);
                        may_end = true;
                        continue;
                    }
                    uint32_t last = skip(opens_with);
                    if (last == none) return none;
                    if (edge != nullptr) fill(*edge, start, last + 1);
                    behind = next();
                    if (behind >= length || behind_space(last + 1) != behind) return none;
                }
            } else {
                if (text[from] != '}' || !may_end) return none;
                behind = from;
            }
            // Behind a member, and behind each object that ends there.
            while (text[behind] == '}') {
                if (depth == 0) return behind;
                const level &outer = levels[--depth];
                node = outer.node;
                fill(*outer.edge, outer.opening, behind + 1);
                uint32_t last = behind;
                behind = next();
                if (behind >= length || behind_space(last + 1) != behind) return none;
            }
            if (text[behind] != ',') return none;
            from = behind_space(behind + 1);
            may_end = false;
        }
    }

    // Fills the slot of `edge` with the object or array between `start` and `end`.
    CJ_GLANCE void fill(const cj_edge &edge, uint32_t start, uint32_t end) {
        slots[edge.slot] = {
            text[start] == '{' ? uint32_t(CJ_OBJECT) : uint32_t(CJ_ARRAY), start, end, CJ_TOKEN_UNKNOWN};
    }

    // The end of the string or scalar at `start`, with nothing but white space between it and `behind`; or `none`.
    CJ_GLANCE uint32_t end_of_scalar(uint32_t start, uint32_t behind) const {
        if (text[start] == '"') {
            uint32_t end = quote(start + 1) + 1;
            return behind_space(end) == behind ? end : none;
        }
        uint32_t end = behind;
        while (is_space(text[end - 1])) end--;
        for (uint32_t at = start; at < end; at++)
            if (is_space(text[at]) || text[at] == '"') return none;
        return end;
    }

    // Fills a slot with the scalar between `start` and `end`; false for what is not well formed.
    CJ_GLANCE bool scalar(cj_value &slot, uint32_t start, uint32_t end) {
        const uint8_t *raw = text + start;
        size_t size = end - start;
        uint32_t kind = CJ_NUMBER;
        if (*raw == '"') {
            kind = CJ_STRING;
            if (has_escapes && has_backslash(raw + 1, size - 2)) {
                if (bad_escape(raw + 1, size - 2) != size - 2) return false;
                kind = CJ_ESCAPED_STRING;
            }
        } else if (!is_short_number(raw, size, length - start) && !is_number(raw, size)) {
            kind = literal(raw, size);
            if (kind == CJ_MALFORMED) return false;
        }
        slot = {kind, start, end, CJ_TOKEN_UNKNOWN};
        return true;
    }

    // Passes over the object or array whose bracket, `opening`, was met last, by its brackets alone. Returns the place of
    // the bracket that closes it, or `none`.
    //
    // Brackets are counted a block at once: each kind must come out even, and the last be of the first one's kind. One at
    // a time only where the end may be, which pairs of neighbours, the most of what there is, cannot be.
    CJ_GLANCE uint32_t skip(uint8_t opening) {
        uint64_t rest = left == 0 ? 0 : ~0ull << __builtin_ctzll(left); // behind the bracket that opened
        uint64_t opens = block->opens & rest, closes = block->closes & rest;
        uint32_t level = 1, curly = opening == '{';
        for (;;) {
            uint32_t closed = count(closes);
            if (closed - neighbours(opens, closes) >= level) {
                for (uint64_t bits = opens | closes; bits != 0; bits &= bits - 1) {
                    uint64_t bit = bits & -bits;
                    uint32_t step = (opens & bit) ? 1 : UINT32_MAX; // up or down
                    level += step;
                    curly += (block->curly & bit) ? step : 0;
                    if (level != 0) continue;
                    uint32_t place = base + static_cast<uint32_t>(__builtin_ctzll(bits));
                    left = block->operators & ~(bit | (bit - 1));
                    return curly == 0 && place < length && (text[place] ^ opening) == ('{' ^ '}') ? place : none;
                }
            } else {
                level += count(opens) - closed;
                curly += count(opens & block->curly) - count(closes & block->curly);
            }
            if (level > 64) return none;
            block++;
            base += 64;
            opens = block->opens;
            closes = block->closes;
        }
    }

    // How many brackets that open have one that closes next to them.
    static CJ_GLANCE uint32_t neighbours(uint64_t opens, uint64_t closes) {
        uint64_t order = bits_at(opens, opens | closes);
        return count(order & (bits_at(closes, opens | closes) >> 1));
    }

    // The bits of `bits` that stand at `places`, close together.
    static CJ_GLANCE uint64_t bits_at(uint64_t bits, uint64_t places) {
#if defined(__x86_64__)
        return _pext_u64(bits, places);
#else
        uint64_t found = 0;
        for (uint64_t next = 1; places != 0; places &= places - 1, next <<= 1)
            if (bits & places & -places) found |= next;
        return found;
#endif
    }

    static CJ_GLANCE uint32_t count(uint64_t bits) { return static_cast<uint32_t>(__builtin_popcountll(bits)); }
};

template <bool IsCompact>
CJ_GLANCE_ROUTINE bool read(cj_reader &reader, const cj_program &program, uint32_t seen) {
    glancer<IsCompact> walk(reader, program, seen);
    return walk.read(program.nodes);
}

} // namespace

bool glance(cj_reader &reader, const cj_program &program, marker marker) {
    if (marker == nullptr || reader.length > CJ_MAX_GLANCE || !reader.fit_marks()) return false;
    uint32_t seen = marker(reader.text, reader.length, reader.marks.get());
    if (seen & seen_fault) return false;
    reader.marks[(reader.length + 63) / 64] = end_marks;
    if ((seen & seen_non_ascii) && !cj_is_utf8(reader.text, reader.length)) return false;
    return seen & seen_space ? read<false>(reader, program, seen) : read<true>(reader, program, seen);
}

} // namespace cj
