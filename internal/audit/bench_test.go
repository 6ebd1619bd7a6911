package audit

import (
	"context"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"sync"
	"testing"
	"time"
)

// benchEvent is an AssumeRole of about 1.3 KB, the largest of the usual ones.
func benchEvent() *Event {
	const account = "123456789012"
	return &Event{
		UserIdentity: UserIdentity{Type: "IAMUser", PrincipalID: "AIDAEXAMPLEEXAMPLE123", ARN: "arn:aws:iam::" + account + ":user/developer", AccountID: account, AccessKeyID: "AKIAEXAMPLEEXAMPLE12", UserName: "developer"},
		Time:         noon, Source: "sts.amazonaws.com", Name: "AssumeRole", Region: "us-east-1", SourceIP: "192.0.2.7",
		UserAgent:         "aws-cli/2.17.60 md/awscrt#0.21.2 ua/2.0 os/linux#6.8.0 md/arch#x86_64 lang/python#3.11.9 md/pyimpl#CPython cfg/retry-mode#standard md/command#sts.assume-role",
		RequestParameters: []byte(`{"roleArn":"arn:aws:iam::123456789012:role/S3BucketListReadOnlyRole","roleSessionName":"ann","durationSeconds":3600}`),
		ResponseElements:  []byte(`{"credentials":{"accessKeyId":"ASIAEXAMPLEEXAMPLE12","expiration":"Nov 22, 2026, 1:00:00 PM"},"assumedRoleUser":{"assumedRoleId":"AROAEXAMPLEEXAMPLE123:ann","arn":"arn:aws:sts::123456789012:assumed-role/S3BucketListReadOnlyRole/ann"},"packedPolicySize":6}`),
		RequestID:         "4d1b2a5c-0000-4000-8000-000000000001", ReadOnly: true,
		Resources:          []Resource{{ARN: "arn:aws:iam::123456789012:role/S3BucketListReadOnlyRole", AccountID: account, Type: "AWS::IAM::Role"}},
		RecipientAccountID: account, TLS: TLSDetails{Version: "TLSv1.3", CipherSuite: "TLS_AES_128_GCM_SHA256", ClientProvidedHostHeader: "localhost:4600"},
	}
}

// number makes e the n-th of many events: a millisecond each, 1,000 users.
func (e *Event) number(n int) {
	binary.BigEndian.PutUint64(e.ID[8:], uint64(n))
	e.Time = noon.Add(time.Duration(n) * time.Millisecond)
	e.UserIdentity.UserName = "user" + strconv.Itoa(n%1000)
	e.UserIdentity.AccessKeyID = "AKIAEXAMPLE" + strconv.Itoa(n%1500)
	e.RequestID = "4d1b2a5c-0000-4000-8000-" + strconv.Itoa(100_000_000_000+n)
}

// BenchmarkEncode is the JSON of an event alone.
func BenchmarkEncode(b *testing.B) {
	e, buf := benchEvent(), []byte(nil)
	b.ReportAllocs()
	for b.Loop() {
		buf = e.AppendJSON(buf[:0])
	}
	b.SetBytes(int64(len(buf)))
}

// BenchmarkSynchronous is what a call pays before it waits: the encoding of
// its event and its place in a batch.
func BenchmarkSynchronous(b *testing.B) {
	l, err := OpenMemory(Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer closeTest(b, l)
	e, n := benchEvent(), 0
	var json []byte
	var attrs []Attribute
	b.ReportAllocs()
	for b.Loop() {
		n++
		binary.BigEndian.PutUint64(e.ID[8:], uint64(n))
		r := e.Record(json[:0], attrs[:0])
		json, attrs = r.CloudTrail, r.Attributes
		batch, err := l.enqueue([]Record{r})
		if err != nil {
			b.Fatal(err)
		}
		if n%64 == 0 { // written by another call: not counted
			b.StopTimer()
			if err := l.await(batch); err != nil {
				b.Fatal(err)
			}
			b.StartTimer()
		}
	}
}

// BenchmarkInAll is all the CPU of an event: encoding, batch, writing in
// groups of 64 to memory, sealing and indexing.
func BenchmarkInAll(b *testing.B) {
	dir := &memory{files: map[string]*memoryFile{}}
	l := openFolder(b, dir, Options{SegmentBytes: 16 << 20, MaxBytes: 64 << 20})
	e, n := benchEvent(), 0
	var json []byte
	var attrs []Attribute
	b.ReportAllocs()
	for b.Loop() {
		n++
		e.number(n)
		r := e.Record(json[:0], attrs[:0])
		json, attrs = r.CloudTrail, r.Attributes
		batch, err := l.enqueue([]Record{r})
		if err == nil && n%64 == 0 {
			err = l.await(batch)
		}
		if err != nil {
			b.Fatal(err)
		}
	}
	closeTest(b, l)
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(n), "ns/event")
}

