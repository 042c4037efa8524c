package trail

import (
	"fmt"
	"testing"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/paifang/paifang/core/kyc"
)

// tiles is a tile store of the standard library of logs.
type tiles map[[2]int64][]byte

func (m tiles) Height() int { return Height }

func (m tiles) ReadTiles(wanted []tlog.Tile) ([][]byte, error) {
	var list [][]byte
	for _, tile := range wanted {
		data := m[[2]int64{int64(tile.L), tile.N}]
		if len(data) < tile.W*tlog.HashSize {
			return nil, fmt.Errorf("tile %v is not there", tile)
		}
		list = append(list, data[:tile.W*tlog.HashSize])
	}
	return list, nil
}

func (m tiles) SaveTiles([]tlog.Tile, [][]byte) {}

// TestTree grows a tree in batches, from its stored tiles each time, and holds it
// against the reference: roots, proofs that a line is in it, and that an older
// tree is the beginning of a newer one.
func TestTree(t *testing.T) {
	kept := tiles{}
	var reference []tlog.Hash
	read := tlog.HashReaderFunc(func(at []int64) ([]tlog.Hash, error) {
		var list []tlog.Hash
		for _, i := range at {
			list = append(list, reference[i])
		}
		return list, nil
	})
	var size int64
	root := (&Tree{}).Root()
	var roots []tlog.Tree
	for batch := 0; size < 70_000; batch++ {
		var edge []kyc.AuditTile
		for _, tile := range EdgeTiles(size) {
			tile.Hashes = append([]byte(nil), kept[[2]int64{int64(tile.Level), tile.N}]...)
			edge = append(edge, tile)
		}
		b, err := openBuilder(size, root, edge)
		if err != nil {
			t.Fatal(err)
		}
		for range []int{1, 2, 255, 256, 257, 1, 3000}[batch%7] {
			leaf := tlog.RecordHash([]byte(fmt.Sprint(size)))
			hashes, err := tlog.StoredHashesForRecordHash(size, leaf, read)
			if err != nil {
				t.Fatal(err)
			}
			reference = append(reference, hashes...)
			b.Add(leaf)
			size++
		}
		for _, tile := range b.grownTiles() {
			kept[[2]int64{int64(tile.Level), tile.N}] = tile.Hashes
		}
		root = b.Root()
		if want, err := tlog.TreeHash(size, read); err != nil || want != root {
			t.Fatalf("the root of %d lines is %v, want %v, %v", size, root, want, err)
		}
		roots = append(roots, tlog.Tree{N: size, Hash: root})
	}
	newest := roots[len(roots)-1]
	stored := tlog.TileHashReader(newest, kept)
	for _, n := range []int64{0, 1, 255, 256, 65_535, 65_536, newest.N - 1} {
		proof, err := tlog.ProveRecord(newest.N, n, stored)
		if err == nil {
			err = tlog.CheckRecord(proof, newest.N, newest.Hash, n, tlog.RecordHash([]byte(fmt.Sprint(n))))
		}
		if err != nil {
			t.Errorf("line %d: %v", n, err)
		}
	}
	for _, older := range roots {
		proof, err := tlog.ProveTree(newest.N, older.N, stored)
		if err == nil {
			err = tlog.CheckTree(proof, newest.N, newest.Hash, older.N, older.Hash)
		}
		if err != nil {
			t.Errorf("%d lines: %v", older.N, err)
		}
	}
}
