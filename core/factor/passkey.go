package factor

// Relying is what passkeys are bound to.
type Relying struct{}
