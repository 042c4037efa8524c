package vaulttest_test

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/paifang/paifang/core/vault/vaulttest"
)

func write(t *testing.T, name, content string) string {
	t.Helper()
	dir := t.TempDir()
	path := filepath.Join(dir, "sub", name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestFindsEveryForm(t *testing.T) {
	for _, needle := range []string{"ERIKSSON", "ann@example.com", "+8613800138000", "安娜·埃里克松", "آنا ماريا"} {
		var wide strings.Builder
		for _, u := range utf16.Encode([]rune(needle)) {
			wide.WriteByte(byte(u))
			wide.WriteByte(byte(u >> 8))
		}
		quoted, _ := json.Marshal(needle)
		contents := map[string]string{
			"plain": "x" + needle + "y", "wide": wide.String(), "json": string(quoted),
			"hex": "00" + hex.EncodeToString([]byte(needle)), "HEX": strings.ToUpper(hex.EncodeToString([]byte(needle))),
			"small": strings.ToLower(needle), "capitals": strings.ToUpper(needle), "query": url.QueryEscape(needle), "path": url.PathEscape(needle),
			"spaced": strings.Join(strings.Split(needle, ""), " "), "small hex": hex.EncodeToString([]byte(strings.ToLower(needle))),
			"escaped": escape(needle), "small base64": base64.StdEncoding.EncodeToString([]byte("x" + strings.ToLower(needle))),
		}
		for _, before := range []string{"", "a", "ab", "abc", "\xff\xfe\xfd\xfc"} {
			for _, after := range []string{"", "z", "yz", "\xff"} {
				contents["base64 "+before+after] = base64.StdEncoding.EncodeToString([]byte(before + needle + after))
				contents["base64url "+before+after] = base64.RawURLEncoding.EncodeToString([]byte(before + needle + after))
			}
		}
		for form, content := range contents {
			found, err := vaulttest.Find(write(t, "f", content), "nothing here", needle)
			if err != nil || len(found) != 1 || found[0].Needle != needle || found[0].Path != "sub/f" {
				t.Errorf("%s of %s: %v, %v", form, needle, found, err)
			}
		}
	}
	if found, err := vaulttest.Find(write(t, "ERIKSSON.jpg", ""), "ERIKSSON"); err != nil || len(found) != 1 {
		t.Errorf("name: %v, %v", found, err)
	}
}

// escape writes everything as JSON may.
func escape(text string) string {
	var b strings.Builder
	for _, u := range utf16.Encode([]rune(text)) {
		if u < 0x80 {
			b.WriteByte(byte(u))
		} else {
			fmt.Fprintf(&b, "\\u%04X", u)
		}
	}
	return b.String()
}

// Codes of six digits count where they stand alone; within longer numbers they
// are chance.
func TestFindsCodesThatStandAlone(t *testing.T) {
	for content, want := range map[string]bool{"code=385172 ": true, `{"code":"385172"}`: true, "385172": true, "a\n385172\x00": true,
		"1763851720000": false, "took=0.385172": false, "b385172f": false, "333835313732": true} {
		found, err := vaulttest.Find(write(t, "f", content), "385172")
		if err != nil || len(found) == 1 != want {
			t.Errorf("%q: %v, %v", content, found, err)
		}
	}
	for content, want := range map[string]bool{"born 1974-08-12": true, "1974 08 12": false, "+86 138-0013-8000": true, "8613 800138000": true} {
		found, err := vaulttest.Find(write(t, "f", content), "1974-08-12", "+8613800138000")
		if err != nil || len(found) == 1 != want {
			t.Errorf("%q: %v, %v", content, found, err)
		}
	}
}

func TestFindsNothingWhereNothingIs(t *testing.T) {
	dir := write(t, "f", "the quick brown fox")
	if found, err := vaulttest.Find(dir, "ERIKSSON", "13800138000"); err != nil || len(found) > 0 {
		t.Errorf("%v, %v", found, err)
	}
	vaulttest.Scan(t, dir, "ERIKSSON")
	if _, err := vaulttest.Find(dir, "abc"); err == nil {
		t.Error("a needle that is too short proves nothing")
	}
	if _, err := vaulttest.Find(t.TempDir(), "ERIKSSON"); err == nil {
		t.Error("an empty folder proves nothing")
	}
	if _, err := vaulttest.Find(filepath.Join(dir, "missing"), "ERIKSSON"); err == nil {
		t.Error("a missing folder proves nothing")
	}
}
