// SPDX-License-Identifier: Apache-2.0
package main

import (
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"net/netip"
	"sort"
	"strconv"
	"strings"
	"time"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
	"github.com/google/cel-go/common/types/traits"
)

// Values as text, one way each:
//
//	null true false
//	i-5  u5  d3ff8000000000000 (the bits; NaN is dNaN)
//	s"text"  b"bytes"      in hex
//	t1704067200.5  p-1.5   seconds and nanoseconds of a timestamp and a duration
//	[a,b]  {k:v,k:v}       a map's entries in the order of their texts
//	T"int"  O()  O(v)      a type, no value, a value
//	N"10.0.0.0/8"          an address or a block, its text in hex

// typeOf reads "int", "list(string)", "map(string, dyn)", "optional(int)".
func typeOf(text string) (*cel.Type, error) {
	plain := map[string]*cel.Type{"dyn": cel.DynType, "bool": cel.BoolType, "int": cel.IntType, "uint": cel.UintType, "double": cel.DoubleType,
		"string": cel.StringType, "bytes": cel.BytesType, "timestamp": cel.TimestampType, "duration": cel.DurationType}
	if kind, there := plain[text]; there {
		return kind, nil
	}
	name, rest, there := strings.Cut(text, "(")
	if !there || !strings.HasSuffix(rest, ")") {
		return nil, fmt.Errorf("no type: %q", text)
	}
	rest = strings.TrimSuffix(rest, ")")
	if name == "map" {
		key, value, _ := strings.Cut(rest, ", ")
		k, err := typeOf(key)
		if err != nil {
			return nil, err
		}
		v, err := typeOf(value)
		return cel.MapType(k, v), err
	}
	inner, err := typeOf(rest)
	switch name {
	case "list":
		return cel.ListType(inner), err
	case "optional":
		return cel.OptionalType(inner), err
	}
	return nil, fmt.Errorf("no type: %q", text)
}

type reader struct {
	text string
}

func (r *reader) take(prefix string) bool {
	if !strings.HasPrefix(r.text, prefix) {
		return false
	}
	r.text = r.text[len(prefix):]
	return true
}

func (r *reader) until(stop string) string {
	end := strings.IndexAny(r.text, stop)
	if end < 0 {
		end = len(r.text)
	}
	part := r.text[:end]
	r.text = r.text[end:]
	return part
}

func (r *reader) quoted() ([]byte, error) {
	part := r.until(`"`)
	if !r.take(`"`) {
		return nil, errors.New("a quote is missing")
	}
	return hex.DecodeString(part)
}

func (r *reader) seconds() (int64, int64, error) {
	whole, part, _ := strings.Cut(r.until(",:]})"), ".")
	seconds, err := strconv.ParseInt(whole, 10, 64)
	if err != nil || part == "" {
		return seconds, 0, err
	}
	nanos, err := strconv.ParseInt(part, 10, 64)
	return seconds, nanos, err
}

func (r *reader) list() (ref.Val, error) {
	var items []ref.Val
	for !r.take("]") {
		item, err := r.value()
		if err != nil {
			return nil, err
		}
		items = append(items, item)
		r.take(",")
	}
	return types.NewRefValList(types.DefaultTypeAdapter, items), nil
}

func (r *reader) mapping() (ref.Val, error) {
	entries := map[ref.Val]ref.Val{}
	for !r.take("}") {
		key, err := r.value()
		if err != nil || !r.take(":") {
			return nil, fmt.Errorf("an entry's key: %w", err)
		}
		if entries[key], err = r.value(); err != nil {
			return nil, err
		}
		r.take(",")
	}
	return types.NewRefValMap(types.DefaultTypeAdapter, entries), nil
}

func (r *reader) number(c byte) (ref.Val, error) {
	text := r.until(",:]})")
	switch c {
	case 'i':
		i, err := strconv.ParseInt(text, 10, 64)
		return types.Int(i), err
	case 'u':
		u, err := strconv.ParseUint(text, 10, 64)
		return types.Uint(u), err
	}
	if text == "NaN" {
		return types.Double(math.NaN()), nil
	}
	bits, err := strconv.ParseUint(text, 16, 64)
	return types.Double(math.Float64frombits(bits)), err
}

