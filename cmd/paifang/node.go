package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"

	"github.com/paifang/paifang/core/kyc"
)

// node is this process among those that serve one database.
type node struct {
	name string
	lock *os.File // nil: another process has the data folder
}

// takeNode takes the data folder's name among the nodes. It lives in the file
// "node" and is this process's as long as it lives, so that the next start goes
// on at once with jobs that a sudden death left behind. Where several processes
// share one folder, the others get names of their own.
func takeNode(c Storage) (*node, error) {
	f, err := os.OpenFile(c.path("node"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("the name of this node cannot be kept: %w", err)
	}
	err = lockSoon(f)
	switch {
	case err == nil:
	case errors.Is(err, syscall.EWOULDBLOCK) && c.DatabaseURL != "":
		return &node{name: rand.Text()}, f.Close()
	case errors.Is(err, syscall.EWOULDBLOCK):
		return nil, errors.Join(fmt.Errorf("another paifang serves from the data folder %s: stop it, name another folder with --data (PAIFANG_DATA), or use PostgreSQL for several", c.Data), f.Close())
	default:
		return nil, errors.Join(fmt.Errorf("the data folder %s cannot be locked: %w", c.Data, err), f.Close())
	}
	name := make([]byte, 64)
	n, _ := f.ReadAt(name, 0)
	if name = bytes.TrimSpace(name[:n]); len(name) == 0 {
		name = []byte(rand.Text())
		if _, err := f.WriteAt(name, 0); err != nil {
			return nil, errors.Join(fmt.Errorf("the name of this node cannot be kept: %w", err), f.Close())
		}
	}
	return &node{name: nodeName(c, string(name)), lock: f}, nil
}

// nodeName tells copies of a data folder, on machines that serve one database,
// from each other. An embedded database has one process, and keeps its name when
// a container is made anew under another host name.
func nodeName(c Storage, kept string) string {
	host, err := os.Hostname()
	if c.DatabaseURL == "" || err != nil {
		return kept
	}
	return kept + "." + host[:min(len(host), 64)] // the queue knows names of up to 100 bytes
}

// lockSoon waits a little: a process that is ending holds the lock until its end.
func lockSoon(f *os.File) error {
	for try := 0; ; try++ {
		err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if !errors.Is(err, syscall.EWOULDBLOCK) || try == 20 {
			return err
		}
		time.Sleep(100 * time.Millisecond)
	}
}

func (n *node) release() error {
	if n.lock == nil {
		return nil
	}
	return n.lock.Close()
}

// webSecret is the key that signs forms, the same at every node: a page that one
// gave out is sent to another. It is kept in the database under the master key.
func (g *gateway) webSecret(ctx context.Context) ([]byte, error) {
	const length = 32
	bound := []byte("installation.web")
	secret := make([]byte, length)
	if _, err := rand.Read(secret); err != nil {
		return nil, err
	}
	proposal, err := g.master.Encrypt(secret, bound)
	if err != nil {
		return nil, kyc.Wrap(kyc.Unavailable, err, "wrap the key that signs forms")
	}
	kept, err := g.store.InstallationKey(ctx, "web", proposal)
	if err != nil {
		return nil, err
	}
	if secret, err = g.master.Decrypt(kept, bound); err != nil || len(secret) != length {
		return nil, errors.New("the master key does not open the key that signs forms, which another node has made: all nodes need the same master key")
	}
	return secret, nil
}
