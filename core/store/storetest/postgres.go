package storetest

import (
	"context"
	"fmt"
	"io"
	"net/url"
	"os"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/paifang/paifang/core/store"
)

// URLVariable names a server to use instead of starting one. Its user must be
// allowed to create databases.
const URLVariable = "PAIFANG_TEST_DATABASE_URL"

// Postgres opens an empty, migrated database of its own on a real server.
func Postgres(t *testing.T) *store.Store {
	t.Helper()
	return open(t, store.Config{DatabaseURL: PostgresURL(t)})
}

// PostgresURL makes an empty, migrated database and tells its URL. The database
// is dropped when the test ends.
func PostgresURL(t *testing.T) string {
	t.Helper()
	c, err := connectCluster()
	if err != nil {
		t.Fatalf("%v\nInstall the Debian package postgresql, or name a server in %s.", err, URLVariable)
	}
	name, err := c.create()
	if err != nil {
		t.Fatalf("make a test database: %v", err)
	}
	t.Cleanup(func() {
		if err := c.exec("DROP DATABASE " + name + " WITH (FORCE)"); err != nil {
			t.Errorf("drop the test database: %v", err)
		}
	})
	return c.url(name)
}

// cluster is a server on which tests make databases. On one that we started
// they are copies of a database that has been migrated, which is much faster
// than migrating each; on somebody else's no such template is left behind.
type cluster struct {
	base  *url.URL
	alive io.Closer // keeps a server that we started running

	mu   sync.Mutex // a template cannot be copied twice at the same time
	made int
}

// connectCluster is called once for the test binary.
var connectCluster = sync.OnceValues(func() (*cluster, error) {
	given := os.Getenv(URLVariable)
	var alive io.Closer
	if given == "" {
		var err error
		if given, alive, err = StartServer(); err != nil {
			return nil, err
		}
	}
	base, err := url.Parse(given)
	if err != nil {
		return nil, fmt.Errorf("%s is not a URL", URLVariable)
	}
	return &cluster{base: base, alive: alive}, nil
})

func (c *cluster) url(database string) string {
	u := *c.base
	u.Path = "/" + database
	return u.String()
}

func (c *cluster) name(n int) string { return fmt.Sprintf("paifang_test_%d_%d", os.Getpid(), n) }

// create makes a migrated database; the template has the number 0.
func (c *cluster) create() (string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.made++
	name, template := c.name(c.made), c.name(0)
	if c.alive == nil {
		return name, c.migrated(name)
	}
	if c.made == 1 {
		if err := c.migrated(template); err != nil {
			return "", err
		}
	}
	return name, c.exec("CREATE DATABASE " + name + " TEMPLATE " + template)
}

// migrated makes a database with all tables.
func (c *cluster) migrated(name string) error {
	if err := c.exec("CREATE DATABASE " + name); err != nil {
		return err
	}
	return migrate(store.Config{DatabaseURL: c.url(name)})
}

func (c *cluster) exec(statement string) error {
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, c.base.String())
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(ctx) }()
	_, err = conn.Exec(ctx, statement)
	return err
}
