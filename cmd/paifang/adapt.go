package main

import (
	"context"
	"log/slog"
	"sync/atomic"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/review"
	"github.com/paifang/paifang/core/vault"
	"github.com/paifang/paifang/locales"
	"github.com/paifang/paifang/plugins/host"
)

// words is what can be said: our catalogues and those of the providers that run.
type words struct {
	own     *locales.Bundle
	current atomic.Pointer[locales.Bundle]
	host    atomic.Pointer[host.Host]
	log     *slog.Logger
}

func newWords(log *slog.Logger) (*words, error) {
	own, err := locales.Load()
	if err != nil {
		return nil, err
	}
	w := &words{own: own, log: log}
	w.current.Store(own)
	return w, nil
}

// Printer speaks a language.
func (w *words) Printer(l kyc.Locale) *locales.Printer { return w.current.Load().Printer(l) }

func (w *words) listen(h *host.Host) {
	w.host.Store(h)
	w.refresh()
}

// refresh takes over the catalogues of the providers. One that collides with
// ours is left out whole: its market is described, its words are missing, and
// the log says so.
func (w *words) refresh() {
	h := w.host.Load()
	if h == nil {
		return
	}
	messages := map[kyc.Locale]map[string]locales.Message{}
	for locale, keys := range h.Catalogues() {
		messages[locale] = map[string]locales.Message{}
		for key, forms := range keys {
			messages[locale][key] = message(forms)
		}
	}
	bundle, err := w.own.With(messages)
	if err != nil {
		w.log.Error("catalogues of providers refused", "error", err)
		return
	}
	w.current.Store(bundle)
}

func message(forms map[string]string) locales.Message {
	return locales.Message{Zero: forms["zero"], One: forms["one"], Two: forms["two"], Few: forms["few"], Many: forms["many"], Other: forms["other"]}
}

// names opens login names.
type names struct{ vault *vault.Vault }

func (n names) Contact(ctx context.Context, id kyc.Identifier) (string, error) {
	plain, err := n.vault.Unseal(ctx, id.Tenant, id.Applicant, kyc.SealedIdentifier, id.Sealed)
	return string(plain), err
}

// providers is the providers' state for staff.
func (g *gateway) providers(context.Context) []review.Provider {
	var list []review.Provider
	for _, s := range g.host.Status() {
		list = append(list, review.Provider{Name: s.Name, Version: s.Version, Kind: s.Kind, State: string(s.State), Reason: s.Reason, Restarts: s.Restarts, Since: kyc.At(s.Since)})
	}
	return list
}
