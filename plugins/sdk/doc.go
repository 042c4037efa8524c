// Package sdk is what the author of a provider imports: a market (the rules of
// a region), a messenger (sends SMS or e-mail) or a verifier (asks the outside
// about a person). A provider is a small program:
//
//	//go:embed messages/*.toml
//	var messages embed.FS
//
//	type market struct{}
//
//	func (market) Describe() sdk.Description {
//		return sdk.Description{
//			ID: "atlantis", Version: "1.0.0",
//			Messages: sdk.MustCatalogue(messages, "messages"),
//			Flows: []sdk.Flow{{
//				Market: "atlantis",
//				Review: sdk.ReviewOnReferral,
//				Steps: []sdk.Step{{
//					ID: "profile", Kind: sdk.ProfileStep,
//					Fields: []sdk.Field{{Name: "number", Type: sdk.NumberField, Required: true, PII: sdk.PIIIdentity}},
//				}},
//				Tiers: []sdk.Tier{{ID: "basic"}},
//			}},
//		}
//	}
//
//	func (market) Evaluate(ctx context.Context, q *sdk.Question) (*sdk.Finding, error) {
//		f := &sdk.Finding{}
//		if !strings.HasPrefix(q.Value("number"), "AT") {
//			f.Problem("number", "data.number_mismatch")
//		}
//		f.Tier = "basic"
//		return f, nil
//	}
//
//	func main() { sdk.Serve(market{}) }
//
// Message keys begin with the provider's id. Keys that are left empty are
// filled in: a flow's Title is "<id>.title" and its Summary "<id>.summary"; a
// step's Title is "<id>.<step>.title"; a field's Label is
// "<id>.<step>.<field>.label"; an option's "<id>.<step>.<field>.options.<value>";
// a member of a list is below its list, "<id>.<step>.<list>.<member>.label";
// a document's "<id>.<step>.<document>.label" and its side's
// "<id>.<step>.<document>.sides.<side>"; a tier's "<id>.tiers.<tier>.label".
// Summary, Intro (".intro"), Help (".help"), Why (".why") and a tier's Next
// (".next") are filled in only when the catalogue has them.
//
// Codes of problems are those of the common vocabulary of reasons
// ("data.number_mismatch"), validation codes ("field.required"), or own codes
// "x.<id>.<code>". Own codes are declared in Description.OwnCodes with the
// common code each is a case of; their sentence is "<id>.problem.<code>".
//
// A market is pure: no clock, no network, no state between calls; what it
// needs is in the Question. A Problem says that the applicant fell short, an
// error that the provider could not tell. Nothing personal may be written to
// the standard streams: the host keeps none of it.
//
// The package imports nothing of the core. Package plugintest runs a provider
// over the real transport for its tests.
package sdk
