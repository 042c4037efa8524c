package apply

import (
	"github.com/gofiber/fiber/v2"

	"github.com/paifang/paifang/policies"
)

const (
	home        = "/t/:tenant"
	application = home + "/applications/:application"
)

// Routes is the whole door. Holder routes are checked by the pipeline, which is
// given the token of the application's cookie; Account routes by account.
func (d *Door) Routes() []policies.Route[fiber.Handler] {
	safe := d.Pages.Safe
	return append([]policies.Route[fiber.Handler]{
		{Method: "GET", Path: home, Needs: policies.Public, Handle: d.home},
		{Method: "GET", Path: home + "/start/:market", Needs: policies.Public, Handle: d.startPage},
		{Method: "POST", Path: home + "/start/:market", Needs: policies.Public, Handle: safe(d.start)},
		{Method: "GET", Path: home + "/enter/:market", Needs: policies.Public, Handle: d.enterPage},
		// Comes from the marketplace's site, and changes nothing.
		{Method: "POST", Path: home + "/enter/:market", Needs: policies.Public, Handle: d.enter},
		{Method: "POST", Path: home + "/enter/:market/continue", Needs: policies.Public, Handle: safe(d.enterOn)},
		{Method: "GET", Path: home + "/legal/:document", Needs: policies.Public, Handle: d.legal},
		{Method: "GET", Path: home + "/human", Needs: policies.Public, Handle: d.puzzle},
		{Method: "GET", Path: home + "/human/:file", Needs: policies.Public, Handle: d.humanFile},
		{Method: "GET", Path: home + "/l/:token", Needs: policies.Public, Handle: d.linkPage},
		{Method: "POST", Path: home + "/l/:token", Needs: policies.Public, Handle: safe(d.followLink)},
		{Method: "POST", Path: home + "/l/:token/renew", Needs: policies.Public, Handle: safe(d.renewLink)},
		{Method: "GET", Path: home + "/r/:token", Needs: policies.Public, Handle: d.takeOverPage},
		{Method: "POST", Path: home + "/r/:token", Needs: policies.Public, Handle: safe(d.takeOver)},

		{Method: "GET", Path: application, Needs: policies.Holder, Handle: d.application},
		{Method: "GET", Path: application + "/state", Needs: policies.Holder, Handle: d.state},
		{Method: "GET", Path: application + "/steps/:step", Needs: policies.Holder, Handle: d.stepPage},
		{Method: "POST", Path: application + "/steps/:step", Needs: policies.Holder, Handle: safe(d.submit)},
		{Method: "POST", Path: application + "/way", Needs: policies.Holder, Handle: safe(d.choose)},
		{Method: "POST", Path: application + "/challenges/:challenge", Needs: policies.Holder, Handle: safe(d.answer)},
		{Method: "POST", Path: application + "/challenges/:challenge/resend", Needs: policies.Holder, Handle: safe(d.resend)},
		{Method: "POST", Path: application + "/correct/:step", Needs: policies.Holder, Handle: safe(d.correct)},
		{Method: "POST", Path: application + "/switch/:step", Needs: policies.Holder, Handle: safe(d.switchContact)},
		{Method: "POST", Path: application + "/available", Needs: policies.Holder, Handle: safe(d.available)},
		// Streams its body: checks the token itself, in the form's first part.
		{Method: "POST", Path: application + "/documents/:requirement/:side", Needs: policies.Holder, Handle: d.upload},
		{Method: "GET", Path: application + "/documents/:requirement/:side", Needs: policies.Holder, Handle: d.file},
		{Method: "GET", Path: application + "/withdraw", Needs: policies.Holder, Handle: d.withdrawPage},
		{Method: "POST", Path: application + "/withdraw", Needs: policies.Holder, Handle: safe(d.withdraw)},
		{Method: "GET", Path: application + "/readers", Needs: policies.Holder, Handle: d.readers},
		{Method: "GET", Path: application + "/handover", Needs: policies.Holder, Handle: d.handOverPage},
		{Method: "POST", Path: application + "/handover", Needs: policies.Holder, Handle: safe(d.handOver)},

		{Method: "GET", Path: home + "/sign-in", Needs: policies.Public, Handle: d.signInPage},
		{Method: "POST", Path: home + "/sign-in", Needs: policies.Public, Handle: safe(d.signIn)},
		{Method: "GET", Path: home + "/sign-in/code", Needs: policies.Public, Handle: d.wantCodePage},
		{Method: "POST", Path: home + "/sign-in/code", Needs: policies.Public, Handle: safe(d.wantCode)},
		{Method: "GET", Path: home + "/sign-in/code/enter", Needs: policies.Public, Handle: d.enterCodePage},
		{Method: "POST", Path: home + "/sign-in/code/enter", Needs: policies.Public, Handle: safe(d.enterCode)},
		{Method: "GET", Path: home + "/not-me", Needs: policies.Public, Handle: d.notMe},
		{Method: "GET", Path: home + "/not-me/:token", Needs: policies.Public, Handle: d.notMe},
		{Method: "POST", Path: home + "/not-me/:token", Needs: policies.Public, Handle: safe(d.freezeByLink)},
		{Method: "GET", Path: home + "/frozen", Needs: policies.Public, Handle: d.frozen},
		{Method: "GET", Path: home + "/recover/:token", Needs: policies.Public, Handle: d.recoverPage},
		{Method: "POST", Path: home + "/recover/:token", Needs: policies.Public, Handle: safe(d.recover)},
		{Method: "GET", Path: home + "/stop/:token", Needs: policies.Public, Handle: d.stopPage},
		{Method: "POST", Path: home + "/stop/:token", Needs: policies.Public, Handle: safe(d.stop)},
		{Method: "GET", Path: home + "/account", Needs: policies.Account, Handle: d.account},
		{Method: "GET", Path: home + "/account/readers", Needs: policies.Account, Handle: d.accountReaders},
		{Method: "POST", Path: home + "/sign-out", Needs: policies.Account, Handle: safe(d.signOut)},
	}, d.ownerRoutes()...)
}

// Mount adds the door to the app.
func (d *Door) Mount(app fiber.Router) { d.Pages.Mount(app, d.Routes(), nil) }
