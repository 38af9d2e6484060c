// The vector kernels, after the method that W. Muła and D. Lemire published ("Faster Base64 Encoding and Decoding Using
// AVX2 Instructions", 2018; "Base64 encoding and decoding at almost the speed of a memory copy", 2019): classify bytes by
// shuffles, join four 6-bit values by two multiply-adds, then close the gaps. No load reaches outside the input.
#include "base64.h"

#ifdef CK_X86
#include <immintrin.h>

#define AVX2 __attribute__((target("avx2")))
#define AVX512 __attribute__((target("avx512f,avx512bw,avx512vl,avx512vbmi")))

// Both kernels end alike: `body` symbols at `src` are left, then the last quantum.
static int64_t finish(const uint8_t *whole, size_t n, const uint8_t *src, size_t body, uint8_t *dst, uint8_t *out, int alphabet) {
    if (ck_base64_decode_quanta(src, body, out, alphabet)) return -1;
    out += body / 4 * 3;
    int last = ck_base64_decode_last(whole, n, out, alphabet);
    return last < 0 ? -1 : (out - dst) + last;
}

// AVX2

// `(byte >> 4)` and `(byte & 15)` select a bit set each; where the sets meet, the byte is not of the standard alphabet.
#define LANE(...) _mm256_broadcastsi128_si256(_mm_setr_epi8(__VA_ARGS__))

typedef struct {
    __m256i values;
    __m256i bad;
} translated;

// The other alphabet's two symbols are exchanged for '+' and '/', and these are foreign then.
AVX2 static inline translated from_url(__m256i v) {
    __m256i plus = _mm256_set1_epi8('+'), slash = _mm256_set1_epi8('/');
    __m256i bad = _mm256_or_si256(_mm256_cmpeq_epi8(v, plus), _mm256_cmpeq_epi8(v, slash));
    v = _mm256_blendv_epi8(v, plus, _mm256_cmpeq_epi8(v, _mm256_set1_epi8('-')));
    v = _mm256_blendv_epi8(v, slash, _mm256_cmpeq_epi8(v, _mm256_set1_epi8('_')));
    return (translated){v, bad};
}

AVX2 static inline translated values_of(__m256i v, int alphabet) {
    const __m256i low_sets = LANE(0x15, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x13, 0x1A, 0x1B, 0x1B, 0x1B, 0x1A);
    const __m256i high_sets = LANE(0x10, 0x10, 0x01, 0x02, 0x04, 0x08, 0x04, 0x08, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10);
    const __m256i shifts = LANE(0, 16, 19, 4, -65, -65, -71, -71, 0, 0, 0, 0, 0, 0, 0, 0);
    const __m256i slash = _mm256_set1_epi8(0x2f); // also a mask: a shuffle looks at bits 0 to 3 and 7 only
    __m256i bad = _mm256_setzero_si256();
    if (alphabet == CK_ALPHABET_URL) {
        translated t = from_url(v);
        v = t.values;
        bad = t.bad;
    }
    __m256i high = _mm256_and_si256(_mm256_srli_epi32(v, 4), slash), low = _mm256_and_si256(v, slash);
    __m256i sets = _mm256_and_si256(_mm256_shuffle_epi8(low_sets, low), _mm256_shuffle_epi8(high_sets, high));
    __m256i shift = _mm256_shuffle_epi8(shifts, _mm256_add_epi8(_mm256_cmpeq_epi8(v, slash), high));
    return (translated){_mm256_add_epi8(v, shift), _mm256_or_si256(bad, sets)};
}

AVX2 static inline int64_t decode_avx2(const uint8_t *whole, size_t n, uint8_t *dst, int alphabet) {
    const __m256i close = LANE(2, 1, 0, 6, 5, 4, 10, 9, 8, 14, 13, 12, -1, -1, -1, -1);
    const __m256i join = _mm256_setr_epi32(0, 1, 2, 4, 5, 6, 7, 7);
    const uint8_t *src = whole;
    uint8_t *out = dst;
    size_t body = ck_base64_body(n);
    __m256i bad = _mm256_setzero_si256();
    for (; body >= 32; src += 32, out += 24, body -= 32) {
        translated t = values_of(_mm256_loadu_si256((const __m256i *)src), alphabet);
        bad = _mm256_or_si256(bad, t.bad);
        __m256i pairs = _mm256_maddubs_epi16(t.values, _mm256_set1_epi32(0x01400140));
        __m256i quanta = _mm256_madd_epi16(pairs, _mm256_set1_epi32(0x00011000));
        __m256i packed = _mm256_permutevar8x32_epi32(_mm256_shuffle_epi8(quanta, close), join);
        _mm256_storeu_si256((__m256i *)out, packed); // 24 bytes and 8 of slack
    }
    if (!_mm256_testz_si256(bad, bad)) return -1;
    return finish(whole, n, src, body, dst, out, alphabet);
}

AVX2 int64_t ck_base64_decode_avx2(const uint8_t *src, size_t n, uint8_t *dst, int alphabet) {
    // Two calls with a constant, so that each alphabet has a loop of its own.
    return alphabet == CK_ALPHABET_URL ? decode_avx2(src, n, dst, CK_ALPHABET_URL)
                                       : decode_avx2(src, n, dst, CK_ALPHABET_STANDARD);
}

