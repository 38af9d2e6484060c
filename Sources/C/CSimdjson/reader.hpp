// The reader's memory and what the walks share.
#pragma once
#define SIMDJSON_EXCEPTIONS 0
#include "csimdjson.h"
#include <simdjson.h>
#include <cstring>

struct cj_reader {
    std::unique_ptr<simdjson::internal::dom_parser_implementation> parser;
    const uint8_t *text = nullptr;
    uint32_t length = 0;
    cj_value *slots = nullptr;
    uint32_t slot_capacity = 0;
    uint8_t *scratch = nullptr;
    size_t scratch_capacity = 0;
    bool is_lent = false;

    cj_reader() = default;
    cj_reader(const cj_reader &) = delete;
    cj_reader &operator=(const cj_reader &) = delete;
    ~cj_reader() {
        free(slots);
        free(scratch);
    }

    // Where tokens begin: brackets, ':' and ',' outside strings, and the first byte of every string and other scalar.
    const uint32_t *tokens() const { return parser->structural_indexes.get(); }
    uint32_t token_count() const { return parser->n_structural_indexes; }
    // `count` bytes of scratch memory, or NULL.
    uint8_t *room(size_t count);
};

namespace cj {

inline cj_fault fault(uint32_t kind, size_t at) { return {kind, static_cast<uint32_t>(at)}; }
inline cj_value malformed(cj_fault why) { return {CJ_MALFORMED, why.at, why.kind, 0}; }
inline bool is_space(uint8_t byte) { return byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r'; }
inline bool is_digit(uint8_t byte) { return static_cast<uint8_t>(byte - '0') < 10; }

// What a token can be, by its first byte.
enum token_class : uint8_t { scalar, open, other };
inline token_class class_of(uint8_t byte) {
    switch (byte) {
    case '{': case '[': return open;
    case '}': case ']': case ':': case ',': return other;
    default: return scalar;
    }
}

// A view of the index for walking. A walk that fails says why in `why` and returns 0, as no token but the root is 0.
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
    // The end of the scalar in front of token `next`: between the two is white space alone.
    uint32_t end_before(uint32_t next) const {
        uint32_t end = tokens[next];
        while (is_space(text[end - 1])) end--;
        return end;
    }
    // The token behind the value that opens at `token`, `depth` levels below the root.
    uint32_t skip(uint32_t token, uint32_t depth);
    // Checks that `"name" : value` stands at `token`, and that something follows.
    bool is_member(uint32_t token);
    // The string, number or literal at `token`, checked; something must follow it.
    cj_value scalar_at(uint32_t token) const;
};

// text.cpp
bool has_backslash(const uint8_t *text, size_t count);
// Checks the escapes of a string's inside; returns the place of a bad one, or `count`.
size_t bad_escape(const uint8_t *text, size_t count);
// Writes a checked string's inside without escapes; `to` has room for `count` bytes. Returns the length.
size_t unescape(const uint8_t *text, size_t count, uint8_t *to);
cj_fault find_control_character(const uint8_t *text, size_t length);
cj_fault find_bad_utf8(const uint8_t *text, size_t length);

// fields.cpp
// Fills the slots of a program from the text that was just indexed.
bool fill(cj_reader &reader, const cj_program &program, cj_fault &fault);
// Whether the member named in `[start, end)` (raw) is one of a node's: sets `found` to its edge, or NULL.
// Returns false where the name has a bad escape or there is no memory.
bool find_edge(
    cj_reader &reader, index &at, const cj_program &program, uint32_t node, uint32_t start, uint32_t end,
    const cj_edge *&found);

} // namespace cj
