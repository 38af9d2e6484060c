// What a glance needs of the reader.
#pragma once
#include "index.hpp"
#include "marks.hpp"

namespace cj {

// Fills the slots of a program from the reader's text, without an index of its tokens; false where it cannot, whatever
// the reason, and then the slots hold nothing of use.
bool glance(cj_reader &reader, const cj_program &program, marker marker);

} // namespace cj
