// Command bench measures what the gateway costs: it starts the built programs
// with all providers and a messenger, registers people by journey M1 through the
// JSON API from a bounded number of clients, and prints a table; with --json it
// writes the figures. It ends by itself and leaves nothing behind.
//
// CPU is that of the gateway, its providers and the database together, from
// /proc; the clients' is not in it, though it is of the same machine. People
// solve their human tests before the clock starts (that is the clients' work),
// what it costs to make the tests is in the sum. Two runs are made of each: with
// the password hash of production, and with one that costs next to nothing
// (paifang demo --no-hash, which serve does not have).
//
// The people are made up: born more than 113 years ago, numbers in sequence.
package main
