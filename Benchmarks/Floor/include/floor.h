// The C floor's kernels and its records.
#pragma once
#include "../gen.h"
#include "../b64.h"
#include "../jsonk.h"
