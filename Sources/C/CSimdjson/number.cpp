// Numbers by their exact value, whatever their length and form.
#include "reader.hpp"
#include <algorithm>

namespace {

constexpr int64_t furthest = 1 << 30;

// The parts of a number's text: where its whole digits begin and end, its fraction ends, and its exponent begins.
struct parts {
    size_t start, whole, end, power;
};

size_t digits(const uint8_t *text, size_t from, size_t length) {
    while (from < length && cj::is_digit(text[from])) from++;
    return from;
}

bool take_apart(const uint8_t *text, size_t length, parts &number) {
    number.start = length > 0 && text[0] == '-' ? 1 : 0;
    number.whole = number.end = digits(text, number.start, length);
    if (number.whole == number.start) return false;
    if (text[number.start] == '0' && number.whole > number.start + 1) return false;
    if (number.end < length && text[number.end] == '.') {
        number.end = digits(text, number.whole + 1, length);
        if (number.end == number.whole + 1) return false;
    }
    number.power = length;
    if (number.end == length) return true;
    if ((text[number.end] | 0x20) != 'e') return false;
    number.power = number.end + 1;
    size_t from = number.power;
    if (from < length && (text[from] == '+' || text[from] == '-')) from++;
    size_t behind = digits(text, from, length);
    return behind != from && behind == length;
}

// A number as sign, digits and power of ten: ±0.d₁d₂d₃… × 10^exponent, d₁ not 0. `first` and `last` bound the digits (and
// perhaps a point among them) in the number's text.
struct digits_of {
    int sign; // -1, 0, 1
    int64_t exponent; // beyond ±2³⁰ it stays there
    size_t first, last;
};

int64_t power_of(const uint8_t *text, size_t from, size_t length) {
    if (from == length) return 0;
    bool is_negative = text[from] == '-';
    if (!cj::is_digit(text[from])) from++;
    int64_t value = 0;
    for (; from < length && value < furthest; from++) value = value * 10 + (text[from] - '0');
    return is_negative ? -value : value;
}

// The text is a number's, or empty, which is zero.
digits_of digits_in(const uint8_t *text, size_t length) {
    parts found;
    if (!take_apart(text, length, found)) return {0, 0, 0, 0};
    size_t first = found.start;
    while (first < found.end && (text[first] == '0' || text[first] == '.')) first++;
    if (first == found.end) return {0, 0, 0, 0};
    // 123.4 is 0.1234 times 10³, and 0.0012 is 0.12 times 10⁻².
    int64_t point = static_cast<int64_t>(found.whole) - static_cast<int64_t>(first) + (first > found.whole);
    int64_t power = std::clamp(power_of(text, found.power, length) + point, -furthest, furthest);
    return {found.start == 1 ? -1 : 1, power, first, found.end};
}

int compare_texts(const uint8_t *a_text, size_t a_length, const uint8_t *b_text, size_t b_length) {
    digits_of a = digits_in(a_text, a_length), b = digits_in(b_text, b_length);
    if (a.sign != b.sign) return a.sign < b.sign ? -1 : 1;
    if (a.sign == 0) return 0;
    if (a.exponent != b.exponent) return (a.exponent < b.exponent ? -1 : 1) * a.sign;
    for (size_t i = a.first, j = b.first; i < a.last || j < b.last; i++, j++) {
        if (i < a.last && a_text[i] == '.') i++;
        if (j < b.last && b_text[j] == '.') j++;
        uint8_t x = i < a.last ? a_text[i] : '0', y = j < b.last ? b_text[j] : '0';
        if (x != y) return (x < y ? -1 : 1) * a.sign;
    }
    return 0;
}

} // namespace

bool cj::is_number(const uint8_t *text, size_t length) {
    parts number;
    return take_apart(text, length, number);
}

extern "C" {

int cj_parse_number(const uint8_t *text, size_t length, cj_number *number) {
    if (!cj::is_number(text, length)) return 0;
    *number = cj_read_number(text, length);
    return 1;
}

int cj_compare_numbers(const uint8_t *a_text, cj_number a, const uint8_t *b_text, cj_number b) {
    int order = cj_quick_order(a, b);
    return order != 2 ? order : compare_texts(a_text, a.length, b_text, b.length);
}

} // extern "C"
