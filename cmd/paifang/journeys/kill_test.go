package journeys

import (
	"context"
	"database/sql"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/stdlib"

	"github.com/paifang/paifang/core/store/storetest"
)

// TestSuddenDeath kills the core and its providers at random moments while
// people register: all of them arrive, and nothing is lost or done twice. The
// numbers of the dice are logged, but what they meet is the machine's own.
func TestSuddenDeath(t *testing.T) {
	kills, clients := 3, 6
	if full() {
		kills = 100 // on each database: 200
	}
	folder := filepath.Join(t.TempDir(), "providers")
	installProviders(t, folder, []string{"sandboxmailbox"}, shippedBut(t, "sandboxmailbox")) // it keeps the second call for a message, too
	for name, database := range map[string]func(*testing.T) string{"sqlite": func(*testing.T) string { return "" }, "postgres": func(t *testing.T) string { return storetest.PostgresURL(t) }} {
		t.Run(name, func(t *testing.T) {
			s := newServerIn(t, database(t), t.TempDir(), "PAIFANG_PROVIDERS="+folder)
			seed := uint64(time.Now().UnixNano())
			t.Logf("seed %d", seed)
			s.suddenDeath(rand.New(rand.NewPCG(seed, 1)), kills, clients)
		})
	}
}

func (s *server) suddenDeath(dice *rand.Rand, kills, clients int) {
	post := watchMail(s.data)
	defer post.close()
	ending := make(chan struct{})
	crowd := newCrowd(s, post, clients, ending)
	slowest, shot, deaths := time.Duration(0), 0, []death{}
	for range kills {
		time.Sleep(time.Duration(dice.IntN(1500)) * time.Millisecond)
		before := time.Now()
		if list := s.children(); dice.IntN(2) == 0 && len(list) > 0 {
			_ = syscall.Kill(list[dice.IntN(len(list))], syscall.SIGKILL)
			shot++
			time.Sleep(time.Duration(dice.IntN(700)) * time.Millisecond)
		}
		s.stop(syscall.SIGKILL)
		begin := time.Now()
		s.start()
		slowest, deaths = max(slowest, time.Since(begin)), append(deaths, death{before, time.Now()})
	}
	close(ending)
	walked := crowd.wait()
	lost, refused := 0, 0
	for _, w := range walked {
		lost, refused = lost+w.lost, refused+len(w.refused)
	}
	s.t.Logf("core killed %d times, providers %d times; %d people arrived, %d requests were never answered, %d were answered with 5xx; the slowest start took %v",
		kills, shot, len(walked), lost, refused, slowest.Round(time.Millisecond))
	if lost == 0 {
		s.t.Error("no request met a kill: nothing was tested")
	}
	s.stop(syscall.SIGTERM)
	s.agree(walked)
	s.handedOnce(walked, deaths)
	s.nothingIsStuck()
}

// crowd are people who register, one after another at each client.
type crowd struct {
	mu     sync.Mutex
	walked []*walker
	all    sync.WaitGroup
}

// newCrowd lets them begin until ending is closed; who has begun goes on.
func newCrowd(s *server, post *postbox, clients int, ending <-chan struct{}) *crowd {
	c := &crowd{}
	for n := range clients {
		c.all.Go(func() {
			for j := 0; ; j++ {
				select {
				case <-ending:
					return
				default:
				}
				w := newWalker(func() string { return s.base }, post, n*10_000+j)
				ctx, cancel := context.WithTimeout(context.Background(), 10*time.Minute) // on a busy machine the server is dead most of the time
				err := w.walk(ctx)
				cancel()
				if err != nil {
					s.t.Errorf("%s: %v (%d requests not answered, 5xx %v)", w.view.ID, err, w.lost, w.refused)
					return
				}
				c.mu.Lock()
				c.walked = append(c.walked, w)
				c.mu.Unlock()
			}
		})
	}
	return c
}

func (c *crowd) wait() []*walker {
	c.all.Wait()
	return c.walked
}

// nothingIsStuck wants no job to be left that should have been worked, and says
// of those that are how they came to it. What the clock orders is tried once and comes round.
func (s *server) nothingIsStuck() {
	s.t.Helper()
	const some = " FROM river_job WHERE (state IN ('running', 'discarded') OR state = 'cancelled' AND kind NOT IN ('application.due', 'retain')) LIMIT 20"
	d := s.store().Databases()
	db := d.SQLite
	if d.Postgres != nil {
		db = stdlib.OpenDBFromPool(d.Postgres)
		defer db.Close()
	}
	rows, err := db.Query("SELECT kind, state, attempt, CAST(attempted_by AS TEXT), CAST(errors AS TEXT)" + some)
	if err != nil {
		s.t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var kind, state string
		var attempt int
		var by, errs sql.NullString
		if err := rows.Scan(&kind, &state, &attempt, &by, &errs); err != nil {
			s.t.Fatal(err)
		}
		s.t.Errorf("a job is stuck or was given up: %s %s at attempt %d by %s: %s", kind, state, attempt, by.String, errs.String)
	}
	if err := rows.Err(); err != nil {
		s.t.Error(err)
	}
}

// TestPostgresDies kills PostgreSQL under the gateway and starts it again.
func TestPostgresDies(t *testing.T) {
	deaths := 1
	if full() {
		deaths = 20
	}
	cluster := storetest.OwnServer(t)
	s := newServer(t, cluster.URL)
	post := watchMail(s.data)
	defer post.close()
	ending := make(chan struct{})
	crowd := newCrowd(s, post, 6, ending)
	longest := time.Duration(0)
	for range deaths {
		time.Sleep(500*time.Millisecond + rand.N(1500*time.Millisecond))
		cluster.Kill()
		time.Sleep(rand.N(time.Second))
		s.honestWithoutDatabase()
		cluster.Start()
		begin := time.Now()
		s.await("/healthz/ready")
		longest = max(longest, time.Since(begin))
	}
	close(ending)
	walked := crowd.wait()
	lost, refused := 0, 0
	for _, w := range walked {
		lost += w.lost
		for _, status := range w.refused {
			if refused++; status != 503 {
				t.Errorf("without a database the answer is %d", status)
			}
		}
	}
	t.Logf("PostgreSQL killed %d times; %d people arrived, %d requests were answered with 503, %d not at all; ready again after %v at most", deaths, len(walked), refused, lost, longest)
	if refused == 0 {
		t.Error("no request met a death: nothing was tested")
	}
	s.stop(syscall.SIGTERM)
	s.agree(walked)
	s.nothingIsStuck()
}

// honestWithoutDatabase wants the answers of API and pages to say that it cannot
// be done now, in words.
func (s *server) honestWithoutDatabase() {
	s.t.Helper()
	r := s.send("POST", "/api/v1/applications", asJSON("pk_test_demo"), strings.NewReader(`{"market":"mainland"}`))
	if r.status != 503 || r.header.Get("Retry-After") == "" || r.header.Get("Content-Type") != "application/problem+json" {
		s.t.Errorf("without a database the API answers %d %.300s", r.status, r.body)
	}
	page := s.send("GET", "/t/demo", map[string]string{"Accept": "text/html"}, strings.NewReader(""))
	if page.status != 503 {
		s.t.Errorf("without a database the page answers %d", page.status)
	}
	if r := s.send("GET", "/healthz/ready", nil, strings.NewReader("")); r.status != 503 {
		s.t.Errorf("without a database it is ready: %d", r.status)
	}
	if r := s.send("GET", "/healthz/live", nil, strings.NewReader("")); r.status != 200 {
		s.t.Errorf("without a database it does not live: %d", r.status)
	}
}
