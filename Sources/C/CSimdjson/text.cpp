// Strings: escapes, and where a text breaks the rules of its bytes.
#include "reader.hpp"

namespace cj {

namespace {

int hex(uint8_t byte) {
    if (is_digit(byte)) return byte - '0';
    byte |= 0x20;
    return byte >= 'a' && byte <= 'f' ? byte - 'a' + 10 : -1;
}

// Four hexadecimal digits, or -1.
int hex4(const uint8_t *text) {
    int value = 0;
    for (int i = 0; i < 4; i++) {
        int digit = hex(text[i]);
        if (digit < 0) return -1;
        value = value << 4 | digit;
    }
    return value;
}

// What `\letter` stands for, or 0.
uint8_t short_escape(uint8_t letter) {
    switch (letter) {
    case '"': case '\\': case '/': return letter;
    case 'b': return '\b';
    case 'f': return '\f';
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    default: return 0;
    }
}

size_t put_utf8(uint32_t scalar, uint8_t *to) {
    if (scalar < 0x80) {
        to[0] = static_cast<uint8_t>(scalar);
        return 1;
    }
    size_t more = scalar < 0x800 ? 1 : scalar < 0x10000 ? 2 : 3;
    static constexpr uint8_t lead[] = {0, 0xc0, 0xe0, 0xf0};
    to[0] = static_cast<uint8_t>(lead[more] | scalar >> (6 * more));
    for (size_t i = 1; i <= more; i++) to[i] = static_cast<uint8_t>(0x80 | (scalar >> (6 * (more - i)) & 0x3f));
    return more + 1;
}

// Reads `\u` and four digits at `text`, and its other half where it is the first of a pair. A half alone, which JSON allows although
// it is no character, becomes U+FFFD. Returns how many bytes were read.
size_t unicode_escape(const uint8_t *text, size_t count, uint32_t &scalar) {
    scalar = static_cast<uint32_t>(hex4(text + 2));
    if (scalar < 0xd800 || scalar > 0xdfff) return 6;
    if (scalar < 0xdc00 && count >= 12 && text[6] == '\\' && text[7] == 'u') {
        uint32_t low = static_cast<uint32_t>(hex4(text + 8));
        if (low >= 0xdc00 && low <= 0xdfff) {
            scalar = 0x10000 + ((scalar - 0xd800) << 10) + (low - 0xdc00);
            return 12;
        }
    }
    scalar = 0xfffd;
    return 6;
}

} // namespace

size_t bad_escape(const uint8_t *text, size_t count) {
    for (size_t i = 0; i < count;) {
        auto next = static_cast<const uint8_t *>(memchr(text + i, '\\', count - i));
        if (next == nullptr) return count;
        i = static_cast<size_t>(next - text);
        if (i + 1 < count && short_escape(text[i + 1])) {
            i += 2;
        } else if (i + 5 < count && text[i + 1] == 'u' && hex4(text + i + 2) >= 0) {
            i += 6;
        } else {
            return i;
        }
    }
    return count;
}

size_t unescape(const uint8_t *text, size_t count, uint8_t *to) {
    uint8_t *out = to;
    for (size_t i = 0; i < count;) {
        if (text[i] != '\\' || i + 1 == count) {
            *out++ = text[i++];
        } else if (text[i + 1] != 'u' || count - i < 6) {
            *out++ = short_escape(text[i + 1]);
            i += 2;
        } else {
            uint32_t scalar;
            i += unicode_escape(text + i, count - i, scalar);
            out += put_utf8(scalar, out);
        }
    }
    return static_cast<size_t>(out - to);
}

cj_fault find_control_character(const uint8_t *text, size_t length) {
    bool inside = false;
    for (size_t i = 0; i < length; i++) {
        if (!inside) {
            inside = text[i] == '"';
        } else if (text[i] < 0x20) {
            return fault(CJ_FAULT_CONTROL_CHARACTER, i);
        } else if (text[i] == '\\') {
            if (i + 1 < length && text[i + 1] >= 0x20) i++;
        } else {
            inside = text[i] != '"';
        }
    }
    return fault(CJ_FAULT_CONTROL_CHARACTER, 0);
}

// The sequences of RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF.
cj_fault find_bad_utf8(const uint8_t *text, size_t length) {
    for (size_t i = 0; i < length;) {
        uint8_t lead = text[i];
        size_t more = lead < 0x80 ? 0 : lead >= 0xf0 ? 3 : lead >= 0xe0 ? 2 : 1;
        if ((lead >= 0x80 && lead < 0xc2) || lead > 0xf4) return fault(CJ_FAULT_UTF8, i);
        if (more != 0) {
            uint8_t low = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
            uint8_t high = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
            for (size_t k = 1; k <= more; k++, low = 0x80, high = 0xbf)
                if (i + k >= length || text[i + k] < low || text[i + k] > high) return fault(CJ_FAULT_UTF8, i);
        }
        i += more + 1;
    }
    return fault(CJ_FAULT_UTF8, length);
}

} // namespace cj

extern "C" const uint8_t *cj_text(cj_reader *reader, cj_value string, size_t *length) {
    const uint8_t *inside = reader->text + string.start + 1;
    size_t count = string.end - string.start - 2;
    if (string.kind == CJ_STRING) {
        *length = count;
        return inside;
    }
    uint8_t *to = reader->room(count);
    if (to != nullptr) *length = cj::unescape(inside, count, to);
    return to;
}
