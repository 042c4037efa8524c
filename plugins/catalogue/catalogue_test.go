package catalogue_test

import (
	"crypto/rand"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/plugins/catalogue"
)

// bench is a store with one trusted publisher.
type bench struct {
	*catalogue.Store
	key string // the publisher's private one
}

func newBench(t *testing.T) bench {
	t.Helper()
	private, public, err := catalogue.NewKey(rand.Reader, "example.com/providers")
	if err != nil {
		t.Fatal(err)
	}
	trusted, err := catalogue.ParsePublishers("# ours\n\n" + public + "\n")
	if err != nil {
		t.Fatal(err)
	}
	return bench{catalogue.New(catalogue.Config{Dir: filepath.Join(t.TempDir(), "providers"), Publishers: trusted,
		Clock: func() time.Time { return time.Unix(1_795_000_000, 0) }}), private}
}

func draft(t *testing.T, version, program string) catalogue.Package {
	t.Helper()
	p := catalogue.Package{Program: []byte(program), Vectors: map[string][]byte{"numbers.csv": []byte("case,step\n"), "a.yaml": []byte("[]\n")}}
	var err error
	if p.Statement, err = catalogue.Describe("brazil", version, []string{"market"}, p.Program, p.Vectors); err != nil {
		t.Fatal(err)
	}
	return p
}

func (b bench) signed(t *testing.T, version, program string) catalogue.Package {
	t.Helper()
	p := draft(t, version, program)
	var err error
	if p.Signed, err = catalogue.Sign(p.Statement, b.key); err != nil {
		t.Fatal(err)
	}
	return p
}

func wants(t *testing.T, err error, code kyc.Code, words string) {
	t.Helper()
	if kyc.CodeOf(err) != code || !strings.Contains(err.Error(), words) {
		t.Errorf("%v, want %s with %q", err, code, words)
	}
}

func TestInstall(t *testing.T) {
	b := newBench(t)
	for _, version := range []string{"1.2.0", "1.10.0", "1.10.0-rc.1"} {
		e, err := b.Install(b.signed(t, version, "program "+version))
		if err != nil || e.Publisher != "example.com/providers" {
			t.Fatalf("%+v %v", e, err)
		}
	}
	f, sum, err := b.Program("brazil", "1.2.0")
	if err != nil || len(sum) != 32 {
		t.Fatal(err)
	}
	defer f.Close()
	if content, err := io.ReadAll(f); string(content) != "program 1.2.0" || err != nil {
		t.Errorf("%q %v", content, err)
	}
	list, err := b.List()
	var versions []string
	for _, e := range list {
		versions = append(versions, e.Version+e.Trouble)
	}
	if err != nil || !slices.Equal(versions, []string{"1.10.0", "1.10.0-rc.1", "1.2.0"}) {
		t.Errorf("%v %v", versions, err)
	}
	vectors, err := b.Vectors("brazil", "1.2.0")
	if err != nil || !slices.Equal(slices.Sorted(maps.Keys(vectors)), []string{"a.yaml", "numbers.csv"}) || string(vectors["a.yaml"]) != "[]\n" {
		t.Errorf("%v %v", vectors, err)
	}
	if _, err := b.Install(b.signed(t, "1.2.0", "program 1.2.0")); err != nil {
		t.Error("the same again:", err)
	}
	_, err = b.Install(b.signed(t, "1.2.0", "another"))
	wants(t, err, kyc.Conflict, "never changes")
	if err := b.Remove("brazil", "1.2.0"); err != nil {
		t.Error(err)
	}
	wants(t, b.Remove("brazil", "1.2.0"), kyc.NotFound, "not installed")
	_, _, err = b.Program("brazil", "1.2.0")
	wants(t, err, kyc.NotFound, "brazil 1.2.0 is not installed here")
}

func TestEmptyStore(t *testing.T) {
	b := newBench(t)
	if list, err := b.List(); len(list) != 0 || err != nil {
		t.Errorf("%v %v", list, err)
	}
	_, err := b.Entry("brazil", "1.0.0")
	wants(t, err, kyc.NotFound, "not installed")
}

// TestOneOfManyInstalls: of two who install different programs as the same
// version one is told.
func TestOneOfManyInstalls(t *testing.T) {
	b := newBench(t)
	packages := []catalogue.Package{b.signed(t, "1.0.0", "one"), b.signed(t, "1.0.0", "two")}
	errs := make([]error, len(packages))
	var wg sync.WaitGroup
	for i, p := range packages {
		wg.Go(func() { _, errs[i] = b.Install(p) })
	}
	wg.Wait()
	if (errs[0] == nil) == (errs[1] == nil) {
		t.Errorf("%v", errs)
	}
	if err := b.Verify("brazil", "1.0.0"); err != nil {
		t.Error(err)
	}
}

