package journeys

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// letter waits for the link of a kind in a letter to somebody.
func (s *server) letter(to, kind string) string {
	s.t.Helper()
	link := regexp.MustCompile(`http://\S+/admin/demo/` + kind + `/\S+`)
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		for _, m := range s.messages(to) {
			if found := link.FindString(m.Text); found != "" {
				return strings.Replace(found, "127.0.0.1", "localhost", 1)
			}
		}
	}
	s.t.Fatalf("no letter with a link to %s came", kind)
	return ""
}

// TestBrowserInvitation: an administrator invites somebody who reads Arabic; they
// join by the link with a passkey of theirs, forget the password, and set another.
func TestBrowserInvitation(t *testing.T) {
	b := newBrowser(t)
	s := newServer(t, "")
	dir, err := programs()
	must(t, err)
	c := exec.Command(filepath.Join(dir, "paifang"), "staff", "invite", "demo", "Tomas@Example.com", "--name", "Tomas Admin", "--role", "tenant_admin")
	c.Env = append(os.Environ(), "PAIFANG_DATA="+s.data, "PAIFANG_DATABASE_URL="+s.database)
	must(t, c.Run())
	named := *s
	named.base = strings.Replace(s.base, "127.0.0.1", "localhost", 1)
	join := func(area, locale, to string) *visitor {
		v := b.visit(&named, area, locale, true)
		v.wide = true
		v.device()
		link := s.letter(to, "invitation")
		v.open(link) // as a program that looks into mailboxes
		v.open(link)
		v.fill("new_password", "short")
		v.press(v.T("admin.invitation.do"))
		v.fill("new_password", "orbit teapot nineteen")
		v.press(v.T("admin.invitation.do"))
		v.press(v.T("admin.passkey.make"))
		v.press(v.T("admin.codes.do"))
		return v
	}
	admin := join("invitation-admin", "en", "tomas@example.com")
	admin.open("/admin/demo/staff")
	admin.press(admin.T("admin.invite.title"))
	admin.fill("email", "leyla@example.com")
	admin.fill("name", "Leyla")
	admin.choose("role", "senior_reviewer")
	admin.choose("locale", "ar")
	admin.press(admin.T("admin.invite.do"))
	admin.reads("leyla@example.com")
	admin.press("Leyla")
	admin.reads(admin.T("admin.invite.again"))

	leyla := join("invitation-ar", "ar", "leyla@example.com")
	leyla.open("/admin/demo/security")
	leyla.press(leyla.T("admin.signout"))
	leyla.press(leyla.T("admin.forgotten.title"))
	leyla.fill("login", "leyla@example.com")
	leyla.press(leyla.T("admin.forgotten.do"))
	leyla.reads(leyla.T("admin.forgotten.sent"))
	link := s.letter("leyla@example.com", "password")
	leyla.open(link)
	leyla.fill("new_password", "walnut orbit teapot")
	leyla.press(leyla.T("admin.reset.do"))
	leyla.reads(leyla.T("admin.forgotten.done"))
	leyla.fill("login", "leyla@example.com")
	leyla.fill("password", "walnut orbit teapot")
	leyla.press(leyla.T("admin.signin.do"))
	leyla.press(leyla.T("admin.passkey.use"))
	admin.open("/admin/demo/staff")
	admin.press("Leyla")
	admin.press(admin.T("admin.staff.reset"))
	admin.open("/admin/demo/roles")
	leyla.open("/admin/demo/sign-in?lang=ar")
}
