// Where the brackets, separators and quotes of a text are: a bit a byte, 64 bytes a block.
#pragma once
#include <cstddef>
#include <cstdint>

namespace cj {

struct marks {
    uint64_t operators; // brackets, ':' and ',' outside strings
    uint64_t opens;     // of these '{' and '['
    uint64_t closes;    // of these '}' and ']'
    uint64_t curly;     // '{' and '}' among the brackets, and much else
    uint64_t quotes;    // that begin or end a string
};

// What was seen in a text, as bits.
enum { seen_space = 1, seen_backslash = 2, seen_non_ascii = 4, seen_fault = 8 };

// Marks `length` bytes of `text`, none of them outside read, in `(length + 63) / 64` blocks. A fault is a string that is
// not closed, a control character that may not stand where it is, or a string that touches another one or a scalar: so
// where there is no white space, between two operators stands one string, one other scalar, or nothing.
using marker = uint32_t (*)(const uint8_t *text, size_t length, marks *to);

// The marker of a method (CJ_METHOD_…), or NULL: the machine lacks what it needs, or the method has none.
marker marker_of(int method);
// The best one of this machine, or NULL: then simdjson's index, which runs everywhere, serves alone.
extern const marker best_marker;

} // namespace cj
