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

// What the vector compares say of 64 bytes. `operators` may hold '\f' and 0x1a as well, which are faults anyway.
struct compared {
    uint64_t quotes, backslashes, operators, opens, closes, curly, blanks;
    // Only where control characters are looked for: all of them, and '\t', '\n' and '\r' among them.
    uint64_t controls = 0, white = 0;
};

// What one block hands to the next, and what was seen so far.
struct state {
    uint64_t inside = 0;  // all ones where a string is open
    uint64_t escaped = 0; // 1 where the next byte is escaped
    uint64_t closed = 0;  // 1 where a string ends with the block
    uint64_t edge = 1;    // 1 where a string may begin with the next block: behind an operator or white space
    uint64_t backslashes = 0, spaces = 0, faults = 0;
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

// `live` are the bytes of the text; `parity` answers, for each bit, the parity of the bits up to it.
template <bool HasControls, typename Parity>
CJ_KERNEL void combine(state &so_far, const compared &block, uint64_t live, Parity parity, marks &to) {
    uint64_t quotes = block.quotes;
    so_far.backslashes |= block.backslashes;
    if (block.backslashes | so_far.escaped) [[unlikely]]
        quotes &= ~escaped_bytes(so_far, block.backslashes);
    uint64_t inside = parity(quotes) ^ so_far.inside;
    so_far.inside = static_cast<uint64_t>(static_cast<int64_t>(inside) >> 63);
    uint64_t spaces = (HasControls ? block.blanks | block.controls : block.blanks) & ~inside;
    to.operators = block.operators & ~inside;
    to.opens = block.opens & ~inside;
    to.closes = block.closes & ~inside;
    to.curly = block.curly;
    to.quotes = quotes;
    so_far.spaces |= spaces;
    if (HasControls) so_far.faults |= block.controls & (inside | ~block.white);
    // In front of a string and behind it stands one of these, or the text's end.
    uint64_t edges = to.operators | spaces, opening = quotes & inside, closing = quotes & ~inside;
    so_far.faults |= ((closing << 1 | so_far.closed) & ~edges & live) | (opening & ~(edges << 1 | so_far.edge));
    so_far.closed = closing >> 63;
    so_far.edge = edges >> 63;
}

CJ_KERNEL uint32_t seen(const state &so_far, bool has_high) {
    return (so_far.spaces ? seen_space : 0) | (so_far.backslashes ? seen_backslash : 0) |
           (has_high ? seen_non_ascii : 0) | (so_far.faults || so_far.inside ? seen_fault : 0);
}

// An operator by its lower four bits, as it is with bit 5 set; '[' and ']' are then '{' and '}'.
#define CJ_OPERATORS 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, ':', '{', ',', '}', 0, 0

CJ_KERNEL CJ_AVX2 uint64_t parity(uint64_t bits) {
    __m128i product = _mm_clmulepi64_si128(_mm_set_epi64x(0, static_cast<int64_t>(bits)), _mm_set1_epi8(-1), 0);
    return static_cast<uint64_t>(_mm_cvtsi128_si64(product));
}

CJ_KERNEL CJ_AVX512 uint64_t equal512(__m512i bytes, char wanted) {
    return _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8(wanted));
}

template <bool HasControls> CJ_KERNEL CJ_AVX512 compared compare512(__m512i bytes) {
    __m512i folded = _mm512_or_si512(bytes, _mm512_set1_epi8(0x20));
    __m512i table = _mm512_broadcast_i32x4(_mm_setr_epi8(CJ_OPERATORS));
    compared block;
    block.quotes = equal512(bytes, '"');
    block.backslashes = equal512(bytes, '\\');
    block.operators = _mm512_cmpeq_epi8_mask(folded, _mm512_shuffle_epi8(table, bytes));
    block.opens = equal512(folded, '{');
    block.closes = equal512(folded, '}');
    block.curly = _mm512_test_epi8_mask(bytes, _mm512_set1_epi8(0x20));
    block.blanks = equal512(bytes, ' ');
    if (HasControls) {
        block.controls = _mm512_cmplt_epu8_mask(bytes, _mm512_set1_epi8(' '));
        block.white = equal512(bytes, '\t') | equal512(bytes, '\n') | equal512(bytes, '\r');
    }
    return block;
}

