package rollout

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/paifang/paifang/core/audit"
	"github.com/paifang/paifang/core/kyc"
)

// maxWhy bounds the reason that somebody gives for a change, in bytes.
const maxWhy = 300

// Store is where a Desk reads and where its changes go.
type Store interface {
	Rollouts(ctx context.Context, tenant kyc.TenantID) ([]kyc.Rollout, error)
	RolloutHistory(ctx context.Context, tenant kyc.TenantID, provider string, limit int) ([]kyc.Rollout, error)
	Pinned(ctx context.Context) ([]kyc.PinnedVersion, error)
	// PinnedBy lists tenants that have chosen a version, enough of them to be told.
	PinnedBy(ctx context.Context, market kyc.MarketID, version string) ([]kyc.TenantID, error)
	BoundVersions(ctx context.Context) ([]kyc.BoundVersion, error)
	Commit(ctx context.Context, tenant kyc.TenantID, change kyc.Change) error
}

// Shelf is what can be run on this node. It is asked before anything is changed.
type Shelf interface {
	// Shipped tells whether a provider came with the gateway.
	Shipped(provider string) bool
	// Has is nil for a version that can be run, and else says why it cannot.
	Has(provider, version string) error
}

// Prover tries a version apart before it comes into force: it starts, answers its
// golden vectors, and is compared with what is in force, which is "" for nothing.
type Prover interface {
	Prove(ctx context.Context, provider, from, to string, w Wanted) (Proof, error)
}

// Wanted says how much is to be tried. Progress is told how far the recorded
// applications are; it may be nil.
type Wanted struct {
	Applications int
	Share        int  // of the new applications that it is to get as a canary, as for Upgrade; for whom it moves
	Shipped      bool // also how the program that came with the gateway describes itself
	Progress     func(done, of int)
}

// Config is what a Desk needs; all fields are required. Platform is the tenant in
// whose record the acts are written. It must exist.
type Config struct {
	Store    Store
	Shelf    Shelf
	Prover   Prover
	Platform kyc.TenantID
	Clock    kyc.Clock
	IDs      kyc.IDs
}

// Desk is where it is decided what runs.
type Desk struct{ Config }

// NewDesk makes a Desk.
func NewDesk(c Config) *Desk { return &Desk{c} }

// Act is who does something and why. Why may be empty.
type Act struct {
	By  kyc.Actor
	Why string
}

// Now tells what holds of a provider. NotFound when there is none of that name.
func (d *Desk) Now(ctx context.Context, provider string) (kyc.Rollout, error) {
	if _, err := kyc.ParseMarketID(provider); err != nil {
		return kyc.Rollout{}, err
	}
	found, err := d.Store.RolloutHistory(ctx, d.Platform, provider, 1)
	if err != nil {
		return kyc.Rollout{}, err
	}
	if len(found) > 0 {
		return found[0], nil
	}
	r := begun(provider, d.Shelf.Shipped(provider))
	r.Tenant = d.Platform
	return r, nil
}

// All lists what holds of every provider about which something was ever said.
func (d *Desk) All(ctx context.Context) ([]kyc.Rollout, error) {
	return d.Store.Rollouts(ctx, d.Platform)
}

// History lists the changes of a provider, the newest first.
func (d *Desk) History(ctx context.Context, provider string) ([]kyc.Rollout, error) {
	return d.Store.RolloutHistory(ctx, d.Platform, provider, 0)
}

// Plans tells what shall run now.
func (d *Desk) Plans(ctx context.Context) (map[string]Plan, error) {
	changes, err := d.Store.Rollouts(ctx, d.Platform)
	if err != nil {
		return nil, err
	}
	pinned, err := d.Store.Pinned(ctx)
	return plans(changes, pinned), err
}

// Enable switches a provider on, with the version that was in force before when
// version is "", if it starts and answers its golden vectors.
func (d *Desk) Enable(ctx context.Context, a Act, provider, version string) (kyc.Rollout, error) {
	now, err := d.Now(ctx, provider)
	if err != nil {
		return now, err
	}
	next, err := enable(now, version)
	if err != nil {
		return now, err
	}
	if err := d.Shelf.Has(provider, next.Version); err != nil {
		return now, err
	}
	proof, err := d.Prover.Prove(ctx, provider, "", next.Version, Wanted{})
	if err == nil {
		err = proof.Refused(false)
	}
	if err != nil {
		return now, err
	}
	return d.save(ctx, a, next)
}

