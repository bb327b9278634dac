// SPDX-License-Identifier: Apache-2.0
// Runs a fuzz target over every file below the folders named, and over short and mutated forms of each: a fuzz target
// as an ordinary test, on any compiler.
#include <ftw.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t files;

static int replay(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)ftw;
    if (type != FTW_F || st->st_size > (4 << 20)) return 0;
    FILE *f = fopen(path, "rb");
    if (!f) return 0;
    size_t size = (size_t)st->st_size;
    uint8_t *data = malloc(size + 1), *copy = malloc(size + 1);
    size = data && copy ? fread(data, 1, size, f) : 0;
    fclose(f);
    if (data && copy) {
        LLVMFuzzerTestOneInput(data, size);
        size_t step = size / 64 + 1;
        for (size_t cut = 0; cut < size; cut += step) LLVMFuzzerTestOneInput(data, cut);
        for (size_t i = 0; i < size; i += step) {
            for (size_t k = 0; k < size; k++) copy[k] = data[k];
            copy[i] = (uint8_t)(copy[i] ^ (1u << (i % 8)));
            LLVMFuzzerTestOneInput(copy, size);
        }
        files++;
    }
    free(data);
    free(copy);
    return 0;
}

int main(int argc, char **argv)
{
    LLVMFuzzerTestOneInput((const uint8_t *)"", 0);
    for (int i = 1; i < argc; i++) nftw(argv[i], replay, 16, FTW_PHYS);
    printf("%zu seed files replayed\n", files);
    return 0;
}
