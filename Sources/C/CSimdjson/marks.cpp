// The kernels that mark a text, for AVX-512 and AVX2. The method is that of Langdale and Lemire ("Parsing gigabytes of
// JSON per second", 2019): compare 64 bytes at once, and a carry-less product tells which lie inside strings.
#include "marks.hpp"
#include "csimdjson.h"
#include <cstring>

#if defined(__x86_64__)
#include <immintrin.h>

#define CJ_KERNEL static inline __attribute__((always_inline))
#define CJ_AVX512 __attribute__((target("avx512f,avx512bw,avx512vl,pclmul,bmi,bmi2,lzcnt,popcnt")))
#define CJ_AVX2 __attribute__((target("avx2,pclmul,bmi,bmi2,lzcnt,popcnt")))

namespace cj {
namespace {

// What the vector compares say of 64 bytes.
struct compared {
    uint64_t quotes, backslashes, opens, closes, curly, separators;
    uint64_t low;      // up to ' '
    uint64_t below;    // of these all but ' '
    uint64_t controls; // '\t', '\n' and '\r'; only where some byte is below
    uint64_t high;     // not ASCII
};

// What one block hands to the next, and what was seen so far.
struct state {
    uint64_t inside = 0;  // all ones where a string is open
    uint64_t escaped = 0; // 1 where the next byte is escaped
    uint64_t closed = 0;  // 1 where a string ends with the block
    uint64_t edge = 1;    // 1 where a string may begin with the next block: behind an operator or white space
    uint64_t backslashes = 0, spaces = 0, high = 0, faults = 0;
};

// The bytes that a backslash in front takes their meaning from. Backslashes are few, so one at a time.
CJ_KERNEL uint64_t escaped_bytes(state &so_far, uint64_t backslashes) {
    uint64_t escaped = so_far.escaped;
    backslashes &= ~escaped;
    so_far.escaped = 0;
    while (backslashes != 0) {
        uint64_t bit = backslashes & -backslashes;
        so_far.escaped = bit >> 63;
        escaped |= bit << 1;
        backslashes &= ~(bit | bit << 1);
    }
    return escaped;
}

// `prefix` has, for each bit, the parity of the quotes up to it.
CJ_KERNEL void combine(
    state &so_far, const compared &block, uint64_t live, uint64_t quotes, uint64_t prefix, marks &to) {
    uint64_t inside = prefix ^ so_far.inside;
    so_far.inside = static_cast<uint64_t>(static_cast<int64_t>(inside) >> 63);
    to.opens = block.opens & ~inside;
    to.closes = block.closes & ~inside;
    to.curly = block.curly;
    to.operators = to.opens | to.closes | (block.separators & ~inside);
    to.quotes = quotes;
    to.spaces = block.low & ~inside;
    so_far.spaces |= to.spaces;
    so_far.backslashes |= block.backslashes;
    so_far.high |= block.high;
    if (block.below) so_far.faults |= block.below & (inside | ~block.controls);
    // In front of a string and behind it stands one of these, or the text's end.
    uint64_t edges = to.operators | to.spaces, opening = quotes & inside, closing = quotes & ~inside;
    so_far.faults |= ((closing << 1 | so_far.closed) & ~edges & live) | (opening & ~(edges << 1 | so_far.edge));
    so_far.closed = closing >> 63;
    so_far.edge = edges >> 63;
}

CJ_KERNEL uint32_t seen(const state &so_far) {
    return (so_far.spaces ? seen_space : 0) | (so_far.backslashes ? seen_backslash : 0) |
           (so_far.high ? seen_non_ascii : 0) | (so_far.faults || so_far.inside ? seen_fault : 0);
}

CJ_KERNEL CJ_AVX512 uint64_t equal512(__m512i bytes, char wanted) {
    return _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8(wanted));
}

CJ_KERNEL CJ_AVX512 uint64_t parity(uint64_t bits) {
    __m128i product = _mm_clmulepi64_si128(_mm_set_epi64x(0, static_cast<int64_t>(bits)), _mm_set1_epi8(-1), 0);
    return static_cast<uint64_t>(_mm_cvtsi128_si64(product));
}

// One block; `live` are its bytes of the text, the others are 0x7f, which is none of what is looked for.
CJ_KERNEL CJ_AVX512 void mark_block(state &so_far, __m512i bytes, uint64_t live, marks &to) {
    __m512i folded = _mm512_or_si512(bytes, _mm512_set1_epi8(0x20)); // '[' becomes '{', and ']' becomes '}'
    compared block{};
    block.quotes = equal512(bytes, '"');
    block.backslashes = equal512(bytes, '\\');
    block.opens = equal512(folded, '{');
    block.closes = equal512(folded, '}');
    block.curly = _mm512_test_epi8_mask(bytes, _mm512_set1_epi8(0x20));
    block.separators = _kor_mask64(equal512(bytes, ','), equal512(bytes, ':'));
    block.low = _mm512_cmple_epu8_mask(bytes, _mm512_set1_epi8(' '));
    block.below = _mm512_cmplt_epu8_mask(bytes, _mm512_set1_epi8(' '));
    if (block.below) block.controls = equal512(bytes, '\t') | equal512(bytes, '\n') | equal512(bytes, '\r');
    uint64_t quotes = block.quotes;
    if (block.backslashes | so_far.escaped) quotes &= ~escaped_bytes(so_far, block.backslashes);
    combine(so_far, block, live, quotes, parity(quotes), to);
}

CJ_AVX512 uint32_t mark_avx512(const uint8_t *text, size_t length, marks *to) {
    state so_far;
    __m512i all = _mm512_setzero_si512();
    size_t whole = length & ~size_t(63);
    for (size_t at = 0; at < whole; at += 64, to++) {
        __m512i bytes = _mm512_loadu_si512(text + at);
        all = _mm512_or_si512(all, bytes);
        mark_block(so_far, bytes, ~0ull, *to);
    }
    if (whole != length) { // nothing behind the text is read
        uint64_t live = (1ull << (length - whole)) - 1;
        __m512i bytes = _mm512_mask_loadu_epi8(_mm512_set1_epi8(0x7f), live, text + whole);
        all = _mm512_or_si512(all, bytes);
        mark_block(so_far, bytes, live, *to);
    }
    so_far.high = _mm512_movepi8_mask(all);
    return seen(so_far);
}

// 64 bytes as two halves.
struct halves {
    __m256i low, high;
};

CJ_KERNEL CJ_AVX2 uint64_t bits256(__m256i low, __m256i high) {
    uint64_t bits = static_cast<uint32_t>(_mm256_movemask_epi8(low)) |
                    static_cast<uint64_t>(static_cast<uint32_t>(_mm256_movemask_epi8(high))) << 32;
    // The compiler must not know where the bits come from: it would go on with vectors of bits, a byte at a time.
    __asm__("" : "+r"(bits));
    return bits;
}

CJ_KERNEL CJ_AVX2 uint64_t equal256(const halves &bytes, char wanted) {
    __m256i all = _mm256_set1_epi8(wanted);
    return bits256(_mm256_cmpeq_epi8(bytes.low, all), _mm256_cmpeq_epi8(bytes.high, all));
}

CJ_KERNEL CJ_AVX2 uint64_t parity256(uint64_t bits) {
    __m128i product = _mm_clmulepi64_si128(_mm_set_epi64x(0, static_cast<int64_t>(bits)), _mm_set1_epi8(-1), 0);
    return static_cast<uint64_t>(_mm_cvtsi128_si64(product));
}

CJ_AVX2 uint32_t mark_avx2(const uint8_t *text, size_t length, marks *to) {
    state so_far;
    for (size_t at = 0; at < length; at += 64, to++) {
        uint64_t live = ~0ull;
        alignas(32) uint8_t last[64];
        const uint8_t *from = text + at;
        if (length - at < 64) { // nothing behind the text is read
            live = (1ull << (length - at)) - 1;
            memset(last, 'x', sizeof last); // which is none of what is looked for
            memcpy(last, from, length - at);
            from = last;
        }
        halves bytes = {
            _mm256_loadu_si256(reinterpret_cast<const __m256i *>(from)),
            _mm256_loadu_si256(reinterpret_cast<const __m256i *>(from + 32))};
        __m256i fold = _mm256_set1_epi8(0x20), blank = _mm256_set1_epi8(' ');
        halves folded = {_mm256_or_si256(bytes.low, fold), _mm256_or_si256(bytes.high, fold)};
        compared block{};
        block.quotes = equal256(bytes, '"');
        block.backslashes = equal256(bytes, '\\');
        block.opens = equal256(folded, '{');
        block.closes = equal256(folded, '}');
        block.curly = bits256(_mm256_slli_epi16(bytes.low, 2), _mm256_slli_epi16(bytes.high, 2)); // bit 5 to the top
        block.separators = equal256(bytes, ',') | equal256(bytes, ':');
        block.low = bits256(
            _mm256_cmpeq_epi8(_mm256_max_epu8(bytes.low, blank), blank),
            _mm256_cmpeq_epi8(_mm256_max_epu8(bytes.high, blank), blank));
        block.below = block.low & ~equal256(bytes, ' ');
        if (block.below)
            block.controls = equal256(bytes, '\t') | equal256(bytes, '\n') | equal256(bytes, '\r');
        block.high = bits256(bytes.low, bytes.high);
        uint64_t quotes = block.quotes;
        if (block.backslashes | so_far.escaped) quotes &= ~escaped_bytes(so_far, block.backslashes);
        combine(so_far, block, live, quotes, parity256(quotes), *to);
    }
    return seen(so_far);
}

bool has_common() {
    __builtin_cpu_init();
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("pclmul") && __builtin_cpu_supports("bmi2");
}

} // namespace

marker marker_of(int method) {
    if (!has_common()) return nullptr;
    if (method == CJ_METHOD_AVX2) return mark_avx2;
    bool has_wide = __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl");
    return method == CJ_METHOD_AVX512 && has_wide ? mark_avx512 : nullptr;
}

} // namespace cj
#else
cj::marker cj::marker_of(int) { return nullptr; }
#endif

const cj::marker cj::best_marker =
    cj::marker_of(CJ_METHOD_AVX512) ? cj::marker_of(CJ_METHOD_AVX512) : cj::marker_of(CJ_METHOD_AVX2);
