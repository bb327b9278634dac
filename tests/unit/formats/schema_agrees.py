# SPDX-License-Identifier: Apache-2.0
# schema_agrees.py SCHEMA FOLDER: every file of FOLDER/good is valid by SCHEMA; of FOLDER/bad, those whose reason says "malformed:
# shape" are not. Other bad files are bad for reasons that a schema cannot say, and must be valid.
import glob
import json
import sys

import jsonschema

schema = json.load(open(sys.argv[1]))
jsonschema.Draft202012Validator.check_schema(schema)
validator = jsonschema.Draft202012Validator(schema)
wrong = 0
for path in sorted(glob.glob(sys.argv[2] + "/*/*.json")):
    shape = "/bad/" in path and open(path + ".reason").read().startswith("malformed: shape")
    valid = validator.is_valid(json.load(open(path)))
    if valid == shape:
        print(f"{path}: the schema says {'valid' if valid else 'not valid'}")
        wrong += 1
sys.exit(wrong != 0)
