package api

import (
	"context"
	"io"
	"reflect"

	"github.com/gofiber/fiber/v2"

	"github.com/paifang/paifang/core/audit"
	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/rollout"
	"github.com/paifang/paifang/policies"
)

// Rollouts is what the operator of the platform sees and does about providers;
// *rollout.Board says what each answers.
type Rollouts interface {
	View(ctx context.Context, provider string) (*rollout.View, error)
	Enable(ctx context.Context, a rollout.Act, provider, version string) (kyc.Rollout, error)
	Disable(ctx context.Context, a rollout.Act, provider string) (kyc.Rollout, error)
	Rollback(ctx context.Context, a rollout.Act, provider string) (kyc.Rollout, error)
	Prove(ctx context.Context, provider, version string, w rollout.Wanted) (rollout.Proof, error)
	Upgrade(ctx context.Context, a rollout.Act, u rollout.Upgrade) (kyc.Rollout, rollout.Proof, error)
	Remove(ctx context.Context, a rollout.Act, provider, version string) error
	Install(ctx context.Context, a rollout.Act, contentType string, body io.Reader, verify func(name, value string) error) (rollout.Announced, error)
}

// rolloutTable is the routes of which versions of providers run.
func (d *Door) rolloutTable(r func(method, path string, needs policies.Permission, id, summary string, h handler) route) []route {
	const one = base + "/tenants/:tenant/providers/:provider"
	return []route{
		r("POST", base+"/tenants/:tenant/providers", policies.ProviderManage, "installProvider", "Take a version that a trusted publisher has signed into the store of the asked server, when it passes what every version must. It runs when it is enabled or put in force", d.installHandler()).fresh(),
		r("GET", one, policies.ProviderManage, "readProvider", "A provider: what shall run, what is installed, what each server says that runs, who changed what; for operators of the platform", call(d, 200, d.readProvider)),
		r("POST", one+"/enable", policies.ProviderManage, "enableProvider", "Switch a provider on, if the version starts and answers its golden vectors; servers notice within two seconds", call(d, 200, d.enableProvider)).fresh(),
		r("POST", one+"/disable", policies.ProviderManage, "disableProvider", "Switch a provider off: its market asks people to try again later", call(d, 200, d.disableProvider)).fresh(),
		r("POST", one+"/rollback", policies.ProviderManage, "rollbackProvider", "Take the canary back or, when there is none, put the version in force that was so before", call(d, 200, d.rollbackProvider)).fresh(),
		r("POST", one+"/try", policies.ProviderManage, "tryProvider", "Try an installed version beside the one in force and tell what would change; changes nothing", call(d, 200, d.tryProvider)).fresh(),
		r("POST", one+"/upgrade", policies.ProviderManage, "upgradeProvider", "Try an installed version and put it in force, or let it run for a share of the new applications. When it is refused (409) nothing has changed; try tells why", call(d, 200, d.upgradeProvider)).fresh(),
		r("POST", one+"/remove", policies.ProviderManage, "removeProvider", "Take an installed version that nothing uses out of the store of the asked server", call(d, 204, d.removeProvider)).fresh(),
	}
}

// RolloutRequest changes what runs of a provider.
type RolloutRequest struct {
	Version string `json:"version,omitempty" maxLength:"64" example:"1.2.0" doc:"An installed version, or \"shipped\"; for enable, absent means the one in force before"`
	Why     string `json:"why,omitempty" maxLength:"300" doc:"For the history"`
}

// UpgradeRequest puts a version in force.
type UpgradeRequest struct {
	Version      string `json:"version" minLength:"1" maxLength:"64" example:"1.2.0" doc:"An installed version, or \"shipped\""`
	Share        int    `json:"share,omitempty" minimum:"0" maximum:"99" doc:"Percent of the new applications that it gets as a canary; 0 puts it in force"`
	Applications int    `json:"applications,omitempty" minimum:"0" maximum:"500" doc:"Recorded applications that both versions are asked about"`
	Force        bool   `json:"force,omitempty" doc:"Although it breaks what integrations rely on"`
	Why          string `json:"why,omitempty" maxLength:"300" doc:"For the history"`
}

