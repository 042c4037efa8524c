package rollout_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"mime/multipart"
	"strings"
	"testing"

	"github.com/paifang/paifang/core/audit"
	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/rollout"
	"github.com/paifang/paifang/core/store/storetest"
)

// warehouse is a store that believes "signed" and takes nothing but what that is about. What
// it was given is in taken.
type warehouse struct{ taken *rollout.Delivery }

func (warehouse) Stored() (map[string][]rollout.Installed, error) { return nil, nil }
func (warehouse) Verify(string, string) error                     { return nil }
func (warehouse) Remove(string, string) error                     { return nil }
func (warehouse) Announced(signed string) (rollout.Announced, error) {
	a := rollout.Announced{Provider: "mainland", Version: "3.0.0", Publisher: "example.com/providers", Digest: strings.Repeat("ab", 32), Size: 7, Vectors: []string{"a.toml", "b.toml"}}
	switch signed {
	case "signed":
		return a, nil
	case "signed, huge":
		a.Size = rollout.MaxDelivered + 1
		return a, nil
	}
	return rollout.Announced{}, kyc.EKey(kyc.Forbidden, "error.package_signature", "nobody has signed it")
}
func (w warehouse) Install(_ context.Context, d rollout.Delivery) error {
	*w.taken = d
	return nil
}

// deaf is where nothing is written.
type deaf struct{ rollout.Store }

func (deaf) Commit(context.Context, kyc.TenantID, kyc.Change) error { return nil }

// part is one of a form: a field, or with a file's name a file.
type part struct{ name, file, content string }

func formOf(t *testing.T, parts []part) (contentType string, body *bytes.Buffer) {
	t.Helper()
	body = &bytes.Buffer{}
	w := multipart.NewWriter(body)
	for _, p := range parts {
		create := func() (io.Writer, error) { return w.CreateFormField(p.name) }
		if p.file != "" {
			create = func() (io.Writer, error) { return w.CreateFormFile(p.name, p.file) }
		}
		to, err := create()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := to.Write([]byte(p.content)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return w.FormDataContentType(), body
}

// TestInstall: nothing is read that nobody trusted has signed, nothing is taken that was
// not announced, and what is taken is in the record.
func TestInstall(t *testing.T) {
	signed, program := part{"signed", "x.signed", "signed"}, part{"program", "x", "program"}
	a, b, none := part{"vectors", "a.toml", "1"}, part{"vectors", "b.toml", "2"}, part{name: "vectors", content: ""}
	for name, c := range map[string]struct {
		parts []part
		want  string // key of the error
	}{
		"all":                     {[]part{{name: "_csrf", content: "right"}, signed, a, b, program}, ""},
		"no vectors chosen":       {[]part{signed, none, program}, ""},
		"something else":          {[]part{signed, {name: "else", content: "x"}, program}, ""},
		"program first":           {[]part{program, signed}, "error.package_parts"},
		"vectors first":           {[]part{a, signed, program}, "error.package_parts"},
		"no program":              {[]part{signed, a, b}, "error.package_parts"},
		"nothing":                 {nil, "error.package_parts"},
		"an empty statement":      {[]part{{"signed", "x.signed", ""}, program}, "error.package_parts"},
		"a statement of nobody's": {[]part{{"signed", "x.signed", "unsigned"}, program}, "error.package_signature"},
		"a long statement":        {[]part{{"signed", "x.signed", strings.Repeat("s", 1<<17)}, program}, "error.package_mismatch"},
		"too large a program":     {[]part{{"signed", "x.signed", "signed, huge"}, program}, "error.package_size"},
		"a longer program":        {[]part{signed, {"program", "x", "programs"}}, "error.package_mismatch"},
		"a file of nobody's":      {[]part{signed, {"vectors", "c.toml", "3"}, program}, "error.package_mismatch"},
		"a file twice":            {[]part{signed, a, a, program}, "error.package_mismatch"},
		"a door that refuses":     {[]part{{name: "_csrf", content: "wrong"}, signed, program}, "web.csrf"},
	} {
		t.Run(name, func(t *testing.T) {
			s := storetest.SQLite(t)
			storetest.SeedTenant(t, s, "platform")
			var taken rollout.Delivery
			board := &rollout.Board{Desk: rollout.NewDesk(rollout.Config{Store: s, Platform: "platform", Clock: clock, IDs: storetest.ID}), Stock: warehouse{&taken}}
			contentType, body := formOf(t, c.parts)
			asked := false
			got, err := board.Install(t.Context(), rollout.Act{By: audit.Staff("olga")}, contentType, body, func(name, value string) error {
				asked = asked || name == rollout.PartSigned && value == ""
				if name == "_csrf" && value != "right" {
					return kyc.EKey(kyc.Forbidden, "web.csrf", "wrong")
				}
				return nil
			})
			key := ""
			if e := (*kyc.Error)(nil); errors.As(err, &e) {
				key = e.Key
			}
			if key != c.want || err != nil && key == "" {
				t.Fatalf("got %v, want %s", err, c.want)
			}
			lines, listed := s.AuditLines(t.Context(), "platform", kyc.AuditFilter{Action: audit.ProviderInstalled}, "", 10)
			if listed != nil || len(lines) != map[bool]int{true: 1, false: 0}[c.want == ""] {
				t.Errorf("%d lines in the record, %v", len(lines), listed)
			}
			if c.want != "" {
				if len(taken.Program) > 0 {
					t.Error("it was taken")
				}
				return
			}
			if !asked || got.Version != "3.0.0" || string(taken.Program) != "program" || taken.Signed != "signed" || taken.Provider != "mainland" {
				t.Errorf("%+v, asked %v", taken, asked)
			}
		})
	}
}

// TestInstallWantsAForm: what is no form of parts is refused before it is read.
func TestInstallWantsAForm(t *testing.T) {
	board := &rollout.Board{Stock: warehouse{}}
	for _, contentType := range []string{"", "application/json", "multipart/form-data", "multipart/mixed; boundary=x", "multipart/form-data; boundary"} {
		_, err := board.Install(t.Context(), rollout.Act{}, contentType, strings.NewReader("--x\r\n"), nil)
		if e := (*kyc.Error)(nil); !errors.As(err, &e) || e.Key != "error.package_parts" {
			t.Errorf("%q: %v", contentType, err)
		}
	}
}

// FuzzInstall: whatever comes, nothing is taken that was not announced.
func FuzzInstall(f *testing.F) {
	const boundary = "multipart/form-data; boundary=x"
	f.Add([]byte("--x\r\nContent-Disposition: form-data; name=\"signed\"; filename=\"s\"\r\n\r\nsigned\r\n--x\r\nContent-Disposition: form-data; name=\"program\"; filename=\"p\"\r\n\r\nprogram\r\n--x--\r\n"))
	f.Add([]byte("--x\r\nContent-Disposition: form-data; name=\"program\"\r\n\r\nprogram\r\n--x--"))
	f.Fuzz(func(t *testing.T, body []byte) {
		var taken rollout.Delivery
		board := &rollout.Board{Desk: rollout.NewDesk(rollout.Config{Store: deaf{}, Platform: "platform", Clock: clock, IDs: storetest.ID}), Stock: warehouse{&taken}}
		_, err := board.Install(t.Context(), rollout.Act{By: audit.Staff("olga")}, boundary, bytes.NewReader(body), func(string, string) error { return nil })
		if err == nil && (taken.Signed != "signed" || int64(len(taken.Program)) > taken.Size) {
			t.Errorf("%+v", taken)
		}
	})
}
