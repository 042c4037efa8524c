package vault_test

import (
	"bytes"
	"io"
	"testing"
)

func BenchmarkSeal(b *testing.B) {
	h, plain := newHouse(b), bytes.Repeat([]byte("a"), 500)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := h.Seal(ctx, "acme", "ann", "steps.values/profile", plain); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkUnseal(b *testing.B) {
	h := newHouse(b)
	sealed, _ := h.Seal(ctx, "acme", "ann", "c", bytes.Repeat([]byte("a"), 500))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := h.Unseal(ctx, "acme", "ann", "c", sealed); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkUnsealCold(b *testing.B) {
	h := newHouse(b)
	sealed, _ := h.Seal(ctx, "acme", "ann", "c", bytes.Repeat([]byte("a"), 500))
	b.ReportAllocs()
	for b.Loop() {
		h.Forget("acme", "ann")
		if _, err := h.Unseal(ctx, "acme", "ann", "c", sealed); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkIndex(b *testing.B) {
	h := newHouse(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := h.Index(ctx, "acme", "phone", "+8613800138000"); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkNewApplicant(b *testing.B) {
	h := newHouse(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := h.NewApplicant(ctx, "acme", "ann"); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSealFile(b *testing.B) {
	h, content := newHouse(b), make([]byte, 1<<20)
	b.SetBytes(int64(len(content)))
	for b.Loop() {
		w, _, err := h.SealFile(ctx, "acme", "ann", "f", io.Discard)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := w.Write(content); err != nil {
			b.Fatal(err)
		}
		if err := w.Close(); err != nil {
			b.Fatal(err)
		}
	}
}