// RemoveRequest takes a version out of the store.
type RemoveRequest struct {
	Version string `json:"version" minLength:"1" maxLength:"64" example:"1.1.0" doc:"An installed version"`
}

// ProviderView is a provider as its operator sees it.
type ProviderView struct {
	Now       Rollout            `json:"now"`
	Shipped   bool               `json:"shipped" doc:"A program of it came with the gateway: version \"shipped\""`
	Installed []InstalledVersion `json:"installed" doc:"On the asked server, the newest first"`
	Nodes     []NodeProvider     `json:"nodes"`
	History   []Rollout          `json:"history" doc:"The newest first, at most 500"`
	Lines     []ProviderLine     `json:"lines" doc:"Of its log, the newest first, at most 100"`
}

// Rollout is what shall run of a provider.
type Rollout struct {
	Provider string `json:"provider"`
	Number   int64  `json:"number" doc:"Of the change; 0 when nobody has changed anything"`
	Version  string `json:"version,omitempty" doc:"In force"`
	Canary   string `json:"canary,omitempty"`
	Share    int64  `json:"share,omitempty" doc:"Percent of the new applications that the canary gets"`
	Warm     string `json:"warm,omitempty" doc:"Kept running to go back to"`
	Off      bool   `json:"off"`
	Action   string `json:"action,omitempty" enum:"enabled,disabled,upgraded,canary,rolled_back,failed,cooled"`
	Why      string `json:"why,omitempty"`
	Actor    *Actor `json:"actor,omitempty"`
	At       string `json:"at,omitempty" format:"date-time"`
	Moved    int64  `json:"moved,omitempty" doc:"Of an upgrade: applications under way that go on by the version in force, because theirs does not run any more"`
}

// Package is a version of a provider as its publisher gave it out: a form with files, in
// this order.
type Package struct {
	Signed  string   `json:"signed" format:"binary" doc:"The publisher's signed statement, as paifang provider sign writes it"`
	Vectors []string `json:"vectors,omitempty" maxItems:"100" doc:"Files of golden vectors, by the names that the statement has"`
	Program string   `json:"program" format:"binary" doc:"The executable, at most 128 MiB"`
}

// InstalledPackage is what was installed.
type InstalledPackage struct {
	Provider  string `json:"provider"`
	Version   string `json:"version"`
	Publisher string `json:"publisher" doc:"Who signed it"`
	Digest    string `json:"digest" doc:"SHA-256 of the program, in hexadecimal"`
}

// InstalledVersion is a version in the store.
type InstalledVersion struct {
	Version   string `json:"version"`
	Publisher string `json:"publisher,omitempty" doc:"Who signed it; absent for nobody"`
	At        string `json:"at" format:"date-time"`
	Trouble   string `json:"trouble,omitempty" doc:"Why it cannot run, for engineers"`
}

// NodeProvider is how a provider is on one server.
type NodeProvider struct {
	Node     string           `json:"node"`
	At       string           `json:"at" format:"date-time"`
	Silent   bool             `json:"silent" doc:"It has not said anything for half a minute"`
	State    string           `json:"state" example:"ready"`
	Reason   string           `json:"reason,omitempty" doc:"For engineers"`
	Trouble  string           `json:"trouble,omitempty" doc:"Why what shall run is not what runs, for engineers"`
	Restarts int              `json:"restarts"`
	Versions []RunningVersion `json:"versions"`
}

// RunningVersion is a version of a provider that runs on a server, or is wanted to.
type RunningVersion struct {
	Version  string `json:"version"`
	Role     string `json:"role" enum:"current,canary,next,warm,draining"`
	State    string `json:"state" example:"ready"`
	Since    string `json:"since" format:"date-time"`
	Reason   string `json:"reason,omitempty" doc:"For engineers"`
	Restarts int    `json:"restarts"`
	Calls    int64  `json:"calls"`
	Faults   int64  `json:"faults"`
	Memory   int64  `json:"memory_bytes"`
}

