// Package person is what people can ask of those who hold their data: to have it
// erased, to be given all of it, and not to be kept for longer than is said.
//
// Erasing goes in two steps. The first is one transaction: the person's key is
// destroyed and every sealed column and blind index emptied; from then on nothing
// of this database opens. The second is a job, which is tried until it is done:
// the blobs are deleted, and the person's leaf of the key store is destroyed, so
// that a back-up of the database does not open either. The record of what was
// done, which holds ids and codes only, stays whole and verifiable.
package person
