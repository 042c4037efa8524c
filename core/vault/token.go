package vault

import (
	"crypto/sha256"
	"encoding/base64"
	"io"
)

// TokenBytes is the entropy of a token.
const TokenBytes = 32

// Token draws a bearer token of 43 base64url characters from a random source
// and returns it with the hash to store. It panics when the source fails, as
// crypto/rand does: nothing safe can follow.
func Token(rand io.Reader) (token string, hash []byte) {
	raw := make([]byte, TokenBytes)
	if _, err := io.ReadFull(rand, raw); err != nil {
		panic("vault: random source: " + err.Error())
	}
	token = base64.RawURLEncoding.EncodeToString(raw)
	return token, HashToken(token)
}

// HashToken is the SHA-256 of a token as it was given out. Tokens have 256 bits
// of entropy, so that a plain hash cannot be searched.
func HashToken(token string) []byte {
	sum := sha256.Sum256([]byte(token))
	return sum[:]
}