// ProviderLine is a line of a provider's log.
type ProviderLine struct {
	Node    string `json:"node"`
	At      string `json:"at" format:"date-time"`
	Version string `json:"version,omitempty"`
	Level   string `json:"level,omitempty"`
	Text    string `json:"text"`
}

// Trial is what was found about a version.
type Trial struct {
	From         string       `json:"from,omitempty"`
	To           string       `json:"to"`
	Changes      []FlowChange `json:"changes" doc:"Of what is asked for"`
	Vectors      int          `json:"vectors" doc:"Golden vectors that came with it"`
	Failed       []string     `json:"failed" doc:"Those that it answers otherwise"`
	Applications int          `json:"applications" doc:"Recorded ones that both versions were asked about"`
	Steps        int          `json:"steps"`
	Unreadable   int          `json:"unreadable"`
	Moved        int64        `json:"moved" doc:"Applications under way whose version would not run any more, and that would go on by the version in force"`
	Differences  []Difference `json:"differences" doc:"Codes and places, never an answer: every decision that differs, then at most 500 findings"`
	More         int          `json:"more,omitempty" doc:"Findings beyond those"`
}

// FlowChange is a difference in what is asked for.
type FlowChange struct {
	Kind     string `json:"kind" example:"field.removed"`
	Path     string `json:"path" example:"profile.name"`
	From     string `json:"from,omitempty"`
	To       string `json:"to,omitempty"`
	Breaking bool   `json:"breaking"`
}

// Difference is what two versions say differently about a recorded application.
type Difference struct {
	Tenant      string `json:"tenant"`
	Application string `json:"application"`
	Step        string `json:"step,omitempty"`
	Path        string `json:"path,omitempty"`
	What        string `json:"what" enum:"decision,problem,reason,tier,requested,identity,normalized,derived,fault"`
	From        string `json:"from,omitempty"`
	To          string `json:"to,omitempty"`
}

func (d *Door) readProvider(c *fiber.Ctx, _ caller, _ none) (ProviderView, error) {
	v, err := d.Rollouts.View(c.UserContext(), c.Params("provider"))
	if err != nil {
		return ProviderView{}, err
	}
	out := ProviderView{Now: rolloutOf(rollout.ChangeView{Rollout: v.Now}), Shipped: v.Shipped, Installed: []InstalledVersion{}, Nodes: []NodeProvider{},
		History: []Rollout{}, Lines: []ProviderLine{}}
	for _, i := range v.Installed {
		out.Installed = append(out.Installed, InstalledVersion{Version: i.Version, Publisher: i.Publisher, At: stamp(i.At), Trouble: i.Trouble})
	}
	for _, n := range v.Nodes {
		out.Nodes = append(out.Nodes, nodeProvider(n))
	}
	for _, r := range v.History {
		out.History = append(out.History, rolloutOf(r))
	}
	for _, l := range v.Lines {
		out.Lines = append(out.Lines, ProviderLine{Node: l.Node, At: stamp(l.At), Version: l.Version, Level: l.Level, Text: l.Text})
	}
	return out, nil
}

func nodeProvider(n rollout.NodeView) NodeProvider {
	p := n.Provider
	out := NodeProvider{Node: n.Node, At: stamp(n.At), Silent: n.Silent, State: p.State, Reason: p.Reason, Trouble: p.Trouble, Restarts: p.Restarts, Versions: []RunningVersion{}}
	for _, g := range p.Generations {
		out.Versions = append(out.Versions, RunningVersion{Version: g.Version, Role: g.Role, State: g.State, Since: stamp(g.Since), Reason: g.Reason,
			Restarts: g.Restarts, Calls: g.Calls, Faults: g.Faults, Memory: g.Memory})
	}
	return out
}

