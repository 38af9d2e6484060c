// The reader's memory and what the walks share.
#pragma once
#define SIMDJSON_EXCEPTIONS 0
#include "csimdjson.h"
#include <simdjson.h>
#include <cstring>
#include <memory>
#include "marks.hpp"

struct cj_reader {
    std::unique_ptr<simdjson::internal::dom_parser_implementation> parser;
    const uint8_t *text = nullptr;
    uint32_t length = 0;
    cj_value *slots = nullptr;
    uint32_t slot_capacity = 0;
    uint8_t *scratch = nullptr;
    size_t scratch_capacity = 0;
    bool is_lent = false;
    // Room for the marks of a text that is glanced at, made at the first one.
    std::unique_ptr<cj::marks[]> marks;
    // Whether the parser's index is of this text: a glance needs none.
    bool is_indexed = false;

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
    // Makes room for the marks of a text of CJ_MAX_GLANCE bytes.
    bool fit_marks();
    // Makes an index of the text if there is none yet. What may be wrong is said in `fault`.
    bool index_text(cj_fault &fault);
    // Makes the slots of a program absent.
    bool clear_slots(uint32_t count);
};

namespace cj {

// The token of a value that was found without an index.
enum : uint32_t { CJ_TOKEN_UNKNOWN = UINT32_MAX };
// Texts beyond are read by simdjson's index alone.
enum : uint32_t { CJ_MAX_GLANCE = 256 << 10 };

inline cj_fault fault(uint32_t kind, size_t at) { return {kind, static_cast<uint32_t>(at)}; }
inline cj_value malformed(cj_fault why) { return {CJ_MALFORMED, why.at, why.kind, 0}; }
inline bool is_space(uint8_t byte) { return byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r'; }
inline bool is_digit(uint8_t byte) { return static_cast<uint8_t>(byte - '0') < 10; }

// What a token can be, by its first byte: bits, so that a walk need not branch on them.
enum token_class : uint8_t { scalar = 0, opens = 1, closes = 2, is_object = 4, separates = 8 };
struct class_table {
    uint8_t of[256] = {};
    constexpr class_table() {
        of['{'] = opens | is_object;
        of['['] = opens;
        of['}'] = closes | is_object;
        of[']'] = closes;
        of[':'] = of[','] = separates;
    }
};
inline constexpr class_table classes;
// Whether no value begins with this byte.
inline bool begins_none(uint8_t byte) { return classes.of[byte] & (closes | separates); }

// text.cpp
// Checks the escapes of a string's inside; returns the place of a bad one, or `count`.
size_t bad_escape(const uint8_t *text, size_t count);
// Writes a checked string's inside without escapes; `to` has room for `count` bytes. Returns the length.
size_t unescape(const uint8_t *text, size_t count, uint8_t *to);
cj_fault find_control_character(const uint8_t *text, size_t length);
cj_fault find_bad_utf8(const uint8_t *text, size_t length);

// number.cpp
bool is_number(const uint8_t *text, size_t length);

// reader.cpp
// CJ_TRUE, CJ_FALSE or CJ_NULL; CJ_MALFORMED for any other text.
uint32_t literal(const uint8_t *text, size_t length);

// fields.cpp
// Fills the slots of a program from the text that was just indexed; they are absent.
bool fill(cj_reader &reader, const cj_program &program, cj_fault &fault);

} // namespace cj
