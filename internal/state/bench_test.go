package state_test

import (
	"context"
	"encoding/binary"
	"fmt"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"github.com/writ-iam/writ/engine"
	"github.com/writ-iam/writ/internal/authz"
	"github.com/writ-iam/writ/internal/state"
	"github.com/writ-iam/writ/internal/state/statetest"
	"github.com/writ-iam/writ/internal/store/bolt"
	"github.com/writ-iam/writ/policy"
)

// BenchmarkCreateUser makes users durable on bolt.
func BenchmarkCreateUser(b *testing.B) {
	for _, writers := range []int{1, 64} {
		b.Run(fmt.Sprint("writers=", writers), func(b *testing.B) {
			db := onBolt(b)
			times := make([][]time.Duration, writers)
			var wg sync.WaitGroup
			b.ResetTimer()
			for w := range writers {
				wg.Go(func() {
					for i := w; i < b.N; i += writers {
						times[w] = append(times[w], createUser(b, db, i))
					}
				})
			}
			wg.Wait()
			b.StopTimer()
			b.ReportMetric(float64(b.N)/float64(db.Snapshot().Rev), "updates/commit")
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "updates/s")
			b.ReportMetric(float64(median(slices.Concat(times...))), "ns/p50")
		})
	}
}

// BenchmarkCreateUserAgainstBolt takes turns with bbolt's own Update on the
// same disk: what else the machine does slows both.
func BenchmarkCreateUserAgainstBolt(b *testing.B) {
	db := onBolt(b)
	bare, err := bbolt.Open(filepath.Join(b.TempDir(), "bare.db"), 0o600, nil)
	if err != nil {
		b.Fatal(err)
	}
	defer bare.Close()
	var ours, theirs []time.Duration
	for i := 0; b.Loop(); i++ {
		ours = append(ours, createUser(b, db, i))
		theirs = append(theirs, putBare(b, bare, i))
	}
	b.ReportMetric(float64(median(ours)), "ns/p50")
	b.ReportMetric(float64(median(theirs)), "ns/p50-bare")
	b.ReportMetric(float64(median(ours))/float64(median(theirs)), "ratio")
}

func onBolt(b *testing.B) *state.DB {
	st, err := bolt.Open(filepath.Join(b.TempDir(), "state.db"), bolt.Options{})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { st.Close() })
	db := statetest.Open(b, state.Options{Store: st})
	statetest.Organization(b, db, account)
	return db
}

func createUser(b *testing.B, db *state.DB, i int) time.Duration {
	start := time.Now()
	err := db.Update(context.Background(), func(tx *state.Tx) error {
		putUser(tx, fmt.Sprint("user", i))
		return nil
	})
	if err != nil {
		b.Error(err)
	}
	return time.Since(start)
}

// putBare puts what createUser puts, as bytes.
func putBare(b *testing.B, db *bbolt.DB, i int) time.Duration {
	start := time.Now()
	err := db.Update(func(tx *bbolt.Tx) error {
		bucket, err := tx.CreateBucketIfNotExists([]byte("state"))
		if err != nil {
			return err
		}
		key := binary.BigEndian.AppendUint64([]byte("user/AIDA"), uint64(i)*0x9e3779b97f4a7c15)
		return bucket.Put(key, make([]byte, 80))
	})
	if err != nil {
		b.Fatal(err)
	}
	return time.Since(start)
}

func median(times []time.Duration) time.Duration {
	slices.Sort(times)
	return times[len(times)/2]
}

// fill puts n entities of about 1 KB: half users and half roles, each with an
// inline policy of its own.
func fill(b *testing.B, db *state.DB, n int) {
	b.Helper()
	for done := 0; done < n; {
		statetest.Update(b, db, func(tx *state.Tx) error {
			for i := done; i < min(done+99, n); i++ {
				inline := []state.InlinePolicy{{Name: "p", Document: kilobyte(b, i)}}
				if i%2 == 0 {
					u := *putUser(tx, fmt.Sprint("user", i))
					u.Inline = inline
					tx.PutUser(&u)
				} else {
					r := *putRole(tx, fmt.Sprint("role", i), servicesOnly(b))
					r.Inline = inline
					tx.PutRole(&r)
				}
			}
			return nil
		})
		done += 99
	}
}

