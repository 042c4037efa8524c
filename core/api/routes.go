package api

import (
	"github.com/danielgtaylor/huma/v2"
	"github.com/gofiber/fiber/v2"

	"github.com/paifang/paifang/core/kyc"
	"github.com/paifang/paifang/core/pipeline"
	"github.com/paifang/paifang/policies"
)

// route is a line of the door's table with its words for the description.
type route struct {
	policies.Route[handler]
	id      string
	summary string
	public  bool // part of the description
	params  []huma.Param
}

// table is every route of the door.
func (d *Door) table() []route {
	const app = base + "/applications/:application"
	r := func(method, path string, needs policies.Permission, id, summary string, h handler) route {
		return route{Route: policies.Route[handler]{Method: method, Path: path, Needs: needs, Handle: h}, id: id, summary: summary, public: true}
	}
	hidden := func(path string, h handler) route {
		return route{Route: policies.Route[handler]{Method: "GET", Path: path, Needs: policies.Public, Handle: h}}
	}
	return append([]route{
		r("GET", base+"/markets", policies.Key, "listMarkets", "Markets that the tenant offers", call(d, 200, d.markets)),
		r("POST", base+"/applications", policies.Key, "startApplication", "Start an application", call(d, 201, d.start)).with(repeatable(
			"16 to 200 bytes that nobody can guess. The same request with the same key within 24 hours starts one application and has its answer until somebody has gone on with it.")),
		r("GET", app, policies.Holder, "readApplication", "Resume: the application as it stands", call(d, 200, d.read)),
		r("POST", app+"/way", policies.Holder, "chooseWay", "Take another way into the market, as long as no step is done", call(d, 200, d.choose)),
		r("GET", app+"/steps/:step", policies.Holder, "readStep", "The application with a finished step opened for a change", call(d, 200, d.readStep)),
		r("POST", app+"/steps/:step", policies.Holder, "submitStep", "Submit a step", call(d, 200, d.submit)).with(repeatable(
			"Up to 200 bytes. The same request with the same key within 24 hours is applied once; another request with it is an error.")),
		r("POST", app+"/steps/:step/correct", policies.Holder, "correctStep", "Go back from a challenge to correct the contact", call(d, 200, d.correct)),
		r("POST", app+"/steps/:step/switch", policies.Holder, "switchContact", "Prove another contact in place of this one, or go back to it; next.instead says what that means", call(d, 200, d.switchContact)),
		r("POST", app+"/steps/:step/available", policies.Holder, "checkAvailable", "Tell whether a contact is free", call(d, 200, d.available)),
		r("POST", app+"/challenges/:challenge/answer", policies.Holder, "answerChallenge", "Answer a challenge with its code", call(d, 200, d.answerChallenge)),
		r("POST", app+"/challenges/:challenge/resend", policies.Holder, "resendChallenge", "Send a fresh code", call(d, 200, d.resend)).with(humanTest),
		r("PUT", app+"/documents/:requirement/:side", policies.Holder, "uploadDocument", "Upload one side of a document: the bytes of a JPEG, PNG or WebP image", d.uploadHandler()),
		r("GET", app+"/documents/:requirement/:side", policies.Holder, "readDocument", "The safe rendition of an uploaded side", d.fileHandler()),
		r("GET", app+"/readers", policies.Holder, "listReaders", "Who of the staff read the documents and data, when and why", call(d, 200, d.readers)),
		r("POST", app+"/withdraw", policies.Holder, "withdrawApplication", "Give the application up", call(d, 200, d.withdraw)),
		r("POST", app+"/handover", policies.Holder, "handOverApplication", "Make a link and a code with which another device can go on, too", call(d, 201, d.handOver)),
		r("POST", base+"/handovers", policies.Key, "takeOverApplication", "Take an application over from another device", call(d, 201, d.takeOver)),
		r("POST", base+"/recoveries", policies.Key, "recoverAccount", "Set a new login password with the one-time link of a granted recovery request", call(d, 204, d.recover)),
		r("POST", base+"/recoveries/stop", policies.Key, "stopRecovery", "Stop a recovery request with the link that the account's contacts were sent", call(d, 204, d.stopRecovery)),
		r("GET", base+"/human-tests", keyOrHolder, "readHumanTest", "A proof-of-work puzzle (ALTCHA format)", call(d, 200, d.puzzle)),
		r("POST", base+"/sessions", policies.Key, "signIn", "Sign an account holder in", call(d, 201, d.signIn)),
		r("POST", base+"/sessions/codes", policies.Key, "askSignInCode", "Have a one-time code sent to sign in with", call(d, 201, d.askCode)),
		r("POST", base+"/sessions/by-code", policies.Key, "signInByCode", "Sign an account holder in with such a code", call(d, 201, d.signInByCode)),
		r("GET", base+"/sessions/current", policies.Account, "readSession", "Whose session this is, for a marketplace that checks each request", call(d, 200, d.session)),
		r("DELETE", base+"/sessions/current", policies.Account, "signOut", "End the session", call(d, 204, d.signOut)),
		r("GET", base+"/account", policies.Account, "readAccount", "The account: tier, limits, login names, balances", call(d, 200, d.account)),
		r("GET", base+"/account/readers", policies.Account, "listAccountReaders", "Who of the staff read the documents and data, when and why", call(d, 200, d.accountReaders)),
		hidden(base+"/openapi.json", handler{serve: d.openapi}),
		{Route: policies.Route[handler]{Method: "POST", Path: "/receipts/:tenant/:messenger", Needs: policies.Public, Handle: handler{serve: d.receipt}}},
		hidden("/healthz/live", handler{serve: d.live}),
		hidden("/healthz/ready", handler{serve: d.ready}),
	}, append(d.ownerTable(), d.staffTable()...)...)
}

