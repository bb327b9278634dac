# SPDX-License-Identifier: Apache-2.0
# embed_page.py OUTPUT FILE…: the page's files as C arrays and a table of them, so that the binary needs no path to them.
import os
import sys

target, files = sys.argv[1], sys.argv[2:]
with open(target, "w") as out:
    out.write('#include "serve/page_files.h"\n')
    for i, path in enumerate(files):
        with open(path, "rb") as file:
            data = file.read() or b"\0"
        out.write("static const unsigned char file%d[] = {\n" % i)
        for at in range(0, len(data), 32):
            out.write(",".join(str(b) for b in data[at : at + 32]) + ",\n")
        out.write("};\n")
    out.write("const struct page_built_in page_files[] = {\n")
    for i, path in enumerate(files):
        out.write('    {"%s", file%d, %d},\n' % (os.path.basename(path), i, os.path.getsize(path)))
    out.write("};\nconst size_t page_files_n = %d;\n" % len(files))