// BenchmarkAppendDurable is an Append on disk, alone and from 64 callers.
func BenchmarkAppendDurable(b *testing.B) {
	for _, callers := range []int{1, 64} {
		b.Run(fmt.Sprintf("callers=%d", callers), func(b *testing.B) {
			l := openTest(b, b.TempDir(), Options{})
			work := make(chan int)
			var wg sync.WaitGroup
			for range callers {
				wg.Go(func() {
					e := benchEvent()
					for n := range work {
						e.number(n)
						if err := l.Append(e.Record(nil, nil)); err != nil {
							b.Error(err)
						}
					}
				})
			}
			for n := 0; b.Loop(); n++ {
				work <- n
			}
			close(work)
			wg.Wait()
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "events/s")
		})
	}
}

// BenchmarkLookup looks 1 million events up (WRIT_BENCH_EVENTS says how many),
// built once.
func BenchmarkLookup(b *testing.B) {
	if testing.Short() {
		b.Skip("builds a log of 1.4 GB")
	}
	events := 1_000_000
	if s := os.Getenv("WRIT_BENCH_EVENTS"); s != "" {
		events, _ = strconv.Atoi(s)
	}
	l := buildMany(b, events)
	account := Attribute{AccountID, "123456789012"}
	for name, query := range map[string]func() Query{
		"RequestID": func() Query {
			return Query{Max: 50, Attributes: []Attribute{account, {RequestID, "4d1b2a5c-0000-4000-8000-" + strconv.Itoa(100_000_000_000+rand.IntN(events))}}}
		},
		"Username": func() Query {
			return Query{Max: 50, Attributes: []Attribute{account, {Username, "user" + strconv.Itoa(rand.IntN(1000))}}}
		},
		"absent":  func() Query { return Query{Max: 50, Attributes: []Attribute{account, {Username, "nobody"}}} },
		"account": func() Query { return Query{Max: 50, Attributes: []Attribute{account}} },
		"rare in an hour": func() Query {
			from := noon.Add(time.Duration(rand.IntN(events)) * time.Millisecond)
			return Query{Max: 50, From: from, To: from.Add(time.Hour), Attributes: []Attribute{account, {Username, "user7"}, {AccessKeyID, "AKIAEXAMPLE7"}}}
		},
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				for _, err := range l.Lookup(context.Background(), query()) {
					if err != nil {
						b.Fatal(err)
					}
				}
			}
		})
	}
}

func buildMany(b *testing.B, events int) *Log {
	b.Helper()
	dir := b.TempDir()
	l := openTest(b, dir, Options{})
	e, start := benchEvent(), time.Now()
	for n := range events {
		e.number(n)
		if err := l.Post(e.Record(nil, nil)); err != nil {
			b.Fatal(err)
		}
	}
	if err := l.sync(); err != nil {
		b.Fatal(err)
	}
	written := time.Since(start)
	buildAll(b, l)
	indexed := time.Since(start)
	closeTest(b, l)
	start = time.Now()
	l = openTest(b, dir, Options{})
	b.Logf("%d events in %d segments: written in %v, indexed after %v, opened in %v", events, len(l.segments), written, indexed, time.Since(start))
	return l
}
