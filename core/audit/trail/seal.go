package trail

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/paifang/paifang/core/audit"
	"github.com/paifang/paifang/core/kyc"
)

// Batch is how many lines are sealed in one transaction at most: as others wait
// for it on SQLite, it takes a few milliseconds.
const Batch = 256

// KeepEvery is how long after a checkpoint that is kept for good the next one is.
const KeepEvery = 10 * time.Minute

// Store is what a Sealer reads and where its changes go.
type Store interface {
	// AuditLog reads the head of a tenant's log; NotFound when it has none yet.
	AuditLog(ctx context.Context, tenant kyc.TenantID) (kyc.AuditLog, error)
	AuditKeys(ctx context.Context, tenant kyc.TenantID) ([]kyc.AuditKey, error)
	// AuditTiles reads the tiles of these levels and places.
	AuditTiles(ctx context.Context, tenant kyc.TenantID, at []kyc.AuditTile) ([]kyc.AuditTile, error)
	// UnsealedLines lists lines without a number, by id.
	UnsealedLines(ctx context.Context, tenant kyc.TenantID, limit int) ([]kyc.AuditLine, error)
	// UnsealedTenants lists the tenants that have such lines.
	UnsealedTenants(ctx context.Context) ([]kyc.TenantID, error)
	Commit(ctx context.Context, tenant kyc.TenantID, change kyc.Change) error
}

// Vault seals the private keys.
type Vault interface {
	SealTenant(ctx context.Context, tenant kyc.TenantID, column string, plain []byte) ([]byte, error)
	UnsealTenant(ctx context.Context, tenant kyc.TenantID, column string, sealed []byte) ([]byte, error)
}

// Config makes a Sealer. All fields but Log are required.
type Config struct {
	Store  Store
	Vault  Vault
	Clock  kyc.Clock
	IDs    kyc.IDs
	Random io.Reader
	Log    *slog.Logger
}

// Sealer gives lines their places in the log of their tenant and signs how it
// stands. It keeps nothing in memory: any number of them, on any number of nodes,
// can work on one database, because the head of a log is replaced only by whoever
// saw the last one.
type Sealer struct {
	Config
	wake chan struct{}
}

// NewSealer makes a Sealer.
func NewSealer(c Config) *Sealer {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return &Sealer{Config: c, wake: make(chan struct{}, 1)}
}

// Begin makes the log of a tenant that is founded, with its first key, to be
// written with it.
func (s *Sealer) Begin(ctx context.Context, tenant kyc.TenantID) (kyc.Change, error) {
	origin, err := newOrigin(s.Random, tenant)
	if err != nil {
		return nil, kyc.Wrap(kyc.Internal, err, "name a log")
	}
	key, _, err := s.newKey(ctx, tenant, origin)
	if err != nil {
		return nil, err
	}
	return kyc.Change{kyc.BeginLog{AuditLog: kyc.AuditLog{Tenant: tenant, Origin: origin, Key: key.ID}, First: key}}, nil
}

func (s *Sealer) newKey(ctx context.Context, tenant kyc.TenantID, origin string) (kyc.AuditKey, note.Signer, error) {
	private, verifier, err := makeKey(s.Random, origin)
	if err != nil {
		return kyc.AuditKey{}, nil, kyc.Wrap(kyc.Internal, err, "make a key for checkpoints")
	}
	public, err := ParseKey(verifier)
	if err != nil {
		return kyc.AuditKey{}, nil, kyc.Wrap(kyc.Internal, err, "use a new key for checkpoints")
	}
	signer, err := note.NewSigner(private)
	if err != nil {
		return kyc.AuditKey{}, nil, kyc.E(kyc.Internal, "use a new key for checkpoints") // the cause could quote the key
	}
	k := kyc.AuditKey{Tenant: tenant, ID: public.ID(), Verifier: verifier, Created: kyc.At(s.Clock())}
	k.Sealed, err = s.Vault.SealTenant(ctx, tenant, column(k.ID), []byte(private))
	return k, signer, err
}

