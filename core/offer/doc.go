// Package offer is how a tenant offers a market: on or off, by the version of the
// rules that is in force, a channel or one version, and with which settings.
//
// Settings are JSON by the schema of the market's provider (tenant_schema), which
// judges them before they hold. What the schema marks as secret ("writeOnly" or
// "x-secret") is kept apart, sealed for the tenant, opened for the provider alone
// and never shown again. Every change is a version that stays; to go back is to make
// another one.
package offer
