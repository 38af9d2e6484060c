// A reader of single JSON objects: simdjson finds where tokens begin and checks UTF-8 and strings (the structural index
// that its On-Demand front end walks too), and a walk of our own picks the members that a program of fields wants.
// The walk is our own because a record must be read to its end, faults need a place, the same index must serve several
// readings, and nothing may depend on bytes behind the record. On machines with AVX2 a text is first glanced at
// (glance.cpp): a walk over bit marks, without a list of tokens, which reads most texts in a third of the time; what it
// cannot read, faulty texts above all, the index decides.
//
// What is checked: the whole text is UTF-8, strings are closed and hold no control characters, brackets match and nest
// at most CJ_MAX_DEPTH deep, the root is an object and only white space follows it, the root and every object on the way
// to a wanted member is made of `"name": value` with commas between, and every wanted string, number and literal is one.
// Other values are skipped by structure. No function throws, or reads outside of what it is given.
#pragma once
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { CJ_MAX_DEPTH = 1024 };

// What a value is. A malformed one has its fault's kind in `end` and the fault's place in `start`.
enum {
    CJ_ABSENT = 0,
    CJ_STRING = 1,
    CJ_ESCAPED_STRING = 2, // a string with at least one backslash in it
    CJ_NUMBER = 3,
    CJ_TRUE = 4,
    CJ_FALSE = 5,
    CJ_NULL = 6,
    CJ_OBJECT = 7,
    CJ_ARRAY = 8,
    CJ_MALFORMED = 9,
};

typedef struct {
    uint32_t kind;
    uint32_t start; // of the raw text, quotes and brackets included
    uint32_t end;
    uint32_t token; // the value's place in the structural index, where that was made
} cj_value;

// What is wrong with a text.
enum {
    CJ_FAULT_NONE = 0,
    CJ_FAULT_EMPTY = 1,
    CJ_FAULT_NOT_OBJECT = 2,
    CJ_FAULT_ENDS_EARLY = 3,
    CJ_FAULT_TRAILING = 4,
    CJ_FAULT_UTF8 = 5,
    CJ_FAULT_CONTROL_CHARACTER = 6,
    CJ_FAULT_NAME = 7,      // a member's name should stand here
    CJ_FAULT_COLON = 8,     // a ':' should stand here
    CJ_FAULT_VALUE = 9,     // no value, or not well formed
    CJ_FAULT_SEPARATOR = 10, // a ',' or a closing bracket should stand here
    CJ_FAULT_ESCAPE = 11,
    CJ_FAULT_DEPTH = 12,
    CJ_FAULT_MEMORY = 13, // no memory, or a text of 4 GiB
};

typedef struct {
    uint32_t kind;
    uint32_t at;
} cj_fault;

// A program of fields: a tree of member names. Node 0 is the root object. A node's edges lie together, ordered by the
// length of their names; `by_length[n]` is the first of length n or more, and `by_length[64]` is the end of the node.
typedef struct {
    const uint8_t *name; // unescaped
    uint64_t word;       // its first eight bytes as they lie in memory, behind a shorter one zeros
    uint32_t length;
    uint32_t slot;        // where the member's value goes
    uint32_t subtree_end; // slots slot + 1 to subtree_end - 1 belong to members below this one
    int32_t node;         // the node of the members below, or -1
    int32_t is_plain;     // no backslash in the name: a raw name may be compared as it is
} cj_edge;

// Bit n of `lengths` says that there is a name of length n (63: or more): most names of a text are none of these.
typedef struct {
    uint64_t lengths;
    uint32_t by_length[65];
} cj_node;

typedef struct {
    const cj_node *nodes;
    const cj_edge *edges;
    uint32_t slot_count;
} cj_program;

// A parser and its memory; grows to what it is given, and shrinks again after a text of more than 1 MiB.
typedef struct cj_reader cj_reader;

// The calling thread's own reader, made at its first call, for one user at a time: NULL while it is lent, or without
// memory. It dies with the thread.
cj_reader *cj_borrow_thread_reader(void);
void cj_return_thread_reader(cj_reader *reader);
// Whether `length` bytes of `text` are UTF-8, by RFC 3629.
int cj_is_utf8(const uint8_t *text, size_t length);
// The name of the instruction set that simdjson uses here.
const char *cj_implementation(void);

