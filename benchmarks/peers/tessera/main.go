// SPDX-License-Identifier: Apache-2.0

// Tessera's POSIX driver under the load that ./bench puts on a node's log: 500-byte entries, 1,600 in flight, each
// counted when it has its index, which the driver gives once the entry is written, synchronised and integrated. It
// stores entries and tiles alone: no index by name, no bodies apart from leaves, no views.
package main

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/transparency-dev/tessera"
	"github.com/transparency-dev/tessera/storage/posix"
	"golang.org/x/mod/sumdb/note"
)

const (
	entryBytes = 500
	inFlight   = 1600
)

type result struct {
	Version     string  `json:"version"`
	InFlight    int     `json:"in_flight"`
	Entries     uint64  `json:"entries"`
	EntriesPerS float64 `json:"entries_per_s"`
}

func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "?"
	}
	for _, dep := range info.Deps {
		if dep.Path == "github.com/transparency-dev/tessera" {
			return dep.Version
		}
	}
	return "?"
}

func open(ctx context.Context, dir string) (*tessera.Appender, func(context.Context) error, error) {
	secret, _, err := note.GenerateKey(rand.Reader, "bench.example/log")
	if err != nil {
		return nil, nil, err
	}
	signer, err := note.NewSigner(secret)
	if err != nil {
		return nil, nil, err
	}
	driver, err := posix.New(ctx, posix.Config{Path: dir})
	if err != nil {
		return nil, nil, err
	}
	// The whole of what is in flight may be one batch, as it may be one slice of ours; five milliseconds, as ours.
	options := tessera.NewAppendOptions().
		WithCheckpointSigner(signer).
		WithCheckpointInterval(time.Second).
		WithPushback(4*inFlight).
		WithBatching(inFlight, 5*time.Millisecond)
	appender, shutdown, _, err := tessera.NewAppender(ctx, driver, options)
	return appender, shutdown, err
}

// Adds entries one after the other until the time is over; each is different, since an equal one is no new entry.
func load(ctx context.Context, appender *tessera.Appender, worker uint64, until time.Time, count *atomic.Uint64) error {
	for n := uint64(0); time.Now().Before(until); n++ {
		entry := make([]byte, entryBytes)
		binary.BigEndian.PutUint64(entry, worker)
		binary.BigEndian.PutUint64(entry[8:], n)
		if _, err := appender.Add(ctx, tessera.NewEntry(entry))(); err != nil {
			return err
		}
		count.Add(1)
	}
	return nil
}

func run(dir string, seconds float64) (result, error) {
	ctx := context.Background()
	appender, shutdown, err := open(ctx, dir)
	if err != nil {
		return result{}, err
	}
	var count atomic.Uint64
	var group sync.WaitGroup
	var once sync.Once
	var failed error
	began := time.Now()
	until := began.Add(time.Duration(seconds * float64(time.Second)))
	for worker := range uint64(inFlight) {
		group.Add(1)
		go func() {
			defer group.Done()
			if err := load(ctx, appender, worker, until, &count); err != nil {
				once.Do(func() { failed = err })
			}
		}()
	}
	group.Wait()
	took := time.Since(began).Seconds()
	if failed != nil {
		return result{}, failed
	}
	return result{version(), inFlight, count.Load(), float64(count.Load()) / took}, shutdown(ctx)
}

func main() {
	dir := flag.String("dir", "", "where the log is made")
	seconds := flag.Float64("seconds", 10, "how long")
	flag.Parse()
	if *dir == "" {
		flag.Usage()
		os.Exit(64)
	}
	found, err := run(*dir, *seconds)
	if err == nil {
		err = json.NewEncoder(os.Stdout).Encode(found)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
