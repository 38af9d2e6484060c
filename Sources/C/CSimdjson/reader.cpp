// Memory, the structural index, and the tokens' grammar.
#include "glance.hpp"
#include <new>

namespace {

constexpr size_t smallest = 16 << 10, kept = 1 << 20;

// Makes room for the index of a text. Room for a large text is given back by the next that is not.
bool fit(cj_reader &reader, size_t length) {
    size_t capacity = reader.parser ? reader.parser->capacity() : 0;
    if (length <= capacity && (capacity <= kept || length > kept)) return true;
    size_t wanted = smallest;
    while (wanted < length) wanted *= 2;
    if (reader.parser) return reader.parser->set_capacity(wanted) == simdjson::SUCCESS;
    // The depth is for simdjson's own second stage, which is not used.
    return simdjson::get_active_implementation()->create_dom_parser_implementation(wanted, 1, reader.parser) ==
           simdjson::SUCCESS;
}

cj_fault explain(simdjson::error_code code, const uint8_t *text, size_t length) {
    switch (code) {
    case simdjson::EMPTY: return cj::fault(CJ_FAULT_EMPTY, 0);
    case simdjson::UNCLOSED_STRING: return cj::fault(CJ_FAULT_ENDS_EARLY, length);
    case simdjson::UNESCAPED_CHARS: return cj::find_control_character(text, length);
    case simdjson::UTF8_ERROR: return cj::find_bad_utf8(text, length);
    default: return cj::fault(CJ_FAULT_MEMORY, 0);
    }
}

} // namespace

namespace cj {

uint32_t index::skip_deep(uint32_t token, uint32_t depth) {
    uint64_t open[CJ_MAX_DEPTH / 64];
    uint32_t level = 0, limit = CJ_MAX_DEPTH - depth;
    for (; token < count; token++) {
        uint8_t bracket = kind(token);
        if (bracket & opens) {
            if (level == limit) return fail(CJ_FAULT_DEPTH, tokens[token]);
            uint64_t bit = 1ull << (level & 63), &word = open[level >> 6];
            word = bracket & is_object ? word | bit : word & ~bit;
            level++;
        } else if (bracket & closes) {
            level--;
            bool wanted = open[level >> 6] >> (level & 63) & 1;
            if (wanted != ((bracket & is_object) != 0)) return fail(CJ_FAULT_SEPARATOR, tokens[token]);
            if (level == 0) return token + 1;
        }
    }
    return fail(CJ_FAULT_ENDS_EARLY, length);
}

static bool is(const uint8_t *text, size_t count, const char *literal) {
    return count == strlen(literal) && memcmp(text, literal, count) == 0;
}

uint32_t literal(const uint8_t *text, size_t length) {
    if (is(text, length, "true")) return CJ_TRUE;
    if (is(text, length, "false")) return CJ_FALSE;
    return is(text, length, "null") ? CJ_NULL : CJ_MALFORMED;
}

cj_value index::rare_scalar(uint32_t token, uint32_t start, uint32_t end) const {
    const uint8_t *raw = text + start;
    size_t size = end - start;
    if (*raw == '"') {
        size_t bad = bad_escape(raw + 1, size - 2);
        if (bad == size - 2) return {CJ_ESCAPED_STRING, start, end, token};
        return malformed(fault(CJ_FAULT_ESCAPE, start + 1 + bad));
    }
    uint32_t found = literal(raw, size);
    return found == CJ_MALFORMED ? malformed(fault(CJ_FAULT_VALUE, start)) : cj_value{found, start, end, token};
}

} // namespace cj

uint8_t *cj_reader::room(size_t count) {
    if (count <= scratch_capacity) return scratch;
    size_t wanted = 4096;
    while (wanted < count) wanted *= 2;
    auto larger = static_cast<uint8_t *>(realloc(scratch, wanted));
    if (larger == nullptr) return nullptr;
    scratch = larger;
    scratch_capacity = wanted;
    return scratch;
}

bool cj_reader::fit_marks() {
    if (!marks) marks.reset(new (std::nothrow) cj::marks[cj::CJ_MAX_GLANCE / 64 + 1]);
    return marks != nullptr;
}

bool cj_reader::index_text(cj_fault &fault) {
    if (is_indexed) return true;
    if (!fit(*this, length)) {
        fault = cj::fault(CJ_FAULT_MEMORY, 0);
        return false;
    }
    auto code = parser->stage1(text, length, simdjson::stage1_mode::regular);
    is_indexed = code == simdjson::SUCCESS;
    if (!is_indexed) fault = explain(code, text, length);
    return is_indexed;
}

bool cj_reader::clear_slots(uint32_t count) {
    if (count > slot_capacity) {
        auto larger = static_cast<cj_value *>(realloc(slots, count * sizeof(cj_value)));
        if (larger == nullptr) return false;
        slots = larger;
        slot_capacity = count;
    }
    for (uint32_t i = 0; i < count; i++) slots[i] = {};
    return true;
}

static int read(
    cj_reader &reader, const cj_program &program, const uint8_t *text, size_t length, cj_fault &fault, cj::marker marker) {
    fault = cj::fault(length == 0 ? CJ_FAULT_EMPTY : CJ_FAULT_MEMORY, 0);
    if (length == 0 || length >= UINT32_MAX) return 0;
    reader.text = text;
    reader.length = static_cast<uint32_t>(length);
    reader.is_indexed = false;
    if (!reader.clear_slots(program.slot_count)) return 0;
    fault = {};
    if (cj::glance(reader, program, marker)) return 1;
    reader.clear_slots(program.slot_count);
    return reader.index_text(fault) && cj::fill(reader, program, fault);
}

extern "C" {

cj_reader *cj_borrow_thread_reader(void) {
    thread_local std::unique_ptr<cj_reader> own;
    if (!own) own.reset(new (std::nothrow) cj_reader);
    if (!own || own->is_lent) return nullptr;
    own->is_lent = true;
    return own.get();
}

void cj_return_thread_reader(cj_reader *reader) { reader->is_lent = false; }

int cj_is_utf8(const uint8_t *text, size_t length) {
    return simdjson::validate_utf8(reinterpret_cast<const char *>(text), length);
}

const char *cj_implementation(void) { return simdjson::get_active_implementation()->name().c_str(); }

const cj_value *cj_slots(const cj_reader *reader) { return reader->slots; }

int cj_read(cj_reader *reader, const cj_program *program, const uint8_t *text, size_t length, cj_fault *fault) {
    return read(*reader, *program, text, length, *fault, cj::best_marker);
}

int cj_has_method(int method) { return method == CJ_METHOD_INDEX || cj::marker_of(method) != nullptr; }

int cj_read_with(
    int method, cj_reader *reader, const cj_program *program, const uint8_t *text, size_t length, cj_fault *fault) {
    return read(*reader, *program, text, length, *fault, cj::marker_of(method));
}

} // extern "C"
