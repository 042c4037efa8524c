package kyc

// SealedCell is one sealed value where it is stored.
type SealedCell struct {
	Place  string `db:"place"`    // "table.column"
	Row    string `db:"row_id"`   // id by which its rows are found; there may be several
	Column string `db:"bound_to"` // name of the sealed column that it is bound to; of a file's keys the file
	Sealed []byte `db:"sealed"`   //
}

// FileKeys is the place of the keys of a file's streams, which are sealed in another
// way than values are.
const FileKeys = "files.key_sealed"

// ReplaceSealed replaces a sealed value while it is still that of the cell. When it is
// not, it was written anew or erased meanwhile, and nothing is done.
type ReplaceSealed struct {
	Tenant TenantID
	Cell   SealedCell
	Sealed []byte
}

func (ReplaceSealed) write() {}
