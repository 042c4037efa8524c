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

// lastTaker is who took a job last, in the dialect's words.
func (s *Store) lastTaker() string {
	if s.dialect == postgresDialect {
		return "attempted_by[array_length(attempted_by, 1)]"
	}
	return "json_extract(attempted_by, '$[#-1]')"
}

// TakenJobs lists the rows of the jobs that a node works, for all that the
// database knows.
func (s *Store) TakenJobs(ctx context.Context, node string) ([]int64, error) {
	return many[int64](ctx, s.of(""), "taken jobs", "SELECT id FROM river_job WHERE state = 'running' AND "+s.lastTaker()+" = ?", node)
}

// ReviveJobs makes jobs available again that a node had taken, and tells how many:
// all when it died, or those of the rows named. A job of a node that is alive
// after all is worked twice.
func (s *Store) ReviveJobs(ctx context.Context, node string, rows ...int64) (int64, error) {
	query, args := "UPDATE river_job SET state = 'available' WHERE state = 'running' AND "+s.lastTaker()+" = ?", []any{node}
	if len(rows) > 0 {
		query, args = query+s.listed(), append(args, s.rows(rows))
	}
	done, err := s.writer.ExecContext(ctx, s.writer.Rebind(query), args...)
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
