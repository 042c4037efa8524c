// Package plugintest runs a provider over the real transport for its author's
// tests, and holds the conformance suite that every provider must pass:
//
//	func TestConformance(t *testing.T) {
//		client := plugintest.Start(t, plugintest.Build(t, "."))
//		plugintest.Conform(t, client)
//	}
//
// Build and Start use the program as it will be installed; Serve runs an
// implementation inside the test, over the same transport, for quick tests of
// rules:
//
//	finding := plugintest.Serve(t, market{}).Evaluate(t, &sdk.Question{Step: "profile", …})
package plugintest
