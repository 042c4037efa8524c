package main

import (
	"crypto/sha256"
	_ "embed"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

//go:embed phone.yaml
var phoneMarket []byte

// phoneSteps are the requests of a registration by phone number alone.
var phoneSteps = []string{"start", "account", "answer", "read"}

// phoneProviders run in the server of these registrations: with the market that
// is data three providers, as the targets for memory say.
var phoneProviders = []string{"mainland", "sandboxmailbox"}

// phones measures registrations without a password: a number that is proved by
// a code opens an account, in a market that is data. There is no journey of a
// shipped market as short as that.
func (s settings) phones(database string) (*figures, error) {
	began := time.Now()
	f := &figures{Database: database, Journey: "phone only"}
	srv, err := start(s.programs, database, true, (*server).openPhones)
	if err != nil {
		return nil, err
	}
	defer srv.end()
	if err := f.rest(srv); err != nil {
		return nil, err
	}
	crowd, err := newCrowd(srv)
	if err != nil {
		return nil, err
	}
	defer crowd.close()
	crowd.names, crowd.register = phoneSteps, (*traveller).registerPhone
	if f.Steps, err = crowd.steps(20); err != nil {
		return nil, err
	}
	for _, clients := range s.clients {
		n := s.journeys * 2
		if clients == 1 {
			n /= 4
		}
		r, _, err := crowd.rush(clients, n, func() func() { return s.profiling(srv, fmt.Sprintf("%s-phone-%d", database, clients)) })
		if err != nil {
			return nil, err
		}
		f.Runs = append(f.Runs, r)
	}
	f.Log = srv.complaints()
	f.Took = time.Since(began).Round(time.Millisecond).String()
	return f, nil
}

// phoneCatalogue makes a catalogue of some of the built programs and of the market.
func (s *server) phoneCatalogue(programs string) (string, error) {
	dir := filepath.Join(s.dir, "providers")
	if err := os.Mkdir(dir, 0o700); err != nil {
		return "", err
	}
	market := filepath.Join(s.dir, "phone.yaml")
	if err := os.WriteFile(market, phoneMarket, 0o600); err != nil {
		return "", err
	}
	pack := exec.Command(filepath.Join(programs, "paifang"), "provider", "pack", market, "--out", filepath.Join(dir, "phoneonly"))
	if out, err := pack.CombinedOutput(); err != nil {
		return "", fmt.Errorf("the market cannot be packed: %w: %s", err, out)
	}
	sums := ""
	for _, name := range append([]string{"phoneonly"}, phoneProviders...) {
		path := filepath.Join(dir, name)
		if name != "phoneonly" {
			if err := copyProgram(filepath.Join(programs, "providers", name), path); err != nil {
				return "", err
			}
		}
		program, err := os.ReadFile(filepath.Clean(path))
		if err != nil {
			return "", err
		}
		sums += fmt.Sprintf("%x  %s\n", sha256.Sum256(program), name)
	}
	return dir, os.WriteFile(filepath.Join(dir, "SHA256SUMS"), []byte(sums), 0o600)
}

func copyProgram(from, to string) error {
	program, err := os.ReadFile(filepath.Clean(from))
	if err != nil {
		return err
	}
	return os.WriteFile(to, program, 0o700)
}

// openPhones lets the demo's tenant offer the market, after the first start.
func (s *server) openPhones(programs string) error {
	if s.stage == 0 {
		dir, err := s.phoneCatalogue(programs)
		s.env = append(s.env, "PAIFANG_PROVIDERS="+dir)
		return err
	}
	open := exec.Command(filepath.Join(programs, "paifang"), "tenant", "market", "demo", "phoneonly", "open")
	open.Env = s.env
	if out, err := open.CombinedOutput(); err != nil {
		return fmt.Errorf("the market cannot be opened: %w: %s", err, out)
	}
	return nil
}

// registerPhone leaves an account of the n-th person that has a phone number and
// nothing else.
func (t *traveller) registerPhone(n int, human string) (phone string, err error) {
	phone = fmt.Sprintf("+86138%08d", n)
	texts := t.inbox.await(phone)
	defer t.inbox.forget(phone)
	var a answer
	if err := t.step(0, "POST", "/api/v1/applications", key, map[string]string{"market": "phoneonly", "locale": "en"}, &a); err != nil {
		return phone, err
	}
	token, home := a.HolderToken, "/api/v1/applications/"+a.ID
	a = answer{}
	if err := t.step(1, "POST", home+"/steps/account", token, map[string]any{"values": map[string]any{
		"phone": phone, "phone.region": "CN", "human": human, "consent": true}}, &a); err != nil {
		return phone, err
	}
	text, err := receive(texts)
	if err != nil {
		return phone, err
	}
	code := map[string]string{"code": codeInText.FindString(text)}
	if err := t.step(2, "POST", home+"/challenges/"+a.Next.Challenge.ID+"/answer", token, code, &a); err != nil {
		return phone, err
	}
	return phone, t.opened(3, home, token, texts)
}