// StartRequest starts an application.
type StartRequest struct {
	Market string `json:"market" minLength:"1" maxLength:"40" example:"mainland"`
	Way    string `json:"way,omitempty" maxLength:"40" doc:"A way into the market; absent: its first"`
	Locale string `json:"locale,omitempty" maxLength:"35" doc:"BCP 47; a language that the tenant does not offer becomes its default"`
}

// Started is a new application and the token that lets its holder go on.
type Started struct {
	Application
	HolderToken string `json:"holder_token" doc:"Send it as bearer token; it is not shown again"`
}

func (d *Door) start(c *fiber.Ctx, who caller, in StartRequest) (Started, error) {
	market, err := kyc.ParseMarketID(in.Market)
	if err != nil {
		return Started{}, kyc.EKey(kyc.NotFound, "error.market_unknown", "not a market id")
	}
	key, err := idempotencyKey(c)
	if err != nil {
		return Started{}, err
	}
	v, token, err := d.Service.Start(c.UserContext(), pipeline.Start{Tenant: who.tenant, Market: market, Way: in.Way, Locale: kyc.Locale(in.Locale),
		TestMode: who.key.TestMode, Client: who.client, IdempotencyKey: key, Key: who.key.ID})
	if err != nil {
		return Started{}, err
	}
	c.Set(fiber.HeaderLocation, base+"/applications/"+string(v.ID))
	return Started{Application: d.render(v), HolderToken: token}, nil
}

func (d *Door) read(c *fiber.Ctx, who caller, _ none) (Application, error) {
	v, err := d.Service.Get(c.UserContext(), who.ref(c.Params("application")))
	if err != nil {
		return Application{}, err
	}
	return d.render(v), nil
}

func (d *Door) readStep(c *fiber.Ctx, who caller, _ none) (Application, error) {
	v, err := d.Service.GetStep(c.UserContext(), who.ref(c.Params("application")), kyc.StepID(c.Params("step")))
	if err != nil {
		return Application{}, err
	}
	return d.render(v), nil
}

// WayRequest takes another way.
type WayRequest struct {
	Way string `json:"way" minLength:"1" maxLength:"40"`
}

func (d *Door) choose(c *fiber.Ctx, who caller, in WayRequest) (Application, error) {
	return d.answer(d.Service.Choose(c.UserContext(), who.ref(c.Params("application")), in.Way))
}

// StepRequest answers one step.
type StepRequest struct {
	Version int64          `json:"version,omitempty" minimum:"0" doc:"Of the application as you saw it; when it has changed since, the answer is 409"`
	Values  map[string]any `json:"values" doc:"Texts by field name; true or false for checkbox and consent"`

	Consents []Agreed `json:"consents,omitempty" maxItems:"20" doc:"The legal documents as the person was shown them, from next.consents. When one is no longer in force the step falls short with consent.changed and next names the new one. Absent: what is in force in the application's language is recorded"`
}

