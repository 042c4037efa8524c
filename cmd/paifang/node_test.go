package main

import (
	"os"
	"path/filepath"
	"testing"
)

// TestCopiedFolder: a data folder copied to another machine is another node of
// one PostgreSQL; with the embedded database the kept name is all there is.
func TestCopiedFolder(t *testing.T) {
	host, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "node"), []byte("KEPT\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for url, want := range map[string]string{"": "KEPT", "postgres://db/paifang": "KEPT." + host} {
		for range 2 { // the name is the same at the next start
			n, err := takeNode(Storage{Data: folder, DatabaseURL: url})
			if err != nil {
				t.Fatal(err)
			}
			if n.name != want || n.lock == nil {
				t.Errorf("with %q the node is %q, want %q", url, n.name, want)
			}
			if err := n.release(); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// TestSoftMemory: what the passwords take that all cores hash at a time fits
// below the bound, on whatever machine.
func TestSoftMemory(t *testing.T) {
	for cores, want := range map[int]int64{1: 119, 2: 138, 64: 1316} {
		if got := softMemory(cores) >> 20; got != want {
			t.Errorf("%d cores: %d MiB, want %d", cores, got, want)
		}
	}
}
