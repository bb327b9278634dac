// SPDX-License-Identifier: Apache-2.0

// Judge walks a tlog-tiles log, in a directory or behind a URL, with golang.org/x/mod/sumdb: a second implementation of
// signed notes, RFC 6962 proofs and tiles, none of it ours. It ends with "N passed, N failed" and exits 1 if any failed.
//
//	judge [-cert FILE -key FILE] [-ca FILE] [-entries=false] DIR-OR-URL VKEY
package main

import (
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const (
	height = 8   // of a C2SP tile
	width  = 256 // hashes in a full tile
)

// Where the log's files come from.
type source func(path string) ([]byte, error)

func directory(root string) source {
	return func(path string) ([]byte, error) {
		return os.ReadFile(filepath.Join(root, filepath.FromSlash(path)))
	}
}

func web(root string, client *http.Client) source {
	return func(path string) ([]byte, error) {
		answer, err := client.Get(strings.TrimSuffix(root, "/") + "/" + path)
		if err != nil {
			return nil, err
		}
		defer answer.Body.Close()
		if answer.StatusCode != http.StatusOK {
			return nil, fmt.Errorf("%s: %s", path, answer.Status)
		}
		return io.ReadAll(io.LimitReader(answer.Body, 32<<20))
	}
}

func client(cert, key, ca string) (*http.Client, error) {
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if cert != "" {
		pair, err := tls.LoadX509KeyPair(cert, key)
		if err != nil {
			return nil, err
		}
		config.Certificates = []tls.Certificate{pair}
	}
	if ca != "" {
		pem, err := os.ReadFile(ca)
		if err != nil {
			return nil, err
		}
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("%s: no certificate in it", ca)
		}
	}
	return &http.Client{Timeout: time.Minute, Transport: &http.Transport{TLSClientConfig: config}}, nil
}

// Checks count themselves; the first failures are printed.
type tally struct {
	sync.Mutex
	passed, failed int
}

func (t *tally) check(ok bool, format string, args ...interface{}) bool {
	t.Lock()
	defer t.Unlock()
	if ok {
		t.passed++
		return true
	}
	t.failed++
	if t.failed <= 20 {
		fmt.Printf("FAILED "+format+"\n", args...)
	}
	return false
}

// The path of a tile as C2SP writes it: x/mod's has the height too.
func path(kind string, n int64, w int) string {
	s := fmt.Sprintf("%03d", n%1000)
	for n >= 1000 {
		n /= 1000
		s = fmt.Sprintf("x%03d/%s", n%1000, s)
	}
	s = "tile/" + kind + "/" + s
	if w < width {
		s += ".p/" + strconv.Itoa(w)
	}
	return s
}

// The partial file, or the full one that has replaced it.
func (r *reader) fetch(kind string, n int64, w int) ([]byte, error) {
	data, err := r.from(path(kind, n, w))
	if err != nil && w < width {
		return r.from(path(kind, n, width))
	}
	return data, err
}

// Tiles for tlog.TileHashReader, each fetched once. A partial tile is fetched at the width that the tree has, and cut:
// x/mod asks for narrower ones when it proves older trees.
type reader struct {
	from source
	size int64
	sync.Mutex
	tiles map[string][]byte
}

func (r *reader) Height() int { return height }

func (r *reader) SaveTiles([]tlog.Tile, [][]byte) {}

func (r *reader) tile(level int, n int64, w int) ([]byte, error) {
	have := r.size>>(uint(level)*height) - n*width
	if have > width {
		have = width
	}
	if int64(w) > have {
		return nil, fmt.Errorf("tile %d/%d: %d hashes wanted of %d", level, n, w, have)
	}
	r.Lock()
	defer r.Unlock()
	kind := strconv.Itoa(level)
	key := path(kind, n, int(have))
	data, ok := r.tiles[key]
	if !ok {
		var err error
		if data, err = r.fetch(kind, n, int(have)); err != nil {
			return nil, err
		}
		if len(data) < int(have)*tlog.HashSize || len(data)%tlog.HashSize != 0 || len(data) > width*tlog.HashSize {
			return nil, fmt.Errorf("%s: %d bytes", key, len(data))
		}
		r.tiles[key] = data
	}
	return data[:w*tlog.HashSize], nil
}

func (r *reader) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var all [][]byte
	for _, t := range tiles {
		data, err := r.tile(t.L, t.N, t.W)
		if err != nil {
			return nil, err
		}
		all = append(all, data)
	}
	return all, nil
}

// The entries of a bundle: u16 length, bytes.
func bundle(data []byte) ([][]byte, error) {
	var entries [][]byte
	for len(data) > 0 {
		if len(data) < 2 {
			return nil, errors.New("half a length at its end")
		}
		n := int(binary.BigEndian.Uint16(data))
		if data = data[2:]; len(data) < n {
			return nil, errors.New("half an entry at its end")
		}
		entries = append(entries, data[:n])
		data = data[n:]
	}
	return entries, nil
}

