// What the kernels share. A kernel does whole blocks and leaves the rest to the portable code, so that padding,
// trailing bits and odd lengths are judged in one place.
#pragma once
#include "ckernels.h"

// Marks a byte outside the alphabet in ck_base64_values; no value of the alphabet has its high bit.
enum { CK_FOREIGN = 0x80 };

// Byte to value, for each alphabet. Aligned, as the AVX-512 kernel loads the first half of a table as two registers.
extern uint8_t ck_base64_values[2][256];
// Value to byte.
extern const uint8_t ck_base64_symbols[2][65];

// The symbols in front of the last quantum, which alone may be padded or short: always a multiple of 4.
static inline size_t ck_base64_body(size_t n) { return n == 0 ? 0 : (n - 1) & ~(size_t)3; }

// Decodes `n` symbols, a multiple of 4, none of them padding. Returns 0 when all are of the alphabet.
uint8_t ck_base64_decode_quanta(const uint8_t *src, size_t n, uint8_t *dst, int alphabet);
// Decodes the last quantum of an input of `n` symbols: returns how many bytes it holds, or -1.
int ck_base64_decode_last(const uint8_t *src, size_t n, uint8_t *dst, int alphabet);
// Encodes `n` bytes, with padding at their end in the standard alphabet. Returns the encoded length.
size_t ck_base64_encode_rest(const uint8_t *src, size_t n, uint8_t *dst, int alphabet);

#if defined(__x86_64__)
#define CK_X86 1
int64_t ck_base64_decode_avx2(const uint8_t *src, size_t n, uint8_t *dst, int alphabet);
int64_t ck_base64_decode_avx512(const uint8_t *src, size_t n, uint8_t *dst, int alphabet);
size_t ck_base64_encode_avx2(const uint8_t *src, size_t n, uint8_t *dst, int alphabet);
size_t ck_base64_encode_avx512(const uint8_t *src, size_t n, uint8_t *dst, int alphabet);
#endif
