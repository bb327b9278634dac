// SPDX-License-Identifier: Apache-2.0

// Times the expressions of ../expressions.json in cel-go, as its users run them: checked, optimised, the facts in an
// activation that is made once. Prints {"version": …, "ns": {name: nanoseconds an evaluation}}.
//
//	cel-go-bench [FILE]
package main

import (
	"encoding/json"
	"fmt"
	"log"
	"os"
	"runtime/debug"
	"sort"
	"strings"
	"time"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/ext"
)

const (
	rounds = 7
	span   = 60 * time.Millisecond
	inTurn = 1000
)

type suite struct {
	Variables   map[string]string `json:"variables"`
	Facts       map[string]any    `json:"facts"`
	Expressions []struct {
		Name, Text string
		Result     bool
	} `json:"expressions"`
}

func typeOf(text string) *cel.Type {
	switch text {
	case "bool":
		return cel.BoolType
	case "int":
		return cel.IntType
	case "uint":
		return cel.UintType
	case "double":
		return cel.DoubleType
	case "string":
		return cel.StringType
	case "timestamp":
		return cel.TimestampType
	case "dyn":
		return cel.DynType
	}
	name, rest, _ := strings.Cut(strings.TrimSuffix(text, ")"), "(")
	switch name {
	case "list":
		return cel.ListType(typeOf(rest))
	case "map":
		key, value, _ := strings.Cut(rest, ", ")
		return cel.MapType(typeOf(key), typeOf(value))
	}
	log.Fatalf("no type: %q", text)
	return nil
}

// A fact as a Go program would hold it.
func fact(value any, kind string) any {
	switch kind {
	case "int":
		return int64(value.(float64))
	case "uint":
		return uint64(value.(float64))
	case "timestamp":
		at, err := time.Parse(time.RFC3339, value.(string))
		if err != nil {
			log.Fatal(err)
		}
		return at
	case "list(string)":
		var texts []string
		for _, item := range value.([]any) {
			texts = append(texts, item.(string))
		}
		return texts
	}
	return value
}

func timed(program cel.Program, facts cel.Activation, wanted bool) float64 {
	var each []float64
	for round := 0; round < rounds; round++ {
		count := 0
		began := time.Now()
		for time.Since(began) < span {
			for i := 0; i < inTurn; i++ {
				result, _, err := program.Eval(facts)
				if err != nil || result != types.Bool(wanted) {
					log.Fatalf("another result: %v, %v", result, err)
				}
			}
			count += inTurn
		}
		each = append(each, float64(time.Since(began).Nanoseconds())/float64(count))
	}
	sort.Float64s(each)
	return each[rounds/2]
}

func version() string {
	info, _ := debug.ReadBuildInfo()
	for _, module := range info.Deps {
		if module.Path == "github.com/google/cel-go" {
			return module.Version
		}
	}
	return "?"
}

func main() {
	log.SetFlags(0)
	path := "../expressions.json"
	if len(os.Args) > 1 {
		path = os.Args[1]
	}
	bytes, err := os.ReadFile(path)
	if err != nil {
		log.Fatal(err)
	}
	var s suite
	if err := json.Unmarshal(bytes, &s); err != nil {
		log.Fatal(err)
	}
	options := []cel.EnvOption{ext.Strings()}
	facts := map[string]any{}
	for name, kind := range s.Variables {
		options = append(options, cel.Variable(name, typeOf(kind)))
		facts[name] = fact(s.Facts[name], kind)
	}
	env, err := cel.NewEnv(options...)
	if err != nil {
		log.Fatal(err)
	}
	activation, err := cel.NewActivation(facts)
	if err != nil {
		log.Fatal(err)
	}
	found := map[string]float64{}
	for _, e := range s.Expressions {
		ast, issues := env.Compile(e.Text)
		if issues.Err() != nil {
			log.Fatalf("%s: %v", e.Name, issues.Err())
		}
		program, err := env.Program(ast, cel.EvalOptions(cel.OptOptimize))
		if err != nil {
			log.Fatalf("%s: %v", e.Name, err)
		}
		found[e.Name] = timed(program, activation, e.Result)
	}
	answer, err := json.Marshal(map[string]any{"version": version(), "ns": found})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(string(answer))
}