// Disable switches a provider off: its market says "try again later" and takes no
// new applications.
func (d *Desk) Disable(ctx context.Context, a Act, provider string) (kyc.Rollout, error) {
	return d.change(ctx, a, provider, disable)
}

// Prove tries a version of a provider beside the one in force and changes nothing.
func (d *Desk) Prove(ctx context.Context, provider, version string, w Wanted) (Proof, error) {
	now, err := d.Now(ctx, provider)
	if err != nil {
		return Proof{}, err
	}
	if err := d.Shelf.Has(provider, version); err != nil {
		return Proof{}, err
	}
	// What is not allowed to come into force can still be tried.
	next, err := upgrade(now, version, w.Share)
	if err != nil {
		return d.Prover.Prove(ctx, provider, now.Version, version, w)
	}
	return d.proved(ctx, now, next, version, w)
}

// proved tries a version and counts whom the change moves.
func (d *Desk) proved(ctx context.Context, now, next kyc.Rollout, version string, w Wanted) (Proof, error) {
	pinned, err := d.Store.Pinned(ctx)
	if err != nil {
		return Proof{}, err
	}
	gone := leaving(now, next, pinned)
	w.Shipped = slices.Contains(gone, kyc.ShippedVersion)
	proof, err := d.Prover.Prove(ctx, now.Provider, now.Version, version, w)
	if err != nil || len(gone) == 0 {
		return proof, err
	}
	bound, err := d.Store.BoundVersions(ctx)
	for _, b := range bound {
		if string(b.Market) == now.Provider && b.Provider != proof.From && b.Provider != proof.To &&
			slices.ContainsFunc(gone, func(v string) bool { return proof.described(v) == b.Provider }) {
			proof.Moved += b.Count
		}
	}
	return proof, err
}

// Upgrade is how a version comes into force.
type Upgrade struct {
	Provider string
	Version  string
	Share    int  // percent of the new applications that it gets as a canary, 1 to 99; 0: it comes into force
	Force    bool // although it breaks what integrations know
	Wanted   Wanted
}

// Upgrade tries a version and, when it is good, puts it in force and keeps the one
// before warm, or runs it beside it for a share of the new applications. When it
// is refused nothing has changed.
func (d *Desk) Upgrade(ctx context.Context, a Act, u Upgrade) (kyc.Rollout, Proof, error) {
	now, err := d.Now(ctx, u.Provider)
	if err != nil {
		return now, Proof{}, err
	}
	next, err := upgrade(now, u.Version, u.Share)
	if err != nil {
		return now, Proof{}, err
	}
	if err := d.Shelf.Has(u.Provider, u.Version); err != nil {
		return now, Proof{}, err
	}
	proof, err := d.proved(ctx, now, next, u.Version, u.Wanted)
	if err == nil {
		err = proof.Refused(u.Force)
	}
	if err != nil {
		return now, proof, err
	}
	next, err = d.save(ctx, a, next)
	return next, proof, err
}

// Rollback takes the canary back or, when there is none, puts the version in force
// that was so before. Conflict when there is neither.
func (d *Desk) Rollback(ctx context.Context, a Act, provider string) (kyc.Rollout, error) {
	return d.change(ctx, a, provider, back)
}

// change does one thing to what holds. What is to run then must be on the shelf.
func (d *Desk) change(ctx context.Context, a Act, provider string, do func(kyc.Rollout) (kyc.Rollout, error)) (kyc.Rollout, error) {
	now, err := d.Now(ctx, provider)
	if err != nil {
		return now, err
	}
	next, err := do(now)
	if err != nil {
		return now, err
	}
	for _, version := range []string{next.Version, next.Canary} {
		if version == "" || next.Off {
			continue
		}
		if err := d.Shelf.Has(provider, version); err != nil {
			return now, err
		}
	}
	return d.save(ctx, a, next)
}

