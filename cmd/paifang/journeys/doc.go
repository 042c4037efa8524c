// Package journeys walks the product as its users do: the built programs, a
// real database, a real browser, and a client of the JSON API that knows no
// market. It has tests only.
package journeys
