// Short texts by a few overlapping words: names are short, and a call costs more than they do. Nothing outside is read.
#pragma once
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace cj {

template <typename Word> inline Word load(const uint8_t *from) {
    Word word;
    memcpy(&word, from, sizeof word);
    return word;
}

template <typename Word> inline bool same(const uint8_t *a, const uint8_t *b) { return load<Word>(a) == load<Word>(b); }

inline bool equal(const uint8_t *a, const uint8_t *b, size_t count) {
    if (count >= 8) {
        for (size_t i = 0; i + 8 < count; i += 8)
            if (!same<uint64_t>(a + i, b + i)) return false;
        return same<uint64_t>(a + count - 8, b + count - 8);
    }
    if (count >= 4) return same<uint32_t>(a, b) && same<uint32_t>(a + count - 4, b + count - 4);
    for (size_t i = 0; i < count; i++)
        if (a[i] != b[i]) return false;
    return true;
}

// Whether a byte of the word is a backslash.
template <typename Word> inline bool has_backslash(Word word) {
    constexpr Word ones = static_cast<Word>(0x0101010101010101);
    word ^= ones * '\\';
    return (word - ones) & ~word & (ones << 7);
}

inline bool has_backslash(const uint8_t *text, size_t count) {
    if (count > 64) return memchr(text, '\\', count) != nullptr;
    if (count >= 8) {
        bool found = has_backslash(load<uint64_t>(text + count - 8));
        for (size_t i = 0; i + 8 < count; i += 8) found |= has_backslash(load<uint64_t>(text + i));
        return found;
    }
    if (count >= 4) return has_backslash(load<uint32_t>(text)) || has_backslash(load<uint32_t>(text + count - 4));
    bool found = false;
    for (size_t i = 0; i < count; i++) found |= text[i] == '\\';
    return found;
}

} // namespace cj
