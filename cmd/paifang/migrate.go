package main

import (
	"context"
	"fmt"

	"github.com/paifang/paifang/core/store"
)

type migrateCommand struct{ Storage }

func (c *migrateCommand) Run(ctx context.Context, t terminal) error {
	if err := c.prepare(); err != nil {
		return err
	}
	s, err := c.connect(ctx)
	if err != nil {
		return err
	}
	defer s.Close()
	before, err := s.Schema(ctx)
	if err != nil {
		return err
	}
	if err := migrate(ctx, s); err != nil {
		return err
	}
	after, err := s.Schema(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintln(t.out, migrated(before, after))
	return nil
}

// migrated says what was done.
func migrated(before, after store.Schema) string {
	tables, queue := after.Tables-before.Tables, after.Queue-before.Queue
	if tables == 0 && queue == 0 {
		return fmt.Sprintf("The database is up to date: version %d.", after.Tables)
	}
	return fmt.Sprintf("Applied %s of the tables and %s of the job queue: version %d.", count(tables, "migration"), count(queue, "migration"), after.Tables)
}

// count is a number of things in English.
func count(n int64, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}
