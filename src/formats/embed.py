# SPDX-License-Identifier: Apache-2.0
# embed.py INPUT OUTPUT SYMBOL: a file as a C array, so that the binary needs no path to its data.
import sys

source, target, symbol = sys.argv[1:]
data = open(source, "rb").read()
lines = [", ".join(str(b) for b in data[i : i + 24]) for i in range(0, len(data), 24)]
with open(target, "w") as out:
    out.write("// Made from %s.\n#include <stddef.h>\n" % source.rsplit("/", 1)[-1])
    out.write("extern const unsigned char %s[];\nextern const size_t %s_n;\n" % (symbol, symbol))
    out.write("const unsigned char %s[] = {\n%s};\n" % (symbol, ",\n".join(lines)))
    out.write("const size_t %s_n = %d;\n" % (symbol, len(data)))
