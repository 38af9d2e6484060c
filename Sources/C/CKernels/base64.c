// The portable kernel, the choice of a kernel, and the explanation of a fault.
#include "base64.h"
#include <string.h>

uint8_t ck_base64_values[2][256] __attribute__((aligned(64)));
const uint8_t ck_base64_symbols[2][65] = {
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_",
};
static int best = CK_KERNEL_PORTABLE;

int ck_base64_has_kernel(int kernel) {
    switch (kernel) {
    case CK_KERNEL_PORTABLE:
        return 1;
#ifdef CK_X86
    case CK_KERNEL_AVX2:
        return __builtin_cpu_supports("avx2") != 0;
    case CK_KERNEL_AVX512:
        return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
               __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512vbmi");
#endif
    default:
        return 0;
    }
}

// Runs before main, so neither table nor choice is ever seen half made.
__attribute__((constructor)) static void prepare(void) {
    memset(ck_base64_values, CK_FOREIGN, sizeof ck_base64_values);
    for (int alphabet = 0; alphabet < 2; alphabet++)
        for (int value = 0; value < 64; value++)
            ck_base64_values[alphabet][ck_base64_symbols[alphabet][value]] = (uint8_t)value;
#ifdef CK_X86
    __builtin_cpu_init();
#endif
    for (int kernel = CK_KERNEL_PORTABLE; kernel <= CK_KERNEL_AVX512; kernel++)
        if (ck_base64_has_kernel(kernel)) best = kernel;
}

int ck_base64_best_kernel(void) { return best; }

// Decoding

uint8_t ck_base64_decode_quanta(const uint8_t *src, size_t n, uint8_t *dst, int alphabet) {
    const uint8_t *value = ck_base64_values[alphabet];
    uint8_t seen = 0;
    for (; n != 0; src += 4, dst += 3, n -= 4) {
        uint8_t a = value[src[0]], b = value[src[1]], c = value[src[2]], d = value[src[3]];
        seen |= a | b | c | d;
        dst[0] = (uint8_t)(a << 2 | b >> 4);
        dst[1] = (uint8_t)(b << 4 | c >> 2);
        dst[2] = (uint8_t)(c << 6 | d);
    }
    return seen & CK_FOREIGN;
}

int ck_base64_decode_last(const uint8_t *src, size_t n, uint8_t *dst, int alphabet) {
    if (n == 0) return 0;
    const uint8_t *value = ck_base64_values[alphabet];
    size_t symbols = n - ck_base64_body(n);
    src += ck_base64_body(n);
    if (symbols == 4) {
        if (src[3] == '=') symbols = src[2] == '=' ? 2 : 3;
    } else if (alphabet != CK_ALPHABET_URL) {
        return -1; // padding is missing
    }
    if (symbols == 1) return -1;
    uint8_t a = value[src[0]], b = value[src[1]];
    uint8_t c = symbols > 2 ? value[src[2]] : 0, d = symbols > 3 ? value[src[3]] : 0;
    if ((a | b | c | d) & CK_FOREIGN) return -1;
    if ((symbols == 2 && (b & 0x0f)) || (symbols == 3 && (c & 0x03))) return -1;
    dst[0] = (uint8_t)(a << 2 | b >> 4);
    if (symbols > 2) dst[1] = (uint8_t)(b << 4 | c >> 2);
    if (symbols > 3) dst[2] = (uint8_t)(c << 6 | d);
    return (int)symbols - 1;
}

static int64_t decode_portable(const uint8_t *src, size_t n, uint8_t *dst, int alphabet) {
    size_t body = ck_base64_body(n);
    if (ck_base64_decode_quanta(src, body, dst, alphabet)) return -1;
    int last = ck_base64_decode_last(src, n, dst + body / 4 * 3, alphabet);
    return last < 0 ? -1 : (int64_t)(body / 4 * 3) + last;
}