func (r *reader) value() (ref.Val, error) {
	for text, value := range map[string]ref.Val{"null": types.NullValue, "true": types.True, "false": types.False, "O()": types.OptionalNone} {
		if r.take(text) {
			return value, nil
		}
	}
	if len(r.text) < 2 {
		return nil, errors.New("too short")
	}
	c := r.text[0]
	switch r.text = r.text[1:]; c {
	case 'i', 'u', 'd':
		return r.number(c)
	case 's', 'b':
		r.take(`"`)
		bytes, err := r.quoted()
		if c == 's' {
			return types.String(bytes), err
		}
		return types.Bytes(bytes), err
	case 't', 'p':
		seconds, nanos, err := r.seconds()
		if c == 't' {
			return types.Timestamp{Time: time.Unix(seconds, nanos).UTC()}, err
		}
		return types.Duration{Duration: time.Duration(seconds)*time.Second + time.Duration(nanos)}, err
	case '[':
		return r.list()
	case '{':
		return r.mapping()
	case 'O':
		r.take("(")
		inner, err := r.value()
		r.take(")")
		return types.OptionalOf(inner), err
	}
	return nil, fmt.Errorf("no value begins with %q", c)
}

func read(text string) (ref.Val, error) {
	r := reader{text}
	value, err := r.value()
	if err == nil && r.text != "" {
		err = fmt.Errorf("more after it: %s", r.text)
	}
	return value, err
}

func writeList(list traits.Lister) string {
	var items []string
	for it := list.Iterator(); it.HasNext() == types.True; {
		items = append(items, write(it.Next()))
	}
	return "[" + strings.Join(items, ",") + "]"
}

func writeMap(mapping traits.Mapper) string {
	var entries []string
	for it := mapping.Iterator(); it.HasNext() == types.True; {
		key := it.Next()
		entries = append(entries, write(key)+":"+write(mapping.Get(key)))
	}
	sort.Strings(entries)
	return "{" + strings.Join(entries, ",") + "}"
}

func writeTime(c string, seconds int64, nanos int64) string {
	if nanos == 0 {
		return fmt.Sprintf("%s%d", c, seconds)
	}
	return fmt.Sprintf("%s%d.%d", c, seconds, nanos)
}

func write(value ref.Val) string {
	switch v := value.(type) {
	case types.Null:
		return "null"
	case types.Bool:
		return strconv.FormatBool(bool(v))
	case types.Int:
		return "i" + strconv.FormatInt(int64(v), 10)
	case types.Uint:
		return "u" + strconv.FormatUint(uint64(v), 10)
	case types.Double:
		if math.IsNaN(float64(v)) {
			return "dNaN"
		}
		return fmt.Sprintf("d%016x", math.Float64bits(float64(v)))
	case types.String:
		return `s"` + hex.EncodeToString([]byte(v)) + `"`
	case types.Bytes:
		return `b"` + hex.EncodeToString(v) + `"`
	case types.Timestamp:
		return writeTime("t", v.Unix(), int64(v.Nanosecond()))
	case types.Duration:
		return writeTime("p", int64(v.Duration/time.Second), int64(v.Duration%time.Second))
	case *types.Type:
		return `T"` + v.TypeName() + `"`
	case *types.Optional:
		if !v.HasValue() {
			return "O()"
		}
		return "O(" + write(v.GetValue()) + ")"
	case traits.Lister:
		return writeList(v)
	case traits.Mapper:
		return writeMap(v)
	}
	switch v := value.Value().(type) {
	case netip.Addr:
		return `N"` + hex.EncodeToString([]byte(v.String())) + `"`
	case netip.Prefix:
		return `N"` + hex.EncodeToString([]byte(v.String())) + `"`
	}
	return fmt.Sprintf("? %T", value)
}
