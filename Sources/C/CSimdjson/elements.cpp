// The elements of arrays, arrays within arrays flattened without recursion.
#include "index.hpp"
#include <algorithm>

namespace {
enum expectation : uint32_t { value_or_end, value, separator, memory };

// The place of a value in the index of its text.
uint32_t token_of(const cj_reader &reader, cj_value value) {
    if (value.token != cj::CJ_TOKEN_UNKNOWN) return value.token;
    const uint32_t *tokens = reader.tokens();
    return static_cast<uint32_t>(std::lower_bound(tokens, tokens + reader.token_count(), value.start) - tokens);
}
}

extern "C" {

cj_cursor cj_elements(cj_reader *reader, cj_value array) {
    cj_fault fault;
    if (!reader->index_text(fault)) return {0, 1, memory}; // a text without a fault, as it was read once
    return {token_of(*reader, array) + 1, 1, value_or_end};
}

cj_value cj_next(const cj_reader *reader, cj_cursor *cursor) {
    if (cursor->expects == memory) {
        *cursor = {};
        return cj::malformed(cj::fault(CJ_FAULT_MEMORY, 0));
    }
    cj::index at(*reader);
    while (cursor->depth != 0) {
        uint32_t token = cursor->token++;
        // The array's end was found when it was skipped; only a value of another text can lead outside.
        if (token >= at.count) return {};
        uint8_t c = at.byte(token);
        if (c == ']' && cursor->expects != value) {
            cursor->depth--;
            cursor->expects = separator;
        } else if (c == ',' && cursor->expects == separator) {
            cursor->expects = value;
        } else if (cursor->expects == separator || cj::begins_none(c)) {
            bool separates = cursor->expects == separator;
            cursor->depth = 0;
            return cj::malformed(cj::fault(separates ? CJ_FAULT_SEPARATOR : CJ_FAULT_VALUE, at.tokens[token]));
        } else if (c == '[') {
            cursor->depth++;
            cursor->expects = value_or_end;
        } else {
            cursor->expects = separator;
            if (c != '{') return at.scalar_at(token);
            cursor->token = at.skip(token, 0);
            if (cursor->token == 0) return {};
            return {CJ_OBJECT, at.tokens[token], at.tokens[cursor->token - 1] + 1, token};
        }
    }
    return {};
}

} // extern "C"
