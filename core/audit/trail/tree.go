package trail

import (
	"fmt"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/paifang/paifang/core/kyc"
)

// Height is the height of the tiles: 256 hashes each.
const Height = 8

const tileWidth = 1 << Height

// node is a complete subtree: of 2^level lines, the n-th of its kind.
type node struct {
	level int
	n     int64
	hash  tlog.Hash
}

// Tree is the tree over the lines so far, as the few complete subtrees that it is
// made of. Adding a line costs two hashes on the average, and what is kept does
// not grow but by one hash when the lines double.
type Tree struct {
	size  int64
	edge  []node // from the left; each is smaller than the one before
	grown func(node)
}

// Size is the number of lines.
func (t *Tree) Size() int64 { return t.size }

// Add appends a line by its hash.
func (t *Tree) Add(leaf tlog.Hash) {
	added := node{0, t.size, leaf}
	t.note(added)
	for len(t.edge) > 0 && t.edge[len(t.edge)-1].level == added.level {
		left := t.edge[len(t.edge)-1]
		t.edge = t.edge[:len(t.edge)-1]
		added = node{added.level + 1, left.n / 2, tlog.NodeHash(left.hash, added.hash)}
		t.note(added)
	}
	t.edge = append(t.edge, added)
	t.size++
}

func (t *Tree) note(n node) {
	if t.grown != nil {
		t.grown(n)
	}
}

// Root is the hash of the whole tree as RFC 6962 defines it.
func (t *Tree) Root() tlog.Hash {
	if len(t.edge) == 0 {
		root, _ := tlog.TreeHash(0, nil) // of no lines
		return root
	}
	root := t.edge[len(t.edge)-1].hash
	for i := len(t.edge) - 2; i >= 0; i-- {
		root = tlog.NodeHash(t.edge[i].hash, root)
	}
	return root
}

// EdgeTiles names the tiles that are not full when a tree has so many lines:
// together they tell its edge. Their hashes are left out.
func EdgeTiles(size int64) []kyc.AuditTile {
	var list []kyc.AuditTile
	for level := 0; size>>(Height*level) > 0; level++ {
		if at := size >> (Height * level); at%tileWidth > 0 {
			list = append(list, kyc.AuditTile{Level: level, N: at / tileWidth})
		}
	}
	return list
}

// builder grows a tree together with its tiles.
type builder struct {
	Tree
	tiles   map[[2]int64]*kyc.AuditTile // by level and place
	changed [][2]int64                  // in the order of their first change
}

// openBuilder goes on where a tree of that size stood, from the tiles at its edge.
// It fails when they do not add up to the root.
func openBuilder(size int64, root tlog.Hash, edge []kyc.AuditTile) (*builder, error) {
	b := &builder{tiles: map[[2]int64]*kyc.AuditTile{}}
	b.size = size
	for _, tile := range edge {
		b.tiles[[2]int64{int64(tile.Level), tile.N}] = &tile
	}
	wanted := EdgeTiles(size)
	for i := len(wanted) - 1; i >= 0; i-- { // the highest is the leftmost
		tile := wanted[i]
		width := size >> (Height * tile.Level) % tileWidth
		found := b.tiles[[2]int64{int64(tile.Level), tile.N}]
		if found == nil || int64(len(found.Hashes)) != width*tlog.HashSize {
			return nil, fmt.Errorf("tile %d/%d does not have the %d hashes of a tree of %d lines", tile.Level, tile.N, width, size)
		}
		b.edge = append(b.edge, subtrees(*found, width)...)
	}
	if b.Root() != root {
		return nil, fmt.Errorf("the tiles do not add up to the tree of %d lines that was signed", size)
	}
	b.grown = b.keep
	return b, nil
}

// subtrees are the complete subtrees that the first hashes of a tile make, the
// largest first.
func subtrees(tile kyc.AuditTile, width int64) []node {
	var list []node
	at := int64(0)
	for rise := Height - 1; rise >= 0; rise-- {
		if width&(1<<rise) == 0 {
			continue
		}
		hashes := make([]tlog.Hash, 1<<rise)
		for i := range hashes {
			hashes[i] = tlog.Hash(tile.Hashes[(at+int64(i))*tlog.HashSize:])
		}
		first := tile.N*tileWidth + at
		at += int64(len(hashes))
		for len(hashes) > 1 {
			for i := range len(hashes) / 2 {
				hashes[i] = tlog.NodeHash(hashes[2*i], hashes[2*i+1])
			}
			hashes = hashes[:len(hashes)/2]
		}
		list = append(list, node{Height*tile.Level + rise, first >> rise, hashes[0]})
	}
	return list
}

// keep puts a hash into its tile; tiles have every eighth level.
func (b *builder) keep(n node) {
	if n.level%Height != 0 {
		return
	}
	at := [2]int64{int64(n.level / Height), n.n / tileWidth}
	tile := b.tiles[at]
	if tile == nil {
		tile = &kyc.AuditTile{Level: n.level / Height, N: n.n / tileWidth}
		b.tiles[at] = tile
	}
	if len(b.changed) == 0 || b.changed[len(b.changed)-1] != at {
		b.touch(at)
	}
	tile.Hashes = append(tile.Hashes, n.hash[:]...)
}

func (b *builder) touch(at [2]int64) {
	for _, there := range b.changed {
		if there == at {
			return
		}
	}
	b.changed = append(b.changed, at)
}

// grownTiles are the tiles that changed, whole.
func (b *builder) grownTiles() []kyc.AuditTile {
	list := make([]kyc.AuditTile, len(b.changed))
	for i, at := range b.changed {
		list[i] = *b.tiles[at]
	}
	return list
}