var servicesOnly = func() func(b *testing.B) *state.Document {
	var once sync.Once
	var doc *state.Document
	return func(b *testing.B) *state.Document { once.Do(func() { doc = nilTrust(b) }); return doc }
}()

// kilobyte is a policy like those that people write, about 850 bytes long.
func kilobyte(b *testing.B, i int) *state.Document {
	var text strings.Builder
	text.WriteString(`{"Version":"2012-10-17","Statement":[`)
	for s := range 3 {
		if s > 0 {
			text.WriteByte(',')
		}
		fmt.Fprintf(&text, `{"Sid":"Statement%d","Effect":"Allow","Action":["s3:GetObject","s3:PutObject","s3:ListBucket","dynamodb:Query"],`+
			`"Resource":["arn:aws:s3:::bucket-%d-%d","arn:aws:s3:::bucket-%d-%d/*"],"Condition":{"StringEquals":{"aws:RequestedRegion":"eu-central-1"}}}`, s, i, s, i, s)
	}
	text.WriteString(`]}`)
	return parse(b, policy.IdentityBased, text.String())
}

// BenchmarkOpen loads 100,000 entities from bolt, and says what they take.
func BenchmarkOpen(b *testing.B) {
	const n = 100_000
	file := filepath.Join(b.TempDir(), "state.db")
	st, err := bolt.Open(file, bolt.Options{})
	if err != nil {
		b.Fatal(err)
	}
	o := state.Options{Store: st, MasterKey: statetest.MasterKey}
	db, err := state.Open(b.Context(), o)
	if err != nil {
		b.Fatal(err)
	}
	statetest.Organization(b, db, account)
	fill(b, db, n)
	db.Close()
	db = nil
	st.Close()
	before := heap()
	for b.Loop() {
		st, err := bolt.Open(file, bolt.Options{})
		if err != nil {
			b.Fatal(err)
		}
		o.Store = st
		db, err := state.Open(b.Context(), o)
		if err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
		b.ReportMetric(float64(heap()-before)/(1<<20), "MiB/100k")
		if got := db.Snapshot().NumUsers(account) + db.Snapshot().NumRoles(account); got != n {
			b.Fatalf("%d entities", got)
		}
		db.Close()
		st.Close()
		b.StartTimer()
	}
}

// BenchmarkPolicies decides requests of users with three managed policies each,
// where the store holds few policies and where it holds 100,000: by the engine
// alone; of one user, whose policies are looked up; and so of all users in turn,
// 1,000 at most, whose policies no cache of the processor holds. It says how much
// memory a policy takes as it is loaded, and when it has been used.
func BenchmarkPolicies(b *testing.B) {
	for _, n := range []int{102, 99_999} {
		file := filepath.Join(b.TempDir(), "state.db")
		fillPolicies(b, file, n)
		empty := heap()
		db, closeAll := openFile(b, file)
		loaded := heap()
		questions := questionsAboutPolicies(b, db.Snapshot())
		asked := heap()
		for p := range db.Snapshot().Policies(account, "") {
			p.DefaultVersion().Document.Policy()
		}
		used := heap()
		b.Run(fmt.Sprintf("%d/Engine", n), func(b *testing.B) { questions[0].benchmarkEngine(b) })
		b.Run(fmt.Sprintf("%d/One", n), func(b *testing.B) { benchmarkQuestions(b, questions[:1]) })
		b.Run(fmt.Sprintf("%d/InTurn", n), func(b *testing.B) {
			benchmarkQuestions(b, questions)
			b.ReportMetric(float64(len(kilobyte(b, n).Text)), "B/text")
			b.ReportMetric(float64(loaded-empty)/float64(n), "B/loaded")
			b.ReportMetric(float64(loaded-empty+used-asked)/float64(n), "B/used")
		})
		closeAll()
	}
}

// fillPolicies makes a store of n managed policies, all different, of which each
// user has three.
func fillPolicies(b *testing.B, file string, n int) {
	b.Helper()
	db, closeAll := openFile(b, file)
	defer closeAll()
	statetest.Organization(b, db, account)
	for done := 0; done < n; done += 60 {
		statetest.Update(b, db, func(tx *state.Tx) error {
			for i := done; i < min(done+60, n); i += 3 {
				var arns []string
				for k := i; k < i+3; k++ {
					arns = append(arns, putPolicy(tx, fmt.Sprint("policy", k), kilobyte(b, k)).ARN())
				}
				if i < 3000 {
					u := *putUser(tx, fmt.Sprint("user", i))
					u.Attached = arns
					tx.PutUser(&u)
				}
			}
			return nil
		})
	}
}

