package vaulttest_test

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
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