// column names where a private key is sealed.
func column(key string) string { return kyc.SealedAuditKey + "/" + key }

// Seal seals all lines of a tenant that are there. Lines that come meanwhile may
// be left to the next time.
func (s *Sealer) Seal(ctx context.Context, tenant kyc.TenantID) error {
	for {
		n, err := s.batch(ctx, tenant)
		if err != nil || n < Batch {
			return err
		}
	}
}

// batch seals up to Batch lines and tells how many. None when another node was
// quicker.
func (s *Sealer) batch(ctx context.Context, tenant kyc.TenantID) (int, error) {
	lines, err := s.Store.UnsealedLines(ctx, tenant, Batch)
	if err != nil || len(lines) == 0 {
		return 0, err
	}
	err = s.append(ctx, tenant, func(*head) ([]kyc.AuditLine, error) { return lines, nil })
	if beaten(err) {
		return 0, nil
	}
	return len(lines), err
}

// beaten tells whether another node changed the log in the meantime.
func beaten(err error) bool {
	var e *kyc.Error
	return errors.As(err, &e) && e.Code == kyc.Conflict && e.Key == "error.sealed"
}

// head is a log about to grow.
type head struct {
	kyc.AuditLog
	tree   *builder
	signer note.Signer
	next   kyc.AuditKey // that signs after this time; its ID is "" as a rule
	heir   note.Signer  // of next
	change kyc.Change   // goes with it
}

// append seals the lines that plan gives, with what else plan asks for.
func (s *Sealer) append(ctx context.Context, tenant kyc.TenantID, plan func(*head) ([]kyc.AuditLine, error)) error {
	h, err := s.open(ctx, tenant)
	if err != nil {
		return err
	}
	lines, err := plan(h)
	if err != nil {
		return err
	}
	write := kyc.SealLines{Tenant: tenant, From: h.Size, Head: h.AuditLog, Next: h.next}
	for _, l := range lines {
		l.Seq = h.tree.Size() + 1
		raw, err := Encode(l)
		if err != nil {
			return kyc.Wrap(kyc.Internal, err, "seal audit line "+string(l.ID))
		}
		h.tree.Add(tlog.RecordHash(raw))
		write.Lines = append(write.Lines, l.ID)
	}
	write.Tiles = h.tree.grownTiles()
	now := kyc.At(s.Clock())
	c := Checkpoint{Origin: h.Origin, Size: h.tree.Size(), Root: h.tree.Root(), At: now, Next: h.next.Verifier}
	signers := []note.Signer{h.signer}
	if h.heir != nil {
		signers = append(signers, h.heir)
		write.Head.Key = h.next.ID
	}
	if write.Head.Checkpoint, err = c.sign(signers...); err != nil {
		return kyc.Wrap(kyc.Internal, err, "sign a checkpoint")
	}
	write.Head.Size = c.Size
	write.Keep = h.heir != nil || now-h.Kept >= kyc.Millis(KeepEvery/time.Millisecond)
	if write.Keep {
		write.Head.Kept = now
	}
	return s.Store.Commit(ctx, tenant, append(h.change, write))
}