func TestSignature(t *testing.T) {
	b := newBench(t)
	stranger, _, err := catalogue.NewKey(rand.Reader, "example.org/other")
	if err != nil {
		t.Fatal(err)
	}
	_, err = b.Install(draft(t, "1.0.0", "x"))
	wants(t, err, kyc.Forbidden, "not signed")
	foreign := draft(t, "1.0.0", "x")
	if foreign.Signed, err = catalogue.Sign(foreign.Statement, stranger); err != nil {
		t.Fatal(err)
	}
	_, err = b.Install(foreign)
	wants(t, err, kyc.Forbidden, "example.org/other, who is no trusted publisher")
	for name, spoil := range map[string]func(p *catalogue.Package){
		"another program": func(p *catalogue.Package) { p.Program = []byte("y") },
		"other vectors":   func(p *catalogue.Package) { p.Vectors["a.yaml"] = []byte("[{}]\n") },
		"fewer vectors":   func(p *catalogue.Package) { delete(p.Vectors, "a.yaml") },
		"another version": func(p *catalogue.Package) { p.Statement.Version = "1.0.1" },
		"another kind":    func(p *catalogue.Package) { p.Statement.Kinds = []string{"verifier"} },
		"both exchanged": func(p *catalogue.Package) {
			signed := p.Signed
			*p = draft(t, "1.0.0", "y")
			p.Signed = signed
		},
		"a changed note": func(p *catalogue.Package) { p.Signed = strings.Replace(p.Signed, "size 1", "size 2", 1) },
		"no note at all": func(p *catalogue.Package) { p.Signed = "hello" },
	} {
		p := b.signed(t, "1.0.0", "x")
		spoil(&p)
		if _, err := b.Install(p); kyc.CodeOf(err) != kyc.Forbidden {
			t.Errorf("%s: %v", name, err)
		}
	}
	if list, _ := b.List(); len(list) != 0 {
		t.Errorf("a refused package left %v", list)
	}
	b.AllowUnsigned = true
	if e, err := b.Install(draft(t, "1.0.0", "x")); err != nil || e.Publisher != "" {
		t.Errorf("%+v %v", e, err)
	}
	b.AllowUnsigned = false
	_, _, err = b.Program("brazil", "1.0.0")
	wants(t, err, kyc.Forbidden, "not signed")
	if list, err := b.List(); len(list) != 1 || list[0].Trouble == "" || err != nil {
		t.Errorf("%+v %v", list, err)
	}
}

// TestDistrust: a publisher that is trusted no longer, is so for what was
// installed already, too.
func TestDistrust(t *testing.T) {
	b := newBench(t)
	if _, err := b.Install(b.signed(t, "1.0.0", "x")); err != nil {
		t.Fatal(err)
	}
	b.Publishers = catalogue.Publishers{}
	_, _, err := b.Program("brazil", "1.0.0")
	wants(t, err, kyc.Forbidden, "no trusted publisher")
}

func TestSpoiltEntries(t *testing.T) {
	for name, spoil := range map[string]func(t *testing.T, dir string) error{
		"program written over": func(_ *testing.T, dir string) error {
			return errors(os.Chmod(dir+"/program", 0o700), os.WriteFile(dir+"/program", []byte("y"), 0o500))
		},
		"program made longer": func(_ *testing.T, dir string) error {
			return errors(os.Chmod(dir+"/program", 0o700), os.WriteFile(dir+"/program", []byte("xx"), 0o500))
		},
		"program others may write": func(_ *testing.T, dir string) error { return os.Chmod(dir+"/program", 0o522) },
		"program not executable":   func(_ *testing.T, dir string) error { return os.Chmod(dir+"/program", 0o400) },
		"program a link": func(_ *testing.T, dir string) error {
			return errors(os.Rename(dir+"/program", dir+"/real"), os.Symlink("real", dir+"/program"))
		},
		"entry a link": func(_ *testing.T, dir string) error {
			return errors(os.Rename(dir+"/entry.json", dir+"/real"), os.Symlink("real", dir+"/entry.json"))
		},
		"entry of another": func(_ *testing.T, dir string) error {
			return errors(os.Chmod(dir+"/entry.json", 0o600), os.Rename(filepath.Dir(dir)+"/2.0.0/entry.json", dir+"/entry.json"))
		},
		"entry no JSON": func(_ *testing.T, dir string) error {
			return errors(os.Chmod(dir+"/entry.json", 0o600), os.WriteFile(dir+"/entry.json", []byte("x"), 0o400))
		},
		"folder others may write": func(_ *testing.T, dir string) error { return os.Chmod(dir, 0o777) }, //nolint:gosec // G302: that is the fault
		"folder a link": func(_ *testing.T, dir string) error {
			return errors(os.Rename(dir, dir+"x"), os.Symlink(dir+"x", dir))
		},
		"store others may write": func(_ *testing.T, dir string) error { return os.Chmod(filepath.Dir(filepath.Dir(dir)), 0o777) }, //nolint:gosec // G302: that is the fault
		"vectors written over": func(_ *testing.T, dir string) error {
			return errors(os.Chmod(dir+"/vectors/a.yaml", 0o600), os.WriteFile(dir+"/vectors/a.yaml", []byte("[1]"), 0o400))
		},
		"vectors missing": func(_ *testing.T, dir string) error { return os.Remove(dir + "/vectors/a.yaml") },
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			for _, v := range []string{"1.0.0", "2.0.0"} {
				if _, err := b.Install(b.signed(t, v, "x")); err != nil {
					t.Fatal(err)
				}
			}
			if err := b.Verify("brazil", "1.0.0"); err != nil {
				t.Fatal(err)
			}
			if err := spoil(t, filepath.Join(b.Dir, "brazil", "1.0.0")); err != nil {
				t.Fatal(err)
			}
			if err := b.Verify("brazil", "1.0.0"); err == nil {
				t.Error("it is not noticed")
			}
			if _, err := b.Install(b.signed(t, "1.0.0", "x")); err == nil {
				t.Error("installing it again says that it is as it was")
			}
		})
	}
}