// Agreed names a legal document as it was shown. An entry of next.consents can
// be sent back as it came.
type Agreed struct {
	Document string `json:"document" maxLength:"100"`
	Version  string `json:"version" maxLength:"100"`
	Locale   string `json:"locale" maxLength:"35"`
	Title    string `json:"title,omitempty" maxLength:"1000" doc:"Not looked at"`
	Href     string `json:"href,omitempty" maxLength:"1000" doc:"Not looked at"`
}

func (d *Door) submit(c *fiber.Ctx, who caller, in StepRequest) (Application, error) {
	values, problems := texts(in.Values)
	if len(problems) > 0 {
		return Application{}, &shortfall{problems: problems, locale: who.locale}
	}
	key, err := idempotencyKey(c)
	if err != nil {
		return Application{}, err
	}
	return d.answer(d.Service.Submit(c.UserContext(), who.ref(c.Params("application")),
		pipeline.Submission{Step: kyc.StepID(c.Params("step")), Version: in.Version, Values: values, IdempotencyKey: key, Agreed: agreed(in.Consents)}))
}

func idempotencyKey(c *fiber.Ctx) (string, error) {
	key := c.Get("Idempotency-Key")
	if len(key) > 200 {
		return "", kyc.EKey(kyc.Invalid, "error.idempotency_key", "idempotency key is longer than 200 bytes")
	}
	return key, nil
}

func agreed(list []Agreed) []pipeline.Agreed {
	var out []pipeline.Agreed
	for _, x := range list {
		out = append(out, pipeline.Agreed{Document: x.Document, Version: x.Version, Locale: kyc.Locale(x.Locale)})
	}
	return out
}

// texts turns JSON values into the pipeline's.
func texts(in map[string]any) (kyc.Values, []kyc.Problem) {
	out, problems := kyc.Values{}, []kyc.Problem(nil)
	for name, v := range in {
		switch x := v.(type) {
		case string:
			out[name] = x
		case bool:
			out[name] = map[bool]string{true: "true", false: "false"}[x]
		default:
			problems = append(problems, kyc.P(printable(name), "field.type"))
		}
	}
	return out, problems
}

func (d *Door) correct(c *fiber.Ctx, who caller, _ none) (Application, error) {
	return d.answer(d.Service.Correct(c.UserContext(), who.ref(c.Params("application")), kyc.StepID(c.Params("step"))))
}

func (d *Door) switchContact(c *fiber.Ctx, who caller, _ none) (Application, error) {
	return d.answer(d.Service.Switch(c.UserContext(), who.ref(c.Params("application")), kyc.StepID(c.Params("step"))))
}

// CodeRequest answers a challenge.
type CodeRequest struct {
	Code string `json:"code" maxLength:"64" doc:"As typed; spaces and digits of other scripts are accepted"`
}

func (d *Door) answerChallenge(c *fiber.Ctx, who caller, in CodeRequest) (Application, error) {
	return d.answer(d.Service.Answer(c.UserContext(), who.ref(c.Params("application")), kyc.ChallengeID(c.Params("challenge")), in.Code))
}

func (d *Door) resend(c *fiber.Ctx, who caller, _ none) (Application, error) {
	who.client.Human = c.Get("Human-Test")
	return d.answer(d.Service.Resend(c.UserContext(), who.ref(c.Params("application")), kyc.ChallengeID(c.Params("challenge"))))
}

func (d *Door) withdraw(c *fiber.Ctx, who caller, _ none) (Application, error) {
	return d.answer(d.Service.Withdraw(c.UserContext(), who.ref(c.Params("application"))))
}

// AvailableRequest asks whether a contact is free.
type AvailableRequest struct {
	Contact string `json:"contact" maxLength:"320"`
	Human   string `json:"human" maxLength:"4096" doc:"Solution of a human test; it is used up"`
}

// AvailableAnswer tells it.
type AvailableAnswer struct {
	Available bool `json:"available"`
}

func (d *Door) available(c *fiber.Ctx, who caller, in AvailableRequest) (AvailableAnswer, error) {
	free, problems, err := d.Service.Available(c.UserContext(), who.ref(c.Params("application")), kyc.StepID(c.Params("step")), in.Contact, in.Human)
	if err != nil {
		return AvailableAnswer{}, err
	}
	for _, p := range problems {
		if p.Code != "contact.taken" {
			return AvailableAnswer{}, &shortfall{problems: problems, locale: who.locale}
		}
	}
	return AvailableAnswer{Available: free}, nil
}