func rolloutOf(r rollout.ChangeView) Rollout {
	out := Rollout{Provider: r.Provider, Number: r.Number, Version: r.Version, Canary: r.Canary, Share: r.Share, Warm: r.Warm, Off: r.Off,
		Action: r.Action, Why: r.Why, At: stamp(r.At)}
	if r.ByKind != "" {
		out.Actor = &Actor{Kind: r.ByKind, ID: r.ByID, Name: r.By}
	}
	return out
}

func act(who caller, why string) rollout.Act {
	return rollout.Act{By: audit.Staff(who.desk.Staff.ID), Why: why}
}

func (d *Door) enableProvider(c *fiber.Ctx, who caller, in RolloutRequest) (Rollout, error) {
	r, err := d.Rollouts.Enable(c.UserContext(), act(who, in.Why), c.Params("provider"), in.Version)
	return rolloutOf(rollout.ChangeView{Rollout: r}), err
}

func (d *Door) disableProvider(c *fiber.Ctx, who caller, in RolloutRequest) (Rollout, error) {
	r, err := d.Rollouts.Disable(c.UserContext(), act(who, in.Why), c.Params("provider"))
	return rolloutOf(rollout.ChangeView{Rollout: r}), err
}

func (d *Door) rollbackProvider(c *fiber.Ctx, who caller, in RolloutRequest) (Rollout, error) {
	r, err := d.Rollouts.Rollback(c.UserContext(), act(who, in.Why), c.Params("provider"))
	return rolloutOf(rollout.ChangeView{Rollout: r}), err
}

func (d *Door) tryProvider(c *fiber.Ctx, _ caller, in UpgradeRequest) (Trial, error) {
	p, err := d.Rollouts.Prove(c.UserContext(), c.Params("provider"), in.Version, rollout.Wanted{Applications: in.Applications, Share: in.Share})
	if err != nil {
		return Trial{}, err
	}
	r := p.Rehearsal
	out := Trial{From: p.From, To: p.To, Changes: []FlowChange{}, Vectors: p.Vectors, Failed: append([]string{}, p.Failed...), Applications: r.Applications,
		Steps: r.Steps, Unreadable: r.Unreadable, Moved: p.Moved, Differences: []Difference{}, More: r.More}
	for _, x := range p.Changes {
		out.Changes = append(out.Changes, FlowChange(x))
	}
	for _, x := range r.Differences() {
		out.Differences = append(out.Differences, Difference{Tenant: string(x.Tenant), Application: string(x.Application), Step: string(x.Step),
			Path: x.Path, What: x.What, From: x.From, To: x.To})
	}
	return out, nil
}

// installHandler streams a package to the store.
func (d *Door) installHandler() handler {
	return handler{status: 201, response: reflect.TypeFor[InstalledPackage](), request: reflect.TypeFor[Package](), form: true, serve: func(c *fiber.Ctx, who caller) error {
		got, err := d.Rollouts.Install(c.UserContext(), act(who, ""), c.Get(fiber.HeaderContentType), bodyOf(c), func(string, string) error { return nil })
		if err != nil {
			return err
		}
		return c.Status(fiber.StatusCreated).JSON(InstalledPackage{Provider: got.Provider, Version: got.Version, Publisher: got.Publisher, Digest: got.Digest})
	}}
}

func (d *Door) removeProvider(c *fiber.Ctx, who caller, in RemoveRequest) (none, error) {
	return none{}, d.Rollouts.Remove(c.UserContext(), act(who, ""), c.Params("provider"), in.Version)
}

func (d *Door) upgradeProvider(c *fiber.Ctx, who caller, in UpgradeRequest) (Rollout, error) {
	r, proof, err := d.Rollouts.Upgrade(c.UserContext(), act(who, in.Why), rollout.Upgrade{Provider: c.Params("provider"), Version: in.Version,
		Share: in.Share, Force: in.Force, Wanted: rollout.Wanted{Applications: in.Applications}})
	out := rolloutOf(rollout.ChangeView{Rollout: r})
	out.Moved = proof.Moved
	return out, err
}
