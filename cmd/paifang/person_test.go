package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestWhoExportsIsNamed: without a name that the record can hold nothing is opened
// and nothing is written.
func TestWhoExportsIsNamed(t *testing.T) {
	name := filepath.Join(t.TempDir(), "person.zip")
	c := personExport{File: name, Why: "complaint", By: "ann@example.com"}
	if err := c.Run(t.Context()); err == nil || !strings.Contains(err.Error(), "--by") {
		t.Errorf("named by an e-mail address: %v", err)
	}
	if _, err := os.Stat(name); err == nil {
		t.Error("the archive is there")
	}
	if operator("ops-7") != "ops-7" || operator("") == "" {
		t.Errorf("who works is %q and %q", operator("ops-7"), operator(""))
	}
}
