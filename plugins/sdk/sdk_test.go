package sdk

import (
	"crypto/sha256"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/paifang/paifang/plugins/sdk/wire"
	wirev1 "github.com/paifang/paifang/plugins/sdk/wire/v1"
)

func TestCatalogue(t *testing.T) {
	m, err := Catalogue(fstest.MapFS{"m/en.toml": {Data: []byte(`
[a]
title = "A"
days = { one = "{{.n}} day", other = "{{.n}} days" }
[a.field.options]
male = "m"
other = "o"
`)}}, "m")
	if err != nil {
		t.Fatal(err)
	}
	want := Messages{"en": {
		"a.title":               {"other": "A"},
		"a.days":                {"one": "{{.n}} day", "other": "{{.n}} days"},
		"a.field.options.male":  {"other": "m"},
		"a.field.options.other": {"other": "o"},
	}}
	if d := cmp.Diff(want, m); d != "" {
		t.Error(d)
	}
	for name, text := range map[string]string{"number": "a = 1", "list": "a = ['x']", "syntax": "a ="} {
		if _, err := Catalogue(fstest.MapFS{"m/en.toml": {Data: []byte(text)}}, "m"); err == nil {
			t.Errorf("%s was accepted", name)
		}
	}
	if _, err := Catalogue(fstest.MapFS{}, "m"); err == nil {
		t.Error("nothing was accepted")
	}
}

func TestKeysAreFilledInAndKept(t *testing.T) {
	d := Description{ID: "p", Messages: Messages{"en": {"p.s.f.help": {"other": "h"}}}, Flows: []Flow{{Steps: []Step{{
		ID: "s", Title: "p.own", Fields: []Field{{Name: "f", Options: []Option{{Value: "v"}}}}}}}}}
	s := d.filled().Flows[0].Steps[0]
	f := s.Fields[0]
	if s.Title != "p.own" || f.Label != "p.s.f.label" || f.Help != "p.s.f.help" || f.Why != "" || f.Options[0].Label != "p.s.f.options.v" {
		t.Errorf("%+v", s)
	}
	if d.Flows[0].Steps[0].Fields[0].Label != "" {
		t.Error("the author's own description was changed")
	}
}

// stream replays messages.
func stream(parts ...*wirev1.VerifyRequest) func() (*wirev1.VerifyRequest, error) {
	return func() (*wirev1.VerifyRequest, error) {
		if len(parts) == 0 {
			return nil, io.EOF
		}
		next := parts[0]
		parts = parts[1:]
		return next, nil
	}
}

func chunk(file uint32, data string) *wirev1.VerifyRequest {
	return &wirev1.VerifyRequest{Part: &wirev1.VerifyRequest_Chunk{Chunk: &wirev1.VerifyChunk{File: file, Data: []byte(data)}}}
}

func declared(text string) FileInfo {
	sum := sha256.Sum256([]byte(text))
	return FileInfo{Size: int64(len(text)), SHA256: sum[:]}
}

func TestFilesKeepToTheirDeclaration(t *testing.T) {
	f := &fileReader{declared: []FileInfo{declared("hello"), declared(""), declared("x")},
		recv: stream(chunk(0, "he"), chunk(0, "llo"), chunk(2, "x"))}
	var got []string
	for {
		_, r, err := f.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, string(b))
	}
	if d := cmp.Diff([]string{"hello", "", "x"}, got); d != "" {
		t.Error(d)
	}
	big := strings.Repeat("x", wire.MaxChunk+1)
	for name, f := range map[string]*fileReader{
		"short":     {declared: []FileInfo{declared("hello")}, recv: stream(chunk(0, "he"))},
		"long":      {declared: []FileInfo{declared("hello")}, recv: stream(chunk(0, "hello!"))},
		"more":      {declared: []FileInfo{declared("hello")}, recv: stream(chunk(0, "hello"), chunk(0, "!"))},
		"other":     {declared: []FileInfo{declared("hello")}, recv: stream(chunk(0, "hullo"))},
		"order":     {declared: []FileInfo{declared("a"), declared("b")}, recv: stream(chunk(1, "b"), chunk(0, "a"))},
		"empty":     {declared: []FileInfo{declared("a")}, recv: stream(chunk(0, ""))},
		"too large": {declared: []FileInfo{declared(big)}, recv: stream(chunk(0, big))},
		"negative":  {declared: []FileInfo{{Size: -1}}, recv: stream()},
	} {
		if err := f.discard(); err == nil {
			t.Errorf("%s was accepted", name)
		}
		if err := f.discard(); err == nil {
			t.Errorf("%s was accepted the second time", name)
		}
	}
}
