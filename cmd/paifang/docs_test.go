package main

import (
	"os"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
)

// TestTheTableOfSettings keeps docs/operating.md from telling of settings that
// are not there, or not of some that are.
func TestTheTableOfSettings(t *testing.T) {
	raw, err := os.ReadFile("../../docs/operating.md")
	if err != nil {
		t.Fatal(err)
	}
	_, after, found := strings.Cut(string(raw), "| flag | environment | default | meaning |\n| --- | --- | --- | --- |\n")
	if !found {
		t.Fatal("docs/operating.md has no table of settings")
	}
	table, _, _ := strings.Cut(after, "\n\n")
	var rows []string
	for _, command := range commandLine(&commands{}).Model.Children {
		if command.Name != "serve" {
			continue
		}
		for _, flag := range command.Flags {
			rows = append(rows, row(flag))
		}
	}
	if want := strings.Join(rows, "\n"); strings.TrimSpace(table) != want {
		t.Errorf("the table should be:\n%s", want)
	}
}

func row(f *kong.Flag) string {
	code := func(s string) string {
		if s == "" {
			return ""
		}
		return "`" + s + "`"
	}
	value := "--" + f.Name
	if f.PlaceHolder != "" {
		value += " " + f.PlaceHolder
	}
	return "| " + strings.Join([]string{code(value), code(strings.Join(f.Envs, " ")), code(f.Default), f.Help}, " | ") + " |"
}
