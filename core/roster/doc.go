// Package roster is who works for a tenant and what they may do: the tenant's own
// roles with all their versions, who has which role, who is shut out. Whatever it
// changes leaves an audit line in the transaction that changes it.
//
// Nobody gives more than they have, except who holds role.grant, and nobody
// gives or takes anything of their own; one administrator always stays.
package roster
