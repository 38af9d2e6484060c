// The walk that fills a program's slots.
#include "index.hpp"

namespace cj {
namespace {

struct filler : index {
    cj_reader &reader;
    const cj_program &program;

    filler(cj_reader &reader, const cj_program &program) : index(reader), reader(reader), program(program) {}

    // The members of the object whose '{' stands in front of `token`. Returns the token behind its '}'.
    uint32_t object(uint32_t node, uint32_t token, uint32_t depth) {
        if (token < count && byte(token) == '}') return token + 1;
        for (;;) {
            if (!is_member(token)) return 0;
            const cj_edge *edge;
            if (!find_edge(reader, *this, program, node, token, edge)) return 0;
            token = value(edge, token + 2, depth);
            if (token == 0) return 0;
            if (token >= count) return fail(CJ_FAULT_ENDS_EARLY, length);
            uint8_t c = byte(token);
            if (c == '}') return token + 1;
            if (c != ',') return fail(CJ_FAULT_SEPARATOR, tokens[token]);
            token++;
        }
    }

    // The value at `token`, which goes to the slot of `edge` if there is one. Returns the token behind it.
    uint32_t value(const cj_edge *edge, uint32_t token, uint32_t depth) {
        // Of members with one name the first counts.
        if (edge != nullptr && reader.slots[edge->slot].kind != CJ_ABSENT) edge = nullptr;
        uint8_t c = byte(token);
        if (!(classes.of[c] & opens)) {
            if (edge != nullptr) reader.slots[edge->slot] = scalar_at(token);
            return token + 1;
        }
        uint32_t next = c == '{' && edge != nullptr && edge->node >= 0 ? below(*edge, token, depth) : skip(token, depth);
        if (next != 0 && edge != nullptr)
            reader.slots[edge->slot] = {
                c == '{' ? uint32_t(CJ_OBJECT) : uint32_t(CJ_ARRAY), tokens[token], tokens[next - 1] + 1, token};
        return next;
    }

    // The object at `token`. A fault inside concerns those alone who look inside: for others it is skipped by structure,
    // so that what one reader wants never decides what another one sees.
    uint32_t below(const cj_edge &edge, uint32_t token, uint32_t depth) {
        uint32_t next = object(static_cast<uint32_t>(edge.node), token + 1, depth + 1);
        if (next != 0) return next;
        cj_fault inside = why;
        for (uint32_t slot = edge.slot + 1; slot < edge.subtree_end; slot++) reader.slots[slot] = malformed(inside);
        return skip(token, depth);
    }
};

} // namespace

bool find_escaped_edge(
    cj_reader &reader, index &at, const cj_program &program, uint32_t node, uint32_t start, size_t count,
    const cj_edge *&found) {
    const uint8_t *name = at.text + start;
    size_t bad = bad_escape(name, count);
    if (bad != count) return at.fail(CJ_FAULT_ESCAPE, start + bad);
    uint8_t *unescaped = reader.room(count);
    if (unescaped == nullptr) return at.fail(CJ_FAULT_MEMORY, start);
    size_t length = unescape(name, count, unescaped);
    found = find_name(program.edges, program.nodes[node], unescaped, length, false, length);
    return true;
}

bool fill(cj_reader &reader, const cj_program &program, cj_fault &fault) {
    filler walk(reader, program);
    if (walk.byte(0) != '{') {
        fault = cj::fault(CJ_FAULT_NOT_OBJECT, walk.tokens[0]);
        return false;
    }
    uint32_t next = walk.object(0, 1, 1);
    if (next != 0 && next < walk.count) next = walk.fail(CJ_FAULT_TRAILING, walk.tokens[next]);
    if (next == 0) fault = walk.why;
    return next != 0;
}

} // namespace cj

extern "C" {

void cj_enter(cj_reader *reader, const cj_program *program, const cj_edge *edge, cj_value object) {
    cj_leave(reader, edge);
    if (!reader->is_indexed) return; // no element was found by it
    if (object.token >= reader->token_count()) return; // a value of another text
    cj::filler walk(*reader, *program);
    // How deep the element lies is not known any more; it was counted when its array was skipped.
    walk.below(*edge, object.token, 1);
}

void cj_leave(cj_reader *reader, const cj_edge *edge) {
    for (uint32_t slot = edge->slot + 1; slot < edge->subtree_end; slot++) reader->slots[slot] = {};
}

} // extern "C"
