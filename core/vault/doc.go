// Package vault keeps people's data unreadable at rest. Keys form an envelope:
//
//	master key   a file with mode 0600, or any tink.AEAD (a KMS)
//	  tenant     keysets wrapped by the master key: one seals applicants' keys,
//	             one (a PRF) makes keyed hashes, one or while it changes two
//	             (PRFs, too) the blind indexes that people are found by
//	    applicant  one keyset, wrapped by the tenant's and by the person's leaf
//	               of the tenant's tree: seals the person's columns and the keys
//	               of the person's files
//	      file       one streaming keyset for each stored stream
//
// Everything sealed is bound to where it belongs: the associated data is the
// purpose and then tenant, applicant and column (or file), each with its
// length in front. A sealed value moved to another column, person or tenant
// does not open.
//
// Destroying the wrapped key of an applicant erases the person: from then on
// Unseal answers kyc.Gone. Destroy does the same in back-ups of the database: it
// takes the person's leaf out of the tree, which lives apart, on a Shelf. Opened keys are kept in a bounded
// memory cache for at most Config.Fresh, so another node may read for that
// long; Forget empties the own node's cache at once.
//
// All encryption is Tink's: AES-256-GCM for values, AES-256-GCM-HKDF in 4 KiB
// segments for files, HMAC-SHA-256 as PRF.
package vault
