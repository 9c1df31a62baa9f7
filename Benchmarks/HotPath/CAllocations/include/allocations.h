#pragma once

#include <stddef.h>
#include <stdint.h>

/// How often the program has asked for memory: this object stands before the C library's own allocator. The benchmark
/// library's own counter needs a package that is not to be had everywhere.
uint64_t allocations_so_far(void);