func errors(list ...error) error {
	for _, err := range list {
		if err != nil {
			return err
		}
	}
	return nil
}

func TestNames(t *testing.T) {
	b := newBench(t)
	for _, name := range []string{"", ".", "..", "a/b", "../x", "Brazil", "x", "-x", strings.Repeat("a", 41), "a\x00b"} {
		if _, _, err := b.Program(name, "1.0.0"); kyc.CodeOf(err) != kyc.Invalid {
			t.Errorf("name %q: %v", name, err)
		}
	}
	for _, version := range []string{"", "1", "1.2", "v1.2.3", "01.2.3", "1.2.3+build", "../1.2.3", "1.2.3/..", "1.2.3-" + strings.Repeat("a", 80), "latest"} {
		if _, _, err := b.Program("brazil", version); kyc.CodeOf(err) != kyc.Invalid {
			t.Errorf("version %q: %v", version, err)
		}
		if err := b.Remove("brazil", version); kyc.CodeOf(err) != kyc.Invalid {
			t.Errorf("remove version %q: %v", version, err)
		}
	}
	for _, file := range []string{"../x.csv", "a/b.csv", "", ".hidden", "a b.csv"} {
		if _, err := catalogue.Describe("brazil", "1.0.0", []string{"market"}, []byte("x"), map[string][]byte{file: nil}); err == nil {
			t.Errorf("vectors %q", file)
		}
	}
}

func TestPublishersFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "publishers")
	if p, err := catalogue.ReadPublishers(path); err != nil || len(p.Names()) != 0 {
		t.Errorf("a missing file: %v", err)
	}
	_, public, err := catalogue.NewKey(rand.Reader, "example.com/providers")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(public+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if p, err := catalogue.ReadPublishers(path); err != nil || !slices.Equal(p.Names(), []string{"example.com/providers"}) {
		t.Errorf("%v %v", p, err)
	}
	if err := os.Chmod(path, 0o666); err != nil { //nolint:gosec // G302: that is the fault
		t.Fatal(err)
	}
	_, err = catalogue.ReadPublishers(path)
	wants(t, err, kyc.Invalid, "others may write")
	_, err = catalogue.ParsePublishers("hello")
	wants(t, err, kyc.Invalid, "line 1")
	if _, _, err := catalogue.NewKey(rand.Reader, "two words"); kyc.CodeOf(err) != kyc.Invalid {
		t.Error(err)
	}
	if _, err := catalogue.Sign(draft(t, "1.0.0", "x").Statement, "PRIVATE+KEY+no"); kyc.CodeOf(err) != kyc.Invalid || strings.Contains(err.Error(), "PRIVATE") {
		t.Error(err)
	}
}

// FuzzStatement: whatever is accepted has one spelling only.
func FuzzStatement(f *testing.F) {
	s, err := catalogue.Describe("brazil", "1.0.0-rc.1", []string{"verifier", "market"}, []byte("x"), map[string][]byte{"a.csv": nil, "b.csv": nil})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(s.Text())
	f.Add(strings.Replace(s.Text(), "size 1", "size 01", 1))
	f.Fuzz(func(t *testing.T, text string) {
		if s, err := catalogue.ParseStatement(text); err == nil && s.Text() != text {
			t.Errorf("%q is read from %q", s.Text(), text)
		}
	})
}

// FuzzPublishers: a file of keys is read whole or not at all, and a key of it
// opens nothing that it did not sign.
func FuzzPublishers(f *testing.F) {
	f.Add("# nobody\n", "note\n\n\u2014 a b\n")
	f.Add("a+00000000+AQ==\n", "")
	f.Fuzz(func(t *testing.T, keys, signed string) {
		p, err := catalogue.ParsePublishers(keys)
		if err != nil {
			return
		}
		if _, by, err := p.Open(signed); err == nil {
			t.Errorf("%q opens %q as %s", keys, signed, by)
		}
	})
}
