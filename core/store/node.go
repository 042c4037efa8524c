package store

import "context"

// Node is a process that works on this database. Its beats grow as long as it
// lives; only whether they grow means something, so that clocks may differ.
type Node struct {
	ID    string `db:"node_id"`
	Beats int64  `db:"beats"`
}

// Beat says that a node lives, and lists all nodes that have said so, itself
// among them, until somebody forgets them. It is the operator's and knows no
// tenant.
func (s *Store) Beat(ctx context.Context, node string) ([]Node, error) {
	_, err := s.writer.ExecContext(ctx, s.writer.Rebind(`INSERT INTO nodes (node_id, beats) VALUES (?, 1)
		ON CONFLICT (node_id) DO UPDATE SET beats = nodes.beats + 1`), node)
	if err != nil {
		return nil, coded(err, "beat")
	}
	return many[Node](ctx, s.of(""), "nodes", "SELECT node_id, beats FROM nodes ORDER BY node_id")
}

// ForgetNode takes a node off the list.
func (s *Store) ForgetNode(ctx context.Context, node string) error {
	if _, err := s.writer.ExecContext(ctx, s.writer.Rebind("DELETE FROM nodes WHERE node_id = ?"), node); err != nil {
		return coded(err, "forget a node")
	}
	return s.ForgetReports(ctx, node)
}

// ReviveJobs makes the jobs available again that a node had taken when it died,
// and tells how many. A job of a node that is alive after all is worked twice.
func (s *Store) ReviveJobs(ctx context.Context, node string) (int64, error) {
	last := "json_extract(attempted_by, '$[#-1]')"
	if s.dialect == postgresDialect {
		last = "attempted_by[array_length(attempted_by, 1)]"
	}
	done, err := s.writer.ExecContext(ctx, s.writer.Rebind("UPDATE river_job SET state = 'available' WHERE state = 'running' AND "+last+" = ?"), node)
	if err != nil {
		return 0, coded(err, "revive jobs")
	}
	n, err := done.RowsAffected()
	if err != nil || n == 0 || s.dialect != postgresDialect {
		return n, coded(err, "revive jobs")
	}
	_, err = s.writer.ExecContext(ctx, notifyQueue)
	return n, coded(err, "revive jobs")
}

// InstallationKey is the key of that name, wrapped by the master key, which all
// nodes share. The first that asks decides: its proposal is kept, and everybody
// gets what is kept. It belongs to no tenant.
func (s *Store) InstallationKey(ctx context.Context, name string, proposal []byte) ([]byte, error) {
	_, err := s.writer.ExecContext(ctx, s.writer.Rebind(`INSERT INTO installation_keys (name, wrapped) VALUES (?, ?)
		ON CONFLICT DO NOTHING`), name, proposal)
	if err != nil {
		return nil, coded(err, "installation key")
	}
	return one[[]byte](ctx, s.of(""), "installation key", "SELECT wrapped FROM installation_keys WHERE name = ?", name)
}