int64_t ck_base64_decode_with(int kernel, const uint8_t *src, size_t n, uint8_t *dst, int alphabet) {
    switch (kernel) {
#ifdef CK_X86
    case CK_KERNEL_AVX512:
        return ck_base64_decode_avx512(src, n, dst, alphabet);
    case CK_KERNEL_AVX2:
        return ck_base64_decode_avx2(src, n, dst, alphabet);
#endif
    default:
        return decode_portable(src, n, dst, alphabet);
    }
}

int64_t ck_base64_decode(const uint8_t *src, size_t n, uint8_t *dst, int alphabet) {
    return ck_base64_decode_with(best, src, n, dst, alphabet);
}

// Explaining

static ck_fault fault(int kind, size_t at) { return (ck_fault){.kind = kind, .at = at}; }

// The first '=' stands at `at`, behind symbols of the alphabet only.
static ck_fault explain_padding(const uint8_t *src, size_t n, size_t at) {
    size_t wanted = at % 4 >= 2 ? 4 - at % 4 : 0, run = 0;
    while (run < wanted && at + run < n && src[at + run] == '=') run++;
    if (at + run < n) return fault(CK_FAULT_MISPLACED_PADDING, src[at + run] == '=' ? at + run : at);
    return run < wanted ? fault(CK_FAULT_MISSING_PADDING, n) : fault(CK_FAULT_NONE, 0);
}

ck_fault ck_base64_explain(const uint8_t *src, size_t n, int alphabet) {
    const uint8_t *value = ck_base64_values[alphabet];
    size_t symbols = 0;
    while (symbols < n && !(value[src[symbols]] & CK_FOREIGN)) symbols++;
    if (symbols < n) {
        if (src[symbols] != '=') return fault(CK_FAULT_FOREIGN_BYTE, symbols);
        ck_fault padding = explain_padding(src, n, symbols);
        if (padding.kind != CK_FAULT_NONE) return padding;
    } else if (symbols % 4 == 1) {
        return fault(CK_FAULT_LENGTH, n);
    } else if (symbols % 4 != 0 && alphabet != CK_ALPHABET_URL) {
        return fault(CK_FAULT_MISSING_PADDING, n);
    }
    uint8_t unused = symbols % 4 == 2 ? 0x0f : symbols % 4 == 3 ? 0x03 : 0;
    if (unused && (value[src[symbols - 1]] & unused)) return fault(CK_FAULT_TRAILING_BITS, symbols - 1);
    return fault(CK_FAULT_NONE, 0);
}

// Encoding

size_t ck_base64_encode_rest(const uint8_t *src, size_t n, uint8_t *dst, int alphabet) {
    const uint8_t *symbol = ck_base64_symbols[alphabet];
    uint8_t *out = dst;
    for (; n >= 3; src += 3, out += 4, n -= 3) {
        uint32_t word = (uint32_t)src[0] << 16 | (uint32_t)src[1] << 8 | src[2];
        out[0] = symbol[word >> 18];
        out[1] = symbol[word >> 12 & 63];
        out[2] = symbol[word >> 6 & 63];
        out[3] = symbol[word & 63];
    }
    if (n != 0) {
        uint32_t word = (uint32_t)src[0] << 16 | (n == 2 ? (uint32_t)src[1] << 8 : 0);
        out[0] = symbol[word >> 18];
        out[1] = symbol[word >> 12 & 63];
        out[2] = n == 2 ? symbol[word >> 6 & 63] : '=';
        out[3] = '=';
        out += alphabet == CK_ALPHABET_URL ? n + 1 : 4;
    }
    return (size_t)(out - dst);
}

size_t ck_base64_encode_with(int kernel, const uint8_t *src, size_t n, uint8_t *dst, int alphabet) {
    switch (kernel) {
#ifdef CK_X86
    case CK_KERNEL_AVX512:
        return ck_base64_encode_avx512(src, n, dst, alphabet);
    case CK_KERNEL_AVX2:
        return ck_base64_encode_avx2(src, n, dst, alphabet);
#endif
    default:
        return ck_base64_encode_rest(src, n, dst, alphabet);
    }
}

size_t ck_base64_encode(const uint8_t *src, size_t n, uint8_t *dst, int alphabet) {
    return ck_base64_encode_with(best, src, n, dst, alphabet);
}
