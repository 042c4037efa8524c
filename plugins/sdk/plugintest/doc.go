// Package plugintest runs a provider over the real transport for its author's
// tests:
//
//	func TestConformance(t *testing.T) {
//		plugintest.Conform(t, conformance.Options{Program: plugintest.Build(t, "."), Vectors: "vectors"})
//	}
//
// Build and Start use the program as it will be installed; Serve runs an
// implementation inside the test, over the same transport, for quick tests of
// rules:
//
//	finding := plugintest.Serve(t, market{}).Evaluate(t, &sdk.Question{Step: "profile", …})
//
// The suite itself is package conformance.
package plugintest