template <bool HasControls> CJ_AVX512 uint32_t mark512(const uint8_t *text, size_t length, marks *to) {
    state so_far;
    __m512i all = _mm512_setzero_si512(), least = _mm512_set1_epi8(-1);
    marks *first = to;
    for (size_t at = 0; at < length; at += 64, to++) {
        uint64_t live = ~0ull;
        __m512i bytes;
        if (length - at >= 64) [[likely]] {
            bytes = _mm512_loadu_si512(text + at);
        } else { // nothing behind the text is read; 'x' is none of what is looked for
            live = (1ull << (length - at)) - 1;
            bytes = _mm512_mask_loadu_epi8(_mm512_set1_epi8('x'), live, text + at);
        }
        all = _mm512_or_si512(all, bytes);
        least = _mm512_min_epu8(least, bytes);
        combine<HasControls>(so_far, compare512<HasControls>(bytes), live, parity, *to);
    }
    // Seldom there are control characters: then all that was taken for granted is looked at again.
    if (!HasControls && _mm512_cmplt_epu8_mask(least, _mm512_set1_epi8(' ')) != 0) return mark512<true>(text, length, first);
    return seen(so_far, _mm512_movepi8_mask(all) != 0);
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

template <bool HasControls> CJ_KERNEL CJ_AVX2 compared compare256(const halves &bytes) {
    __m256i fold = _mm256_set1_epi8(0x20), table = _mm256_broadcastsi128_si256(_mm_setr_epi8(CJ_OPERATORS));
    halves folded = {_mm256_or_si256(bytes.low, fold), _mm256_or_si256(bytes.high, fold)};
    compared block;
    block.quotes = equal256(bytes, '"');
    block.backslashes = equal256(bytes, '\\');
    block.operators = bits256(
        _mm256_cmpeq_epi8(folded.low, _mm256_shuffle_epi8(table, bytes.low)),
        _mm256_cmpeq_epi8(folded.high, _mm256_shuffle_epi8(table, bytes.high)));
    block.opens = equal256(folded, '{');
    block.closes = equal256(folded, '}');
    block.curly = bits256(_mm256_slli_epi16(bytes.low, 2), _mm256_slli_epi16(bytes.high, 2)); // bit 5 to the top
    block.blanks = equal256(bytes, ' ');
    if (HasControls) {
        __m256i last = _mm256_set1_epi8(0x1f);
        block.controls = bits256(
            _mm256_cmpeq_epi8(_mm256_max_epu8(bytes.low, last), last),
            _mm256_cmpeq_epi8(_mm256_max_epu8(bytes.high, last), last));
        block.white = equal256(bytes, '\t') | equal256(bytes, '\n') | equal256(bytes, '\r');
    }
    return block;
}

CJ_KERNEL CJ_AVX2 halves load256(const uint8_t *from) {
    return {
        _mm256_loadu_si256(reinterpret_cast<const __m256i *>(from)),
        _mm256_loadu_si256(reinterpret_cast<const __m256i *>(from + 32))};
}

template <bool HasControls> CJ_AVX2 uint32_t mark256(const uint8_t *text, size_t length, marks *to) {
    state so_far;
    __m256i all = _mm256_setzero_si256(), least = _mm256_set1_epi8(-1);
    marks *first = to;
    for (size_t at = 0; at < length; at += 64, to++) {
        uint64_t live = ~0ull;
        alignas(32) uint8_t last[64];
        const uint8_t *from = text + at;
        if (length - at < 64) { // nothing behind the text is read; 'x' is none of what is looked for
            live = (1ull << (length - at)) - 1;
            memset(last, 'x', sizeof last);
            memcpy(last, from, length - at);
            from = last;
        }
        halves bytes = load256(from);
        all = _mm256_or_si256(all, _mm256_or_si256(bytes.low, bytes.high));
        least = _mm256_min_epu8(least, _mm256_min_epu8(bytes.low, bytes.high));
        combine<HasControls>(so_far, compare256<HasControls>(bytes), live, parity, *to);
    }
    __m256i limit = _mm256_set1_epi8(0x1f);
    bool has_controls = _mm256_movemask_epi8(_mm256_cmpeq_epi8(_mm256_min_epu8(least, limit), least)) != 0;
    // Seldom there are: then all that was taken for granted is looked at again.
    if (!HasControls && has_controls) return mark256<true>(text, length, first);
    return seen(so_far, _mm256_movemask_epi8(all) != 0);
}

bool has_common() {
    __builtin_cpu_init();
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("pclmul") && __builtin_cpu_supports("bmi2");
}

} // namespace

marker marker_of(int method) {
    if (!has_common()) return nullptr;
    if (method == CJ_METHOD_AVX2) return mark256<false>;
    bool has_wide = __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl");
    return method == CJ_METHOD_AVX512 && has_wide ? mark512<false> : nullptr;
}

} // namespace cj
#else
cj::marker cj::marker_of(int) { return nullptr; }
#endif

const cj::marker cj::best_marker =
    cj::marker_of(CJ_METHOD_AVX512) ? cj::marker_of(CJ_METHOD_AVX512) : cj::marker_of(CJ_METHOD_AVX2);
