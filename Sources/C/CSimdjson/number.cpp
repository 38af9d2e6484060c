// Numbers by their exact value, whatever their length and form.
#include "reader.hpp"
#include <algorithm>

namespace {

constexpr int64_t furthest = 1 << 30;

size_t digits(const uint8_t *text, size_t from, size_t length) {
    while (from < length && cj::is_digit(text[from])) from++;
    return from;
}

// The exponent's value; its text has been checked.
int64_t exponent_of(const uint8_t *text, size_t from, size_t length) {
    bool is_negative = text[from] == '-';
    if (!cj::is_digit(text[from])) from++;
    int64_t value = 0;
    for (; from < length && value < furthest; from++) value = value * 10 + (text[from] - '0');
    return is_negative ? -value : value;
}

} // namespace

extern "C" {

int cj_parse_number(const uint8_t *text, size_t length, cj_number *number) {
    size_t start = length > 0 && text[0] == '-' ? 1 : 0;
    size_t whole = digits(text, start, length);
    if (whole == start || (text[start] == '0' && whole > start + 1)) return 0;
    size_t end = whole;
    if (end < length && text[end] == '.') {
        end = digits(text, whole + 1, length);
        if (end == whole + 1) return 0;
    }
    int64_t power = 0;
    size_t behind = end;
    if (behind < length && (text[behind] == 'e' || text[behind] == 'E')) {
        size_t from = behind + 1;
        if (from < length && (text[from] == '+' || text[from] == '-')) from++;
        behind = digits(text, from, length);
        if (behind == from) return 0;
        power = exponent_of(text, end + 1, length);
    }
    if (behind != length) return 0;
    size_t first = start;
    while (first < end && (text[first] == '0' || text[first] == '.')) first++;
    if (first == end) {
        *number = {0, 0, 0, 0};
        return 1;
    }
    // 123.4 is 0.1234 times 10³, and 0.0012 is 0.12 times 10⁻².
    int64_t point = first < whole ? static_cast<int64_t>(whole - first) : -static_cast<int64_t>(first - whole - 1);
    power = std::clamp(power + point, -furthest, furthest);
    *number = {start == 1 ? -1 : 1, static_cast<int32_t>(power), static_cast<uint32_t>(first), static_cast<uint32_t>(end)};
    return 1;
}

int cj_compare_numbers(const uint8_t *a_text, cj_number a, const uint8_t *b_text, cj_number b) {
    if (a.sign != b.sign) return a.sign < b.sign ? -1 : 1;
    if (a.sign == 0) return 0;
    if (a.exponent != b.exponent) return (a.exponent < b.exponent ? -1 : 1) * a.sign;
    for (uint32_t i = a.first, j = b.first; i < a.last || j < b.last; i++, j++) {
        if (i < a.last && a_text[i] == '.') i++;
        if (j < b.last && b_text[j] == '.') j++;
        uint8_t x = i < a.last ? a_text[i] : '0', y = j < b.last ? b_text[j] : '0';
        if (x != y) return (x < y ? -1 : 1) * a.sign;
    }
    return 0;
}

} // extern "C"