AVX2 size_t ck_base64_encode_avx2(const uint8_t *src, size_t n, uint8_t *dst, int alphabet) {
    const __m256i spread = LANE(1, 0, 2, 1, 4, 3, 5, 4, 7, 6, 8, 7, 10, 9, 11, 10);
    // What to add to a value: 'A' below 26, 'a' - 26 below 52, '0' - 52 for digits, and one each for 62 and 63.
    const uint8_t *symbol = ck_base64_symbols[alphabet];
    const char s62 = (char)(symbol[62] - 62), s63 = (char)(symbol[63] - 63);
    const __m256i shifts = LANE('a' - 26, -4, -4, -4, -4, -4, -4, -4, -4, -4, -4, s62, s63, 'A', 0, 0);
    uint8_t *out = dst;
    for (; n >= 28; src += 24, out += 32, n -= 24) { // reads bytes 0 to 27
        __m256i v = _mm256_inserti128_si256(
            _mm256_castsi128_si256(_mm_loadu_si128((const __m128i *)src)), _mm_loadu_si128((const __m128i *)(src + 12)), 1);
        v = _mm256_shuffle_epi8(v, spread);
        __m256i ac = _mm256_mulhi_epu16(_mm256_and_si256(v, _mm256_set1_epi32(0x0fc0fc00)), _mm256_set1_epi32(0x04000040));
        __m256i bd = _mm256_mullo_epi16(_mm256_and_si256(v, _mm256_set1_epi32(0x003f03f0)), _mm256_set1_epi32(0x01000010));
        v = _mm256_or_si256(ac, bd);
        __m256i group = _mm256_subs_epu8(v, _mm256_set1_epi8(51)); // 0 for letters, 1 to 10 digits, 11 and 12 the rest
        __m256i capital = _mm256_cmpgt_epi8(_mm256_set1_epi8(26), v);
        group = _mm256_or_si256(group, _mm256_and_si256(capital, _mm256_set1_epi8(13)));
        v = _mm256_add_epi8(v, _mm256_shuffle_epi8(shifts, group));
        _mm256_storeu_si256((__m256i *)out, v);
    }
    return (size_t)(out - dst) + ck_base64_encode_rest(src, n, out, alphabet);
}

// AVX-512 VBMI

// Byte i of a register of quanta is taken from there: three bytes of each four, the highest first.
#define Q(i) (char)(4 * (i) + 2), (char)(4 * (i) + 1), (char)(4 * (i))
static const char closing[64] __attribute__((aligned(64))) = {
    Q(0), Q(1), Q(2), Q(3), Q(4), Q(5), Q(6), Q(7), Q(8), Q(9), Q(10), Q(11), Q(12), Q(13), Q(14), Q(15)};
// The reverse: a quantum of the encoder from three bytes, arranged so that one multishift finds all four values.
#define E(i) (char)(3 * (i) + 1), (char)(3 * (i)), (char)(3 * (i) + 2), (char)(3 * (i) + 1)
static const char spreading[64] __attribute__((aligned(64))) = {
    E(0), E(1), E(2), E(3), E(4), E(5), E(6), E(7), E(8), E(9), E(10), E(11), E(12), E(13), E(14), E(15)};

AVX512 static inline __m512i quanta_of(__m512i values) {
    __m512i pairs = _mm512_maddubs_epi16(values, _mm512_set1_epi32(0x01400140));
    return _mm512_madd_epi16(pairs, _mm512_set1_epi32(0x00011000));
}

AVX512 int64_t ck_base64_decode_avx512(const uint8_t *src, size_t n, uint8_t *dst, int alphabet) {
    const uint8_t *whole = src, *table = ck_base64_values[alphabet];
    const __m512i low = _mm512_load_si512(table), high = _mm512_load_si512(table + 64), close = _mm512_load_si512(closing);
    uint8_t *out = dst;
    size_t body = ck_base64_body(n);
    __m512i seen = _mm512_setzero_si512(); // the high bit of a byte says: a foreign value, or a byte above 127
    for (; body >= 64; src += 64, out += 48, body -= 64) {
        __m512i v = _mm512_loadu_si512(src), values = _mm512_permutex2var_epi8(low, v, high);
        seen = _mm512_ternarylogic_epi32(seen, values, v, 0xfe);
        _mm512_storeu_si512(out, _mm512_permutexvar_epi8(close, quanta_of(values))); // 48 bytes and 16 of slack
    }
    if (body != 0) { // the whole quanta that are left, in one masked step
        __m512i v = _mm512_mask_loadu_epi8(_mm512_set1_epi8('A'), (1ull << body) - 1, src);
        __m512i values = _mm512_permutex2var_epi8(low, v, high);
        seen = _mm512_ternarylogic_epi32(seen, values, v, 0xfe);
        _mm512_storeu_si512(out, _mm512_permutexvar_epi8(close, quanta_of(values)));
        src += body;
        out += body / 4 * 3;
    }
    if (_mm512_movepi8_mask(seen)) return -1;
    return finish(whole, n, src, 0, dst, out, alphabet);
}

AVX512 size_t ck_base64_encode_avx512(const uint8_t *src, size_t n, uint8_t *dst, int alphabet) {
    const __m512i spread = _mm512_load_si512(spreading), symbols = _mm512_loadu_si512(ck_base64_symbols[alphabet]);
    const __m512i shifts = _mm512_set1_epi64(0x3036242a1016040a);
    uint8_t *out = dst;
    for (size_t step; n >= 3; src += step, out += step / 3 * 4, n -= step) {
        step = n >= 48 ? 48 : n / 3 * 3;
        __m512i v = _mm512_maskz_loadu_epi8((1ull << step) - 1, src);
        v = _mm512_multishift_epi64_epi8(shifts, _mm512_permutexvar_epi8(spread, v));
        _mm512_storeu_si512(out, _mm512_permutexvar_epi8(v, symbols));
    }
    return (size_t)(out - dst) + ck_base64_encode_rest(src, n, out, alphabet);
}
#endif
