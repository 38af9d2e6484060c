// jsonk.c, unchanged, needs AVX-512; where a machine has none, the same walk over marks that AVX2 finds stands in.
#include "jsonk.h"
#if defined(FLOOR_AVX2)
#include "jsonk_avx2.c"
#else
#include "jsonk.c"
#endif
