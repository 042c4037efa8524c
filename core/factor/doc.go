// Package factor is what people show who they are with beside a password:
// one-time codes of an authenticator app (TOTP, RFC 6238), passkeys (WebAuthn
// Level 3) and recovery codes, of staff and of account holders. Secrets are sealed in the vault for the one
// they belong to, recovery codes are kept as keyed hashes, and no code counts
// twice: the writes that a check answers carry the condition.
package factor
