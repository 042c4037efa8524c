package journeys

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/paifang/paifang/core/factor"
)

// authenticator is the app and the recovery codes of one member of staff. It gives
// no code twice, as a person does not.
type authenticator struct {
	secret string
	codes  []string
	last   int64 // period of the newest code given out
}

// authenticators of all staff of the tests of this process, by server and login.
var authenticators = struct {
	sync.Mutex
	of map[string]*authenticator
}{of: map[string]*authenticator{}}

// authenticator finds what a member of staff signs in with beside the password.
func (s *server) authenticator(tenant, login, password string) *authenticator {
	authenticators.Lock()
	defer authenticators.Unlock()
	place := s.database
	if place == "" {
		place = s.data
	}
	key := strings.Join([]string{place, tenant, login, password}, " ")
	if authenticators.of[key] == nil {
		authenticators.of[key] = &authenticator{}
	}
	return authenticators.of[key]
}

// enrol takes the key that the first sign-in shows, and gives its first code.
func (a *authenticator) enrol(t *testing.T, secret string) string {
	t.Helper()
	authenticators.Lock()
	defer authenticators.Unlock()
	a.secret, a.last = strings.ReplaceAll(secret, " ", ""), 0
	return a.at(t, oldest()) // leaves two for whoever signs in next
}

// oldest is the first period whose code is still taken in a moment: a period may end
// between the question and the answer, and of those that are over only one counts.
func oldest() int64 {
	const moment = 5 * time.Second
	return time.Now().Add(moment).Unix()/30 - 1
}

// code is one that was not used yet: of the app, else a recovery code, else the
// app's next one.
func (a *authenticator) code(t *testing.T) string {
	t.Helper()
	authenticators.Lock()
	defer authenticators.Unlock()
	if a.secret == "" {
		t.Fatal("somebody without an authenticator is asked for a code")
	}
	switch step := max(a.last+1, oldest()); {
	case step <= time.Now().Unix()/30+1:
		return a.at(t, step)
	case len(a.codes) > 0:
		code := a.codes[0]
		a.codes = a.codes[1:]
		return code
	}
	time.Sleep(time.Until(time.Unix((a.last)*30, 0)) + 100*time.Millisecond)
	return a.at(t, a.last+1)
}

func (a *authenticator) at(t *testing.T, step int64) string {
	t.Helper()
	code, err := factor.CodeAt(a.secret, step)
	must(t, err)
	a.last = step
	return code
}

// keep keeps recovery codes.
func (a *authenticator) keep(codes []string) {
	authenticators.Lock()
	defer authenticators.Unlock()
	a.codes = codes
}
