// The structural index as walks see it. All of it is small and hot, so it is here to be inlined.
#pragma once
#include "reader.hpp"
#include "words.hpp"

#define CJ_INLINE inline __attribute__((always_inline))

namespace cj {

// A walk that fails says why in `why` and returns 0, as no token but the root is 0.
struct index {
    const uint8_t *text;
    const uint32_t *tokens;
    uint32_t count;
    uint32_t length;
    cj_fault why{};

    explicit index(const cj_reader &reader)
        : text(reader.text), tokens(reader.tokens()), count(reader.token_count()), length(reader.length) {}

    uint32_t fail(uint32_t kind, size_t at) {
        why = fault(kind, at);
        return 0;
    }
    uint8_t byte(uint32_t token) const { return text[tokens[token]]; }
    uint8_t kind(uint32_t token) const { return classes.of[byte(token)]; }

    // The end of the scalar in front of token `next`: between the two is white space alone.
    CJ_INLINE uint32_t end_before(uint32_t next) const {
        uint32_t end = tokens[next];
        while (is_space(text[end - 1])) end--;
        return end;
    }

    // Checks that `"name" : value` stands at `token`, and that something follows.
    CJ_INLINE bool is_member(uint32_t token) {
        if (token + 3 < count && byte(token) == '"' && byte(token + 1) == ':' && !begins_none(byte(token + 2))) return true;
        return fail_member(token);
    }
    __attribute__((noinline)) bool fail_member(uint32_t token) {
        if (token < count && byte(token) != '"') return fail(CJ_FAULT_NAME, tokens[token]);
        if (token + 1 < count && byte(token + 1) != ':') return fail(CJ_FAULT_COLON, tokens[token + 1]);
        if (token + 2 < count && begins_none(byte(token + 2))) return fail(CJ_FAULT_VALUE, tokens[token + 2]);
        return fail(CJ_FAULT_ENDS_EARLY, length);
    }

    // The token behind the object or array that opens at `token`, `depth` levels below the root.
    //
    // Which brackets are open is a bit each, the innermost the lowest, so that a wrong one is found; 64 levels are enough
    // for nearly all texts.
    CJ_INLINE uint32_t skip(uint32_t token, uint32_t depth) {
        const uint8_t *bytes = text;
        const uint32_t *at = tokens + token, *end = tokens + count;
        uint64_t open = 0;
        for (uint32_t level = 0; at != end; at++) {
            uint8_t kind = classes.of[bytes[*at]];
            if (!(kind & (opens | closes))) [[likely]] continue;
            uint64_t object = kind >> 2 & 1;
            if (kind & opens) {
                open = open << 1 | object;
                if (++level > 64) break;
            } else {
                if ((open & 1) != object) break;
                open >>= 1;
                if (--level == 0) return static_cast<uint32_t>(at - tokens) + 1;
            }
        }
        return skip_deep(token, depth);
    }
    // The same for what is deep, wrong or cut: with a place for the fault.
    uint32_t skip_deep(uint32_t token, uint32_t depth);

    // The string, number or literal at `token`, checked; something must follow it.
    cj_value scalar_at(uint32_t token) const {
        uint32_t start = tokens[token], end = end_before(token + 1);
        const uint8_t *raw = text + start;
        if (*raw == '"' && !has_backslash(raw + 1, end - start - 2)) return {CJ_STRING, start, end, token};
        if (is_number(raw, end - start)) return {CJ_NUMBER, start, end, token};
        return rare_scalar(token, start, end);
    }
    cj_value rare_scalar(uint32_t token, uint32_t start, uint32_t end) const;
};

// The same as find_edge for a raw name of `count` bytes at `start` that has escapes.
bool find_escaped_edge(
    cj_reader &reader, index &at, const cj_program &program, uint32_t node, uint32_t start, size_t count,
    const cj_edge *&found);

// The first `count` bytes of a word in memory, zeros behind them.
CJ_INLINE uint64_t first_bytes(uint64_t word, size_t count) { return count < 8 ? word & ~(~0ull << 8 * count) : word; }

// The edge with this name, or NULL. `readable` bytes may be read from `name`: with eight of them one word decides.
CJ_INLINE const cj_edge *find_name(
    const cj_edge *edges, const cj_node &node, const uint8_t *name, size_t count, bool is_raw, size_t readable) {
    size_t length = count < 63 ? count : 63;
    if (!(node.lengths >> length & 1)) return nullptr;
    uint64_t word = 0;
    if (readable >= 8) [[likely]]
        word = first_bytes(load<uint64_t>(name), count);
    else
        memcpy(&word, name, count < 8 ? count : 8);
    for (uint32_t i = node.by_length[length]; i < node.by_length[length + 1]; i++) {
        const cj_edge &edge = edges[i];
        if (edge.word != word || edge.length != count || (is_raw && !edge.is_plain)) continue;
        if (count <= 8 || equal(edge.name, name, count)) return &edge;
    }
    return nullptr;
}

// Looks the name at `token` up among a node's: sets `found` to its edge, or NULL. Returns false where the name has a bad
// escape or there is no memory.
CJ_INLINE bool find_edge(
    cj_reader &reader, index &at, const cj_program &program, uint32_t node, uint32_t token, const cj_edge *&found) {
    uint32_t start = at.tokens[token] + 1;
    size_t count = at.end_before(token + 1) - 1 - start;
    found = find_name(program.edges, program.nodes[node], at.text + start, count, true, at.length - start);
    if (found != nullptr || !has_backslash(at.text + start, count)) return true;
    return find_escaped_edge(reader, at, program, node, start, count, found);
}

} // namespace cj