func openFile(b *testing.B, file string) (db *state.DB, closeAll func()) {
	b.Helper()
	st, err := bolt.Open(file, bolt.Options{})
	if err != nil {
		b.Fatal(err)
	}
	if db, err = state.Open(b.Context(), state.Options{Store: st, MasterKey: statetest.MasterKey}); err != nil {
		b.Fatal(err)
	}
	return db, func() { db.Close(); st.Close() }
}

// question is a request that is allowed.
type question struct {
	snap    *state.Snapshot
	request authz.Request
	check   authz.Check
}

var authorizer authz.Authorizer

func (q *question) ask(b *testing.B) {
	if d := authorizer.Decide(q.snap, &q.request, &q.check); d.Effect != engine.Allow {
		b.Fatalf("%+v: %+v", q.check, d)
	}
}

func benchmarkQuestions(b *testing.B, list []question) {
	b.ReportAllocs()
	for i := 0; b.Loop(); {
		list[i].ask(b)
		if i++; i == len(list) {
			i = 0
		}
	}
}

// benchmarkEngine decides the request by the policies of its user, found before.
func (q *question) benchmarkEngine(b *testing.B) {
	u, ok := q.snap.UserByID(q.request.Caller.ID)
	if !ok {
		b.Fatal("the user is gone")
	}
	caller := engine.Principal{Kind: engine.User, Account: u.Account, ARN: u.ARN(), ID: u.ID}
	ctx := new(engine.Context)
	ctx.SetPrincipal(&caller)
	ctx.Set("aws:RequestedRegion", q.request.Facts.Region)
	req := &engine.Request{Principal: caller, Action: q.check.Action, Resource: q.check.Resource, ResourceAccount: account, Context: ctx}
	var layers engine.Layers
	for _, arn := range u.Attached {
		p, _ := q.snap.ManagedPolicy(arn)
		layers.Identity = append(layers.Identity, p.DefaultVersion().Document.Policy())
	}
	b.ReportAllocs()
	for b.Loop() {
		if engine.Decide(req, &layers).Effect != engine.Allow {
			b.Fatal("denied")
		}
	}
}

// questionsAboutPolicies has one of each user, which the last statement of the
// first policy allows.
func questionsAboutPolicies(b *testing.B, snap *state.Snapshot) []question {
	b.Helper()
	facts := authz.Facts{Now: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), Region: "eu-central-1", SecureTransport: true, UserAgent: "aws-cli/2"}
	var list []question
	for u := range snap.Users(account, "") {
		caller, ok := authz.ForAccessKey(snap, &state.AccessKey{Account: account, UserID: u.ID})
		if !ok {
			b.Fatal("a user is gone")
		}
		list = append(list, question{snap, authz.Request{Caller: caller, Facts: facts}, authz.Check{
			Action:   "s3:GetObject",
			Resource: "arn:aws:s3:::bucket-" + strings.TrimPrefix(u.Name, "user") + "-2/reports/q1.pdf",
		}})
	}
	return list
}

func heap() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

func BenchmarkSnapshot(b *testing.B) {
	db := statetest.Open(b, state.Options{})
	statetest.Organization(b, db, account)
	fill(b, db, 20_000)
	s := db.Snapshot()
	u, _ := s.User(account, "user1000")
	var keyID string
	statetest.Update(b, db, func(tx *state.Tx) error { keyID = putKey(tx, u, "secret").ID; return nil })
	s = db.Snapshot()
	for name, fn := range map[string]func(){
		"AccessKey": func() { s.AccessKey(keyID) },
		"UserByID":  func() { s.UserByID(u.ID) },
		"User":      func() { s.User(account, "user1000") },
		"RoleMixed": func() { s.Role(account, "Role1001") },
		"NumUsers":  func() { s.NumUsers(account) },
		"Page100": func() {
			n := 0
			for range s.Users(account, "user5000") {
				if n++; n == 100 {
					break
				}
			}
		},
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				fn()
			}
		})
	}
}
