// New texts from the last one read: an object from chosen values, or all of it but some members.
#include "index.hpp"

namespace {

// Copies the text to an output and leaves members out. `copied` is how far the text has been dealt with.
struct pruner : cj::index {
    cj_reader &reader;
    const cj_program &program;
    uint8_t *const to;
    size_t written = 0;
    uint32_t copied = 0;

    pruner(cj_reader &reader, const cj_program &program, uint8_t *to)
        : index(reader), reader(reader), program(program), to(to) {}

    void copy(uint32_t until) {
        memcpy(to + written, text + copied, until - copied);
        written += until - copied;
        copied = until;
    }

    // The members of the object whose '{' stands in front of `token`. Returns the token behind its '}'.
    //
    // A member that goes takes the comma behind it along; a last one takes the one in front: what was written since the
    // last member that stays is taken back.
    uint32_t object(uint32_t node, uint32_t token, uint32_t depth) {
        if (token < count && byte(token) == '}') return token + 1;
        bool keeps = false;
        size_t kept = 0;
        for (;;) {
            if (!is_member(token)) return 0;
            uint32_t name = tokens[token];
            const cj_edge *edge;
            if (!cj::find_edge(reader, *this, program, node, token, edge)) return 0;
            bool goes = edge != nullptr && edge->node < 0;
            if (goes) copy(name);
            uint32_t next = value(goes ? nullptr : edge, token + 2, depth);
            if (next == 0) return 0;
            if (next >= count) return fail(CJ_FAULT_ENDS_EARLY, length);
            uint8_t c = byte(next);
            if (c != ',' && c != '}') return fail(CJ_FAULT_SEPARATOR, tokens[next]);
            bool is_last = c == '}';
            if (goes && !is_last) {
                if (next + 1 >= count) return fail(CJ_FAULT_ENDS_EARLY, length);
                copied = tokens[next + 1];
            } else if (goes) {
                copied = end_before(next);
                if (keeps) written = kept;
            } else {
                copy(end_before(next));
                keeps = true;
                kept = written;
            }
            token = next + 1;
            if (is_last) return token;
        }
    }

    // The value at `token`, of which members below `edge` may go. Returns the token behind it.
    uint32_t value(const cj_edge *edge, uint32_t token, uint32_t depth) {
        uint8_t c = byte(token);
        if (!(cj::classes.of[c] & cj::opens)) return token + 1;
        if (edge == nullptr) return skip(token, depth);
        if (c == '{') return object(static_cast<uint32_t>(edge->node), token + 1, depth + 1);
        return array(*edge, token, depth);
    }

    uint32_t array(const cj_edge &edge, uint32_t token, uint32_t depth) {
        uint32_t end = skip(token, depth);
        if (end == 0) return 0;
        for (token++; token < end;) {
            token = byte(token) == '{' ? object(static_cast<uint32_t>(edge.node), token + 1, depth + 1) : token + 1;
            if (token == 0) return 0;
        }
        return end;
    }
};

} // namespace

extern "C" {

size_t cj_projected_size(const cj_reader *reader, const cj_output *outputs, size_t count, cj_fault *fault) {
    size_t size = 0;
    for (size_t i = 0; i < count; i++) {
        cj_value value = reader->slots[outputs[i].slot];
        if (value.kind == CJ_ABSENT) continue;
        if (value.kind == CJ_MALFORMED) {
            *fault = cj::fault(value.end, value.start);
            return 0;
        }
        size += outputs[i].length + (value.end - value.start);
    }
    return size == 0 ? 2 : size + 1; // the first comma is the '{'
}

void cj_project(const cj_reader *reader, const cj_output *outputs, size_t count, uint8_t *to) {
    uint8_t *out = to;
    for (size_t i = 0; i < count; i++) {
        cj_value value = reader->slots[outputs[i].slot];
        if (value.kind == CJ_ABSENT) continue;
        memcpy(out, outputs[i].prefix, outputs[i].length);
        out += outputs[i].length;
        memcpy(out, reader->text + value.start, value.end - value.start);
        out += value.end - value.start;
    }
    if (out == to) out++;
    *to = '{';
    *out = '}';
}

size_t cj_prune(cj_reader *reader, const cj_program *program, uint8_t *to, cj_fault *fault) {
    if (!reader->index_text(*fault)) return 0;
    pruner walk(*reader, *program, to);
    if (walk.object(0, 1, 1) == 0) {
        *fault = walk.why;
        return 0;
    }
    walk.copy(walk.length);
    return walk.written;
}

} // extern "C"