// Indexes `text` and fills the slots of `program`. Returns 1, or 0 with the fault. The text must stay where it is for
// the calls below, which all speak of the last text read.
int cj_read(cj_reader *reader, const cj_program *program, const uint8_t *text, size_t length, cj_fault *fault);
// How a text may be read: by simdjson's index alone, or first by a glance with marks of one kind or the other.
enum { CJ_METHOD_INDEX = 0, CJ_METHOD_AVX2 = 1, CJ_METHOD_AVX512 = 2 };
// Whether this machine has what the method needs.
int cj_has_method(int method);
// cj_read by a method of the caller's choice, which the machine must have.
int cj_read_with(
    int method, cj_reader *reader, const cj_program *program, const uint8_t *text, size_t length, cj_fault *fault);
// The values found, one a slot. They move with the next cj_read.
const cj_value *cj_slots(const cj_reader *reader);

// Fills the slots below `edge` from `object`, an object inside an array. A fault in it makes them malformed.
void cj_enter(cj_reader *reader, const cj_program *program, const cj_edge *edge, cj_value object);
// Makes the slots below `edge` absent again.
void cj_leave(cj_reader *reader, const cj_edge *edge);

// The elements of an array, those of arrays inside it in their place.
typedef struct {
    uint32_t token;
    uint32_t depth;
    uint32_t expects;
} cj_cursor;
cj_cursor cj_elements(cj_reader *reader, cj_value array);
// The next element; absent behind the last. A fault in the array is a malformed element, the last.
cj_value cj_next(const cj_reader *reader, cj_cursor *cursor);

// The text of a string without its escapes. Valid until the next call or read; NULL without memory.
const uint8_t *cj_text(cj_reader *reader, cj_value string, size_t *length);
// A number by its exact value. A plain one, of at most 18 digits and no exponent, is `units` / 10^`places`; any other is
// known by its text alone, and its `places` are negative.
typedef struct {
    int64_t units;
    int32_t places;
    uint32_t length; // of the text
} cj_number;
// Reads what is known to be a JSON number, all of `text`.
static inline cj_number cj_read_number(const uint8_t *text, size_t length) {
    cj_number number = {0, -1, (uint32_t)length};
    size_t at = length > 0 && text[0] == '-';
    if (length - at > 19) return number;
    uint64_t units = 0; // 19 digits fit
    size_t fraction = length, digits = 0;
    for (size_t i = at; i < length; i++) {
        unsigned digit = (unsigned)text[i] - '0';
        if (digit < 10) {
            units = units * 10 + digit;
            digits++;
        } else if (text[i] == '.') {
            fraction = i + 1;
        } else {
            return number;
        }
    }
    if (digits > 18) return number;
    number.units = at ? -(int64_t)units : (int64_t)units;
    number.places = (int32_t)(length - fraction);
    return number;
}
// -1, 0 or 1 as `a` is less than, equal to or greater than `b`; 2 where `cj_compare_numbers` must say.
static inline int cj_quick_order(cj_number a, cj_number b) {
    static const int64_t tens[19] = {
        1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000, 1000000000, 10000000000, 100000000000,
        1000000000000, 10000000000000, 100000000000000, 1000000000000000, 10000000000000000, 100000000000000000,
        1000000000000000000};
    if ((a.places | b.places) < 0) return 2;
    int32_t more = a.places - b.places;
    if (more >= 0 ? __builtin_mul_overflow(b.units, tens[more], &b.units)
                  : __builtin_mul_overflow(a.units, tens[-more], &a.units))
        return 2;
    return (a.units > b.units) - (a.units < b.units);
}
// Reads a JSON number, all of `text`. Returns 0 if it is none.
int cj_parse_number(const uint8_t *text, size_t length, cj_number *number);
// -1, 0 or 1 as `a` is less than, equal to or greater than `b`, by value.
int cj_compare_numbers(const uint8_t *a_text, cj_number a, const uint8_t *b_text, cj_number b);

// A new object from values of the last read: `prefix` is `,"name":`.
typedef struct {
    const uint8_t *prefix;
    uint32_t length;
    uint32_t slot;
} cj_output;
// The exact size of the object, or 0 with the fault of a malformed value.
size_t cj_projected_size(const cj_reader *reader, const cj_output *outputs, size_t count, cj_fault *fault);
// Writes it; `to` has room for just its size.
void cj_project(const cj_reader *reader, const cj_output *outputs, size_t count, uint8_t *to);

// The last text without the members at the ends of the program's paths, and all else byte for byte; inside arrays, of
// every element. `to` has room for the text's length. Returns the new length, or 0 with the fault.
size_t cj_prune(cj_reader *reader, const cj_program *program, uint8_t *to, cj_fault *fault);

#ifdef __cplusplus
}
#endif
