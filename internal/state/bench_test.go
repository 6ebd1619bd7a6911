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
