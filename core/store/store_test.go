package store_test

import (
	"testing"

	"github.com/paifang/paifang/core/store"
	"github.com/paifang/paifang/core/store/storetest"
)

func TestSQLite(t *testing.T) { storetest.Run(t, storetest.SQLite) }

func TestPostgres(t *testing.T) { storetest.Run(t, storetest.Postgres) }

var _ = store.Config{}
