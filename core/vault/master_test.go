package vault_test

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/tink-crypto/tink-go/v2/tink"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/vault"
)

func TestMasterKeyIsMadeOnceAndPrivate(t *testing.T) {
	path := filepath.Join(t.TempDir(), "data", "master.key")
	masters := make([]tink.AEAD, 8)
	var wg sync.WaitGroup
	for i := range masters {
		wg.Go(func() {
			m, err := vault.FileMaster(path)
			if err != nil {
				t.Error(err)
			}
			masters[i] = m
		})
	}
	wg.Wait()
	sealed, err := masters[0].Encrypt([]byte("x"), nil)
	if err != nil {
		t.Fatal(err)
	}
	for i, m := range masters {
		if got, err := m.Decrypt(sealed, nil); err != nil || string(got) != "x" {
			t.Errorf("process %d has another key: %v", i, err)
		}
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("%v, %v", info.Mode(), err)
	}
	left, _ := os.ReadDir(filepath.Dir(path))
	if len(left) != 1 {
		t.Errorf("left behind: %v", left)
	}
}

func TestMasterKeyRefusals(t *testing.T) {
	good := filepath.Join(t.TempDir(), "master.key")
	if _, err := vault.FileMaster(good); err != nil {
		t.Fatal(err)
	}
	for _, mode := range []os.FileMode{0o640, 0o604, 0o620, 0o602, 0o644} {
		if err := os.Chmod(good, mode); err != nil {
			t.Fatal(err)
		}
		_, err := vault.FileMaster(good)
		if kyc.CodeOf(err) != kyc.Forbidden || !strings.Contains(err.Error(), "0600") {
			t.Errorf("mode %v: %v", mode, err)
		}
	}
	if _, err := vault.FileMaster(t.TempDir()); err == nil {
		t.Error("a directory is no key")
	}
	for name, text := range map[string]string{"empty": "", "text": "hunter2-secret", "json": `{"primaryKeyId":1}`} {
		path := filepath.Join(t.TempDir(), "master.key")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := vault.FileMaster(path)
		if err == nil || text != "" && strings.Contains(err.Error(), text) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
