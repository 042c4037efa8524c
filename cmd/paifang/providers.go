package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/plugins/host"
)

// sandbox begins the names of providers that stand in for an outside party in
// development mode. A registry among them confirms whom it is told to.
const sandbox = "sandbox"

// catalogue names the folder of the provider programs and what is in it.
func (s Serving) catalogue() (dir string, names []string, err error) {
	if dir = s.Providers; dir == "" {
		self, err := os.Executable()
		if err != nil {
			return "", nil, err
		}
		dir = filepath.Join(filepath.Dir(self), "providers")
	}
	sums, err := os.ReadFile(filepath.Join(dir, "SHA256SUMS"))
	if errors.Is(err, fs.ErrNotExist) {
		return dir, nil, fmt.Errorf("there are no provider programs with their SHA256SUMS in %s: run make build, or name their folder with --providers (PAIFANG_PROVIDERS)", dir)
	}
	if err != nil {
		return dir, nil, fmt.Errorf("the provider programs cannot be read: %w; run make build, or name their folder with --providers (PAIFANG_PROVIDERS)", err)
	}
	for line := range strings.Lines(string(sums)) {
		if _, name, ok := strings.Cut(strings.TrimSpace(line), "  "); ok {
			names = append(names, strings.TrimPrefix(name, "./"))
		}
	}
	return dir, names, nil
}

// hostConfig is what the provider host is started with.
func (s Serving) hostConfig(development bool, log *slog.Logger) (host.Config, error) {
	dir, names, err := s.catalogue()
	if err != nil {
		return host.Config{}, err
	}
	settings, err := s.configuration()
	if err != nil {
		return host.Config{}, err
	}
	messengers, err := s.messengers()
	if err != nil {
		return host.Config{}, err
	}
	store, err := s.open(s.Storage)
	if err != nil {
		return host.Config{}, err
	}
	if !development {
		names = slices.DeleteFunc(names, func(name string) bool { return strings.HasPrefix(name, sandbox) })
	}
	chosen := slices.Collect(maps.Keys(settings))
	for _, names := range messengers {
		chosen = append(chosen, names...)
	}
	for _, name := range slices.Sorted(slices.Values(chosen)) {
		switch {
		case slices.Contains(names, name) || store.Holds(name):
		case strings.HasPrefix(name, sandbox) && !development:
			return host.Config{}, fmt.Errorf("provider %q is for development mode only (paifang demo): take it out of --messengers and --settings", name)
		default:
			return host.Config{}, fmt.Errorf("--messengers or --settings name a provider %q that %s does not have: there are %s", name, dir, strings.Join(names, ", "))
		}
	}
	return host.Config{Dir: dir, RunDir: s.path("run"), Enabled: names, Settings: settings, Messengers: messengers,
		Versions: versions{store}, Clock: time.Now, IDs: newID, Log: log}, nil
}

// startHost starts providers and waits until each runs or has failed once.
func startHost(ctx context.Context, c host.Config) (*host.Host, error) {
	h, err := host.Start(ctx, c)
	if err != nil {
		return nil, fmt.Errorf("the providers in %s cannot be started: %w", c.Dir, err)
	}
	return h, nil
}

func isMarket(s host.Status) bool { return slices.Contains(strings.Split(s.Kind, ","), "market") }

// silent says about each channel without a messenger that runs what it means.
func silent(c host.Config, status []host.Status) map[kyc.ContactKind]string {
	problems := map[kyc.ContactKind]string{}
	for _, channel := range []kyc.ContactKind{kyc.Phone, kyc.Email} {
		names := c.Messengers[channel]
		if len(names) == 0 {
			problems[channel] = fmt.Sprintf("no messenger is chosen for %s: nobody can prove one; set --messengers %s=NAME (PAIFANG_MESSENGERS)", channel, channel)
			continue
		}
		var lame []string
		for _, name := range names {
			if i := slices.IndexFunc(status, func(s host.Status) bool { return s.Name == name }); i >= 0 && !status[i].State.Callable() {
				lame = append(lame, fmt.Sprintf("the messenger for %s, %s, does not run: %s", channel, name, ailment(status[i])))
			}
		}
		if len(lame) > 0 {
			problems[channel] = strings.Join(lame, "; ")
		}
	}
	return problems
}

// ailment says what a provider that does not run lacks, and what to do.
func ailment(s host.Status) string {
	switch {
	case strings.Contains(s.Reason, "digest"):
		return s.Reason + "; run make build, or install the programs again"
	case s.State == host.Stopped:
		return s.Reason + fmt.Sprintf(`; give it one in the file of --settings (PAIFANG_SETTINGS): {%q: {…}}`, s.Name)
	default:
		return string(s.State) + ": " + s.Reason
	}
}