// save writes the next change of a provider.
func (d *Desk) save(ctx context.Context, a Act, r kyc.Rollout) (kyc.Rollout, error) {
	why := strings.TrimSpace(a.Why)
	if len(why) > maxWhy || strings.ContainsFunc(why, unicode.IsControl) || !validText(why) {
		return r, kyc.EKey(kyc.Invalid, "error.rollout_why", "a reason is one line of at most %d bytes", maxWhy)
	}
	r.Tenant, r.Number, r.Why, r.ByKind, r.ByID, r.At = d.Platform, r.Number+1, why, a.By.Kind, a.By.ID, kyc.At(d.Clock())
	return r, d.Store.Commit(ctx, d.Platform, kyc.Change{kyc.SaveRollout{Rollout: r},
		audit.Line(d.Clock, d.IDs, d.Platform, a.By, audit.ProviderChanged, "provider", r.Provider, "what", r.Action,
			"version", r.Version, "canary", r.Canary, "share", share(r), "warm", r.Warm)})
}

func share(r kyc.Rollout) string {
	if r.Canary == "" {
		return ""
	}
	return strconv.FormatInt(r.Share, 10)
}

func validText(s string) bool { return strings.ToValidUTF8(s, "") == s }

// Faulty takes a version back that a node has seen to fail. It changes nothing
// when the version is not used any more, or there is none to go back to.
func (d *Desk) Faulty(ctx context.Context, provider, version, reason string) error {
	reason = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(reason, "?"))
	if len(reason) > maxWhy {
		reason = strings.ToValidUTF8(reason[:maxWhy], "")
	}
	for try := 0; ; try++ {
		now, err := d.Now(ctx, provider)
		if err != nil {
			return err
		}
		next, ok := failed(now, version)
		if !ok {
			return nil
		}
		_, err = d.save(ctx, Act{By: audit.System("host"), Why: reason}, next)
		if kyc.CodeOf(err) != kyc.Conflict || try == 3 {
			return err
		}
	}
}

// Use is what stands against removing a version.
type Use struct {
	InForce bool // or the canary
	Warm    bool
	Tenants []kyc.TenantID // that chose it
	Bound   int64          // applications that are not over
}

// Any tells whether anything does.
func (u Use) Any() bool { return u.InForce || u.Warm || len(u.Tenants) > 0 || u.Bound > 0 }

// Used tells what uses a version. describes is what the program says its version
// is, which differs from version only for kyc.ShippedVersion.
func (d *Desk) Used(ctx context.Context, provider, version, describes string) (Use, error) {
	var u Use
	now, err := d.Now(ctx, provider)
	if err != nil {
		return u, err
	}
	u.InForce = !now.Off && (version == now.Version || version == now.Canary)
	u.Warm = !now.Off && version == now.Warm
	if u.Tenants, err = d.Store.PinnedBy(ctx, kyc.MarketID(provider), version); err != nil {
		return u, err
	}
	bound, err := d.Store.BoundVersions(ctx)
	for _, b := range bound {
		if string(b.Market) == provider && b.Provider == describes {
			u.Bound += b.Count
		}
	}
	return u, err
}

// Drop takes a version out of what runs, before it is removed, and writes that it
// is removed. What it was in force of is switched off.
func (d *Desk) Drop(ctx context.Context, a Act, provider, version string) error {
	now, err := d.Now(ctx, provider)
	if err != nil {
		return err
	}
	if next, used := without(now, version); used {
		if _, err := d.save(ctx, a, next); err != nil {
			return err
		}
	}
	return d.Store.Commit(ctx, d.Platform, kyc.Change{
		audit.Line(d.Clock, d.IDs, d.Platform, a.By, audit.ProviderRemoved, "provider", provider, "version", version)})
}

// Installed writes that a version is in the store now.
func (d *Desk) Installed(ctx context.Context, a Act, provider, version, digest, publisher string) error {
	return d.Store.Commit(ctx, d.Platform, kyc.Change{
		audit.Line(d.Clock, d.IDs, d.Platform, a.By, audit.ProviderInstalled, "provider", provider, "version", version, "digest", digest, "publisher", publisher)})
}
