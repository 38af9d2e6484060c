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

// `IsCompact`: there is no white space outside strings, as in most texts; then what stands between two operators need not
// be looked at (marks.hpp).
template <bool IsCompact> struct glancer {
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

    CJ_GLANCE_ROUTINE bool read() {
        uint32_t root = next();
        if (root == none || text[root] != '{' || behind_space(0) != root) return false;
        uint32_t end = object(0, root);
        return end != none && behind_space(end + 1) == length;
    }

    // The next operator.
    CJ_GLANCE uint32_t next() {
        while (left == 0) {
            if (++at >= block_count) return none;
            left = blocks[at].operators;
        }
        uint32_t place = at * 64 + static_cast<uint32_t>(__builtin_ctzll(left));
        left &= left - 1;
        return place;
    }

    // The first quote at `from` or behind it.
    CJ_GLANCE uint32_t quote(uint32_t from) const {
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
    CJ_GLANCE uint32_t behind_space(uint32_t from) const {
        if constexpr (!IsCompact)
            while (from < length && is_space(text[from])) from++;
        return from;
    }

    // The end of the string or scalar at `start`, with nothing but white space between it and `behind`; or `none`.
    CJ_GLANCE_ROUTINE uint32_t end_of_scalar(uint32_t start, uint32_t behind) const {
        if (text[start] == '"') {
            uint32_t end = quote(start + 1);
            return end != none && behind_space(end + 1) == behind ? end + 1 : none;
        }
        uint32_t end = behind;
        while (is_space(text[end - 1])) end--;
        for (uint32_t at = start; at < end; at++)
            if (is_space(text[at]) || text[at] == '"') return none;
        return end;
    }

    // The members of the object whose '{' was met last, at `opening`. Returns the place of its '}', or `none`.
    CJ_GLANCE_ROUTINE uint32_t object(uint32_t node, uint32_t opening) {
        uint32_t from = behind_space(opening + 1);
        if (from < length && text[from] == '}') return next();
        for (;;) {
            if (from >= length || text[from] != '"') return none;
            uint32_t name = from + 1, colon = next();
            if (colon == none || text[colon] != ':') return none;
            uint32_t name_end = IsCompact ? colon - 1 : quote(name);
            if (name_end == none || (!IsCompact && behind_space(name_end + 1) != colon)) return none;
            if ((seen & seen_backslash) && has_backslash(text + name, name_end - name)) return none;
            const cj_edge *edge = find_name(program, node, text + name, name_end - name, true, length - name);
            uint32_t end = value(edge, behind_space(colon + 1));
            if (end == none) return none;
            if (text[end] == '}') return end;
            if (text[end] != ',') return none;
            from = behind_space(end + 1);
        }
    }

    // The value at `start`, which goes to the slot of `edge` if there is one. Returns the operator behind it.
    CJ_GLANCE uint32_t value(const cj_edge *edge, uint32_t start) {
        // Of members with one name the first counts.
        if (edge != nullptr && reader.slots[edge->slot].kind != CJ_ABSENT) edge = nullptr;
        uint32_t behind = next();
        if (behind == none) return none;
        if (behind == start) return (classes.of[text[start]] & opens) ? container(edge, start) : none;
        uint32_t end = behind;
        if constexpr (!IsCompact) {
            end = end_of_scalar(start, behind);
            if (end == none) return none;
        }
        return edge == nullptr || scalar(reader.slots[edge->slot], start, end) ? behind : none;
    }

    // Fills a slot with the scalar between `start` and `end`; false for what is not well formed.
    CJ_GLANCE bool scalar(cj_value &slot, uint32_t start, uint32_t end) {
        const uint8_t *raw = text + start;
        size_t size = end - start;
        uint32_t kind = CJ_NUMBER;
        if (*raw == '"') {
            kind = CJ_STRING;
            if ((seen & seen_backslash) && has_backslash(raw + 1, size - 2)) {
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

    // The object or array that opens at `start`. Returns the operator behind it.
    CJ_GLANCE uint32_t container(const cj_edge *edge, uint32_t start) {
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
    // Brackets are counted a block at once: each kind must come out even, and the last be of the first one's kind. One at
    // a time only where the end may be, which pairs of neighbours, the most of what there is, cannot be.
    CJ_GLANCE uint32_t skip(uint32_t start) {
        uint64_t rest = left == 0 ? 0 : ~0ull << __builtin_ctzll(left); // behind the bracket that opened
        uint32_t level = 1, curly = text[start] == '{';
        for (;;) {
            const marks &block = blocks[at];
            uint64_t opens = block.opens & rest, closes = block.closes & rest;
            uint32_t closed = count(closes);
            if (closed - neighbours(opens, closes) >= level) {
                for (uint64_t bits = opens | closes; bits != 0; bits &= bits - 1) {
                    uint64_t bit = bits & -bits;
                    uint32_t step = (opens & bit) ? 1 : UINT32_MAX; // up or down
                    level += step;
                    curly += (block.curly & bit) ? step : 0;
                    if (level != 0) continue;
                    uint32_t place = at * 64 + static_cast<uint32_t>(__builtin_ctzll(bits));
                    left = block.operators & ~(bit | (bit - 1));
                    return curly == 0 && (text[place] ^ text[start]) == ('{' ^ '}') ? place : none;
                }
            } else {
                level += count(opens) - closed;
                curly += count(opens & block.curly) - count(closes & block.curly);
            }
            if (level > 64 || ++at >= block_count) return none;
            rest = ~0ull;
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

} // namespace

bool glance(cj_reader &reader, const cj_program &program, marker marker) {
    if (marker == nullptr || reader.length > CJ_MAX_GLANCE || !reader.fit_marks()) return false;
    uint32_t seen = marker(reader.text, reader.length, reader.marks.get());
    if (seen & seen_fault) return false;
    if ((seen & seen_non_ascii) && !cj_is_utf8(reader.text, reader.length)) return false;
    return seen & seen_space ? glancer<false>(reader, program, seen).read() : glancer<true>(reader, program, seen).read();
}

} // namespace cj
