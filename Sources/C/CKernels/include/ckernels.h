// Base64 (RFC 4648, strict) with kernels for AVX-512 VBMI, AVX2 and any machine, and a hint to the cache. Pure functions: no
// state, any thread.
#pragma once
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// The alphabets of RFC 4648 §4 (with padding) and §5 (padding is optional to decode, and not written).
enum { CK_ALPHABET_STANDARD = 0, CK_ALPHABET_URL = 1 };

// The kernels, the slowest first.
enum { CK_KERNEL_PORTABLE = 0, CK_KERNEL_AVX2 = 1, CK_KERNEL_AVX512 = 2 };

// What a decoder writes at most behind the decoded bytes, and an encoder behind the encoded ones.
enum { CK_BASE64_SLACK = 64 };

// Why an input is not base64.
enum {
    CK_FAULT_NONE = 0,
    CK_FAULT_FOREIGN_BYTE = 1,      // `at`: a byte outside the alphabet
    CK_FAULT_MISPLACED_PADDING = 2, // `at`: a '=' where none may stand
    CK_FAULT_MISSING_PADDING = 3,   // `at`: the length
    CK_FAULT_LENGTH = 4,            // `at`: the length; one symbol is left over
    CK_FAULT_TRAILING_BITS = 5,     // `at`: the last symbol, whose unused bits are not zero
};

typedef struct {
    int32_t kind;
    size_t at;
} ck_fault;

// Whether this machine has what the kernel needs, and the best kernel it has (found once, when the program is loaded).
int ck_base64_has_kernel(int kernel);
int ck_base64_best_kernel(void);

// Decodes `n` bytes of `src` and returns the decoded length, or -1 (then `dst` holds nothing of use; ask
// ck_base64_explain why). Reads nothing outside `src[0..<n]`; `dst` needs room for the result and CK_BASE64_SLACK.
int64_t ck_base64_decode(const uint8_t *src, size_t n, uint8_t *dst, int alphabet);
// The same with a kernel of the caller's choice, which the machine must have.
int64_t ck_base64_decode_with(int kernel, const uint8_t *src, size_t n, uint8_t *dst, int alphabet);
// The first fault of an input, reading from the left; CK_FAULT_NONE exactly when the decoders accept it.
ck_fault ck_base64_explain(const uint8_t *src, size_t n, int alphabet);

// Encodes `n` bytes of `src` and returns the encoded length: (n + 2) / 3 * 4 with padding, which the standard alphabet
// has and the one for URLs has not. Reads nothing outside `src[0..<n]`; `dst` needs room for the length with padding and
// CK_BASE64_SLACK.
size_t ck_base64_encode(const uint8_t *src, size_t n, uint8_t *dst, int alphabet);
// The same with a kernel of the caller's choice, which the machine must have.
size_t ck_base64_encode_with(int kernel, const uint8_t *src, size_t n, uint8_t *dst, int alphabet);

// Asks the processor for the beginning of `from[0..<n]`, which is read in a moment; what lies farther behind it fetches by
// itself once it sees that it is read in order. A hint: never waits, cannot fault.
static inline void ck_prefetch(const void *from, size_t n) {
    enum { CK_AHEAD = 2048, CK_LINE = 64 };
    if (n > CK_AHEAD) n = CK_AHEAD;
    for (size_t at = 0; at < n; at += CK_LINE) __builtin_prefetch((const char *)from + at);
}

#ifdef __cplusplus
}
#endif
