// SPDX-License-Identifier: Apache-2.0

// Judge evaluates expressions with cel-go: a second implementation of the Common Expression Language, none of it ours.
// Its first line of input declares the variables, {"name": "type", …}; each line after that is {"expr": …, "vars":
// {name: value}} and is answered by one line:
//
//	value VALUE     what it gives
//	error TEXT      the evaluation failed
//	refused TEXT    the expression is not well formed, or the checker found no type for it
//
// Values are written as value.go says.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"strings"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/types/ref"
	"github.com/google/cel-go/ext"
)

type question struct {
	Expr string            `json:"expr"`
	Vars map[string]string `json:"vars"`
}

func environment(declared map[string]string) (*cel.Env, error) {
	options := []cel.EnvOption{
		cel.CrossTypeNumericComparisons(true),
		cel.DefaultUTCTimeZone(true),
		cel.OptionalTypes(),
		cel.EnableErrorOnBadPresenceTest(true),
		ext.Strings(), ext.Math(), ext.Encoders(), ext.Bindings(), ext.Network(), ext.TwoVarComprehensions(),
	}
	for name, text := range declared {
		kind, err := typeOf(text)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		options = append(options, cel.Variable(name, kind))
	}
	return cel.NewEnv(options...)
}

func oneLine(text string) string {
	return strings.Join(strings.Fields(text), " ")
}

func answer(env *cel.Env, q question) (said string) {
	defer func() {
		if fault := recover(); fault != nil {
			said = "panic " + oneLine(fmt.Sprint(fault))
		}
	}()
	ast, issues := env.Compile(q.Expr)
	if issues.Err() != nil {
		return "refused " + oneLine(issues.Err().Error())
	}
	program, err := env.Program(ast)
	if err != nil {
		return "error " + oneLine(err.Error())
	}
	vars := map[string]any{}
	for name, text := range q.Vars {
		value, err := read(text)
		if err != nil {
			log.Fatalf("%s = %s: %v", name, text, err)
		}
		vars[name] = value
	}
	var result ref.Val
	if result, _, err = program.Eval(vars); err != nil {
		return "error " + oneLine(err.Error())
	}
	return "value " + write(result)
}

func main() {
	log.SetFlags(0)
	in := bufio.NewReaderSize(os.Stdin, 1<<20)
	out := bufio.NewWriterSize(os.Stdout, 1<<16)
	defer out.Flush()
	lines := json.NewDecoder(in)
	var declared map[string]string
	if err := lines.Decode(&declared); err != nil {
		log.Fatalf("the declarations: %v", err)
	}
	env, err := environment(declared)
	if err != nil {
		log.Fatal(err)
	}
	for lines.More() {
		var q question
		if err := lines.Decode(&q); err != nil {
			log.Fatal(err)
		}
		fmt.Fprintln(out, answer(env, q))
		if in.Buffered() == 0 {
			out.Flush()
		}
	}
}