// Opens the checkpoint: note, three lines, nothing else.
func checkpoint(from source, vkey string, t *tally) (tlog.Tree, bool) {
	var tree tlog.Tree
	text, err := from("checkpoint")
	if !t.check(err == nil, "checkpoint: %v", err) {
		return tree, false
	}
	verifier, err := note.NewVerifier(vkey)
	if !t.check(err == nil, "vkey: %v", err) {
		return tree, false
	}
	signed, err := note.Open(text, note.VerifierList(verifier))
	if !t.check(err == nil, "checkpoint: %v", err) {
		return tree, false
	}
	changed := append([]byte(nil), text...)
	changed[len(verifier.Name())+1] ^= 1
	_, err = note.Open(changed, note.VerifierList(verifier))
	t.check(err != nil, "a changed checkpoint was taken")
	lines := strings.Split(signed.Text, "\n")
	if !t.check(len(lines) == 4 && lines[3] == "" && lines[0] == verifier.Name(), "checkpoint: %q", signed.Text) {
		return tree, false
	}
	tree.N, err = strconv.ParseInt(lines[1], 10, 64)
	if !t.check(err == nil && strconv.FormatInt(tree.N, 10) == lines[1], "size %q", lines[1]) {
		return tree, false
	}
	tree.Hash, err = tlog.ParseHash(lines[2])
	return tree, t.check(err == nil, "root: %v", err)
}

// One tile of records: its hashes are authenticated by x/mod against the root, each entry hashes to its place, and each
// has a proof that holds for it and not for another.
func records(tree tlog.Tree, r *reader, hashes tlog.HashReader, n int64, entries bool, t *tally) {
	w := tree.N - n*width
	if w > width {
		w = width
	}
	indexes := make([]int64, w)
	for i := range indexes {
		indexes[i] = tlog.StoredHashIndex(0, n*width+int64(i))
	}
	leaves, err := hashes.ReadHashes(indexes)
	if !t.check(err == nil, "tile 0/%d: %v", n, err) {
		return
	}
	var texts [][]byte
	if entries {
		data, err := r.fetch("entries", n, int(w))
		if err == nil {
			texts, err = bundle(data)
		}
		if !t.check(err == nil && len(texts) >= int(w), "bundle %d: %d entries, %v", n, len(texts), err) {
			return
		}
	}
	for i := range leaves {
		id := n*width + int64(i)
		leaf := leaves[i]
		if entries {
			leaf = tlog.RecordHash(texts[i])
			t.check(leaf == leaves[i], "entry %d does not hash to its leaf", id)
		}
		proof, err := tlog.ProveRecord(tree.N, id, hashes)
		t.check(err == nil && tlog.CheckRecord(proof, tree.N, tree.Hash, id, leaf) == nil, "inclusion of %d: %v", id, err)
		leaf[0] ^= 1
		t.check(tlog.CheckRecord(proof, tree.N, tree.Hash, id, leaf) != nil, "inclusion of %d: took another leaf", id)
	}
}

func consistency(tree tlog.Tree, hashes tlog.HashReader, t *tally) {
	sizes := []int64{1, 2, 3, 255, 256, 257, 1000, 65535, 65536, 65537, tree.N / 3, tree.N / 2, tree.N - 257, tree.N - 1}
	for _, m := range sizes {
		if m < 1 || m >= tree.N {
			continue
		}
		old, err := tlog.TreeHash(m, hashes)
		if !t.check(err == nil, "root of %d: %v", m, err) {
			continue
		}
		proof, err := tlog.ProveTree(tree.N, m, hashes)
		t.check(err == nil && tlog.CheckTree(proof, tree.N, tree.Hash, m, old) == nil, "consistency %d to %d: %v", m, tree.N, err)
		old[31] ^= 1
		t.check(tlog.CheckTree(proof, tree.N, tree.Hash, m, old) != nil, "consistency %d to %d: took another root", m, tree.N)
	}
}

func judge(from source, vkey string, entries bool, t *tally) {
	tree, ok := checkpoint(from, vkey, t)
	if !ok {
		return
	}
	if tree.N == 0 {
		// This version of x/mod has no root for it: RFC 6962 2.1 says the hash of nothing.
		t.check(tree.Hash == sha256.Sum256(nil), "the root of the empty tree")
		return
	}
	r := &reader{from: from, size: tree.N, tiles: map[string][]byte{}}
	hashes := tlog.TileHashReader(tree, r)
	consistency(tree, hashes, t)
	tiles := make(chan int64)
	var workers sync.WaitGroup
	for i := 0; i < 4; i++ {
		workers.Add(1)
		go func() {
			defer workers.Done()
			for n := range tiles {
				records(tree, r, hashes, n, entries, t)
			}
		}()
	}
	for n := int64(0); n*width < tree.N; n++ {
		tiles <- n
	}
	close(tiles)
	workers.Wait()
	fmt.Printf("a log of %d records in %d tiles\n", tree.N, len(r.tiles))
}

func main() {
	cert := flag.String("cert", "", "client certificate, PEM")
	key := flag.String("key", "", "its key, PEM")
	ca := flag.String("ca", "", "who signed the server's certificate, PEM")
	entries := flag.Bool("entries", true, "read the entry bundles (only the owner and auditors may)")
	flag.Parse()
	if flag.NArg() != 2 {
		fmt.Fprintln(os.Stderr, "usage: judge [-cert FILE -key FILE] [-ca FILE] [-entries=false] DIR-OR-URL VKEY")
		os.Exit(64)
	}
	from := directory(flag.Arg(0))
	if strings.HasPrefix(flag.Arg(0), "http://") || strings.HasPrefix(flag.Arg(0), "https://") {
		c, err := client(*cert, *key, *ca)
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(66)
		}
		from = web(flag.Arg(0), c)
	}
	var t tally
	judge(from, flag.Arg(1), *entries, &t)
	fmt.Printf("%d passed, %d failed\n", t.passed, t.failed)
	if t.failed > 0 || t.passed == 0 {
		os.Exit(1)
	}
}
