package credential_test

import (
	"crypto/sha1"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/paifang/paifang/core/credential"
)

func TestShippedBreaches(t *testing.T) {
	n, err := credential.ShippedBreaches()
	if err != nil || n < 400_000 {
		t.Fatalf("%d %v", n, err)
	}
	for _, p := range []string{"password1", "iloveyou2", "trustno1!", "Qwertyuiop", "ｐａｓｓｗｏｒｄ１", "Spartaque312"} {
		problems := credential.CheckPassword(p, nil)
		if len(problems) != 1 || problems[0].Code != "password.breached" && problems[0].Code != "password.common" {
			t.Errorf("%s: %v", p, problems)
		}
	}
	if problems := credential.CheckPassword("Spartaque312", nil); len(problems) != 1 || problems[0].Code != "password.breached" {
		t.Errorf("%v", problems)
	}
	for i := range 40 { // what nobody has chosen before is in no list
		if p := fmt.Sprintf("harbour %d violin thistle %d", i, i*7919); len(credential.CheckPassword(p, nil)) > 0 {
			t.Errorf("%s is refused", p)
		}
	}
}

func TestOwnBreaches(t *testing.T) {
	var lines []string
	for i := range 1000 {
		lines = append(lines, fmt.Sprintf("%X:%d", sha1.Sum(fmt.Appendf(nil, "harbour violin %d", i)), i*i+1))
	}
	slices.Sort(lines)
	for name, text := range map[string]string{"unix": strings.Join(lines, "\n") + "\n", "windows": strings.Join(lines, "\r\n") + "\r\n",
		"cut": strings.Join(lines, "\n")} {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		b, err := credential.OpenBreached(path)
		if err != nil {
			t.Fatal(name, err)
		}
		found := 0
		for i := 0; i < 1000; i += 25 {
			problems, err := b.Check(fmt.Sprintf("harbour violin %d", i), nil)
			if err != nil {
				t.Fatal(name, err)
			}
			if len(problems) == 1 && problems[0].Code == "password.breached" {
				found++
			}
		}
		if found != 40 {
			t.Errorf("%s: %d of 40 found", name, found)
		}
		for _, other := range []string{"harbour violin 1000 oak", "wholly other words 7", "zebra moon 5521 kettle"} {
			if problems, err := b.Check(other, nil); err != nil || len(problems) > 0 {
				t.Errorf("%s: %s: %v %v", name, other, problems, err)
			}
		}
		if score, problems, err := b.Strength("harbour violin 3", nil); name == "unix" && (score != 0 || len(problems) != 1 || err != nil) {
			t.Errorf("%d %v %v", score, problems, err)
		}
	}
	for name, text := range map[string]string{"empty": "", "words": strings.Repeat("password\n", 20), "short": "ABC\n"} {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := credential.OpenBreached(path); err == nil {
			t.Errorf("%s passes for a list", name)
		}
	}
	var none *credential.Breached
	if problems, err := none.Check("harbour violin 3", nil); err != nil || len(problems) > 0 {
		t.Errorf("%v %v", problems, err)
	}
	for password, want := range map[string]int{"": 0, "short": 0, "harbour violin 63 thistle": 4} {
		if score, _, _ := none.Strength(password, nil); score != want {
			t.Errorf("%q scores %d", password, score)
		}
	}
}