// open reads where a log stands and checks that it is what was signed: a log that
// somebody meddled with does not grow.
func (s *Sealer) open(ctx context.Context, tenant kyc.TenantID) (*head, error) {
	log, err := s.log(ctx, tenant)
	if err != nil {
		return nil, err
	}
	key, err := s.key(ctx, log)
	if err != nil {
		return nil, err
	}
	private, err := s.Vault.UnsealTenant(ctx, tenant, column(key.ID), key.Sealed)
	if err != nil {
		return nil, err
	}
	h := &head{AuditLog: log}
	if h.signer, err = note.NewSigner(string(private)); err != nil {
		return nil, kyc.E(kyc.Internal, "the key %s of the log of tenant %s cannot sign", key.ID, tenant)
	}
	var root tlog.Hash
	if log.Checkpoint != "" {
		c, err := signedBy(log.Checkpoint, key.Verifier)
		if err != nil || c.Size != log.Size || c.Origin != log.Origin {
			return nil, kyc.E(kyc.Internal, "the newest checkpoint of tenant %s is not what its key signed: nothing is sealed until somebody has looked, see docs/audit.md", tenant)
		}
		root = c.Root
	} else if log.Size == 0 {
		root = (&Tree{}).Root()
	}
	tiles, err := s.Store.AuditTiles(ctx, tenant, EdgeTiles(log.Size))
	if err != nil {
		return nil, err
	}
	h.tree, err = openBuilder(log.Size, root, tiles)
	if err == nil {
		return h, nil
	}
	// The tiles may be newer than the head that was read before them.
	if now, failed := s.Store.AuditLog(ctx, tenant); failed == nil && now.Size != log.Size {
		return nil, kyc.EKey(kyc.Conflict, "error.sealed", "another node has sealed meanwhile")
	}
	return nil, kyc.Wrap(kyc.Internal, err, "the log of tenant "+string(tenant)+" is not what was signed: nothing is sealed until somebody has looked, see docs/audit.md")
}

// log reads the head, and begins the log of a tenant that is older than logs are.
func (s *Sealer) log(ctx context.Context, tenant kyc.TenantID) (kyc.AuditLog, error) {
	log, err := s.Store.AuditLog(ctx, tenant)
	if kyc.CodeOf(err) != kyc.NotFound {
		return log, err
	}
	begin, err := s.Begin(ctx, tenant)
	if err != nil {
		return kyc.AuditLog{}, err
	}
	if err := s.Store.Commit(ctx, tenant, begin); err != nil && !beaten(err) {
		return kyc.AuditLog{}, err
	}
	return s.Store.AuditLog(ctx, tenant)
}

func (s *Sealer) key(ctx context.Context, log kyc.AuditLog) (kyc.AuditKey, error) {
	keys, err := s.Store.AuditKeys(ctx, log.Tenant)
	if err != nil {
		return kyc.AuditKey{}, err
	}
	for _, k := range keys {
		if k.ID == log.Key && len(k.Sealed) > 0 {
			return k, nil
		}
	}
	return kyc.AuditKey{}, kyc.E(kyc.Internal, "the key %s that signs the log of tenant %s is gone", log.Key, log.Tenant)
}

// signedBy opens a checkpoint that this key has signed, whoever else has.
func signedBy(signed, verifier string) (Checkpoint, error) {
	key, err := ParseKey(verifier)
	if err != nil {
		return Checkpoint{}, err
	}
	opened, err := note.Open([]byte(signed), verifiers([]Key{key}))
	if err != nil {
		return Checkpoint{}, err
	}
	return parseCheckpoint(opened.Text)
}

// Rotate lets a new key sign the tenant's checkpoints. The last checkpoint of the
// old key names the new one and is signed by both, so that whoever trusts the
// old one can go on with the new; then the old private key is destroyed. That it
// happened is a line of the record.
func (s *Sealer) Rotate(ctx context.Context, tenant kyc.TenantID, by kyc.Actor) (kyc.AuditKey, error) {
	var made kyc.AuditKey
	if err := s.Seal(ctx, tenant); err != nil {
		return made, err
	}
	again := 20
	for {
		err := s.append(ctx, tenant, func(h *head) (lines []kyc.AuditLine, err error) {
			if h.next, h.heir, err = s.newKey(ctx, tenant, h.Origin); err != nil {
				return nil, err
			}
			made = h.next
			line := audit.Line(s.Clock, s.IDs, tenant, by, audit.RecordKeyChanged, "tenant", string(tenant), "key", made.ID)
			h.change = kyc.Change{line}
			return []kyc.AuditLine{line.AuditLine}, nil
		})
		if again--; !beaten(err) || again == 0 {
			return made, err
		}
	}
}
