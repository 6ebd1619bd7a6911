//go:build unix

package iam_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"syscall"
	"testing"
	"time"

	"github.com/writ-iam/writ/catalog"
	"github.com/writ-iam/writ/internal/awsid"
	"github.com/writ-iam/writ/internal/state"
	"github.com/writ-iam/writ/policy"
)

// BenchmarkListRoles is a page of 100 roles, from the request's bytes to the
// answer's, at the start of the list and in its middle.
func BenchmarkListRoles(b *testing.B) {
	for _, n := range []int{10, 1000, 100_000} {
		in := start(b, map[string]int{"RolesQuota": n})
		in.makeRoles(n)
		b.Run(fmt.Sprintf("roles=%d", n), func(b *testing.B) { in.benchmark(b, "ListRoles", "MaxItems=100") })
		if n < 1000 {
			continue
		}
		marker := regexp.MustCompile(`<Marker>(.*)</Marker>`).FindStringSubmatch(in.ok("ListRoles", "MaxItems=1000"))
		if marker == nil { // all in one page
			marker = regexp.MustCompile(`<Marker>(.*)</Marker>`).FindStringSubmatch(in.ok("ListRoles", "MaxItems=500"))
		}
		b.Run(fmt.Sprintf("roles=%d/middle", n), func(b *testing.B) {
			in.benchmark(b, "ListRoles", "MaxItems=100", "Marker="+marker[1])
		})
	}
}

// BenchmarkGetUser is the smallest read.
func BenchmarkGetUser(b *testing.B) {
	in := start(b, nil)
	in.ok("CreateUser", "UserName=ann")
	in.benchmark(b, "GetUser", "UserName=ann")
}

func (in *installation) benchmark(b *testing.B, operation string, params ...string) {
	b.Helper()
	r := in.request(in.root(account), operation, values(params...))
	body, err := io.ReadAll(r.Body)
	must(b, err)
	b.ReportAllocs()
	began, calls := cpuTime(b), 0
	for b.Loop() {
		calls++
		w := &discard{header: make(http.Header)}
		r.Body = io.NopCloser(bytes.NewReader(body))
		in.pipeline.ServeHTTP(w, r)
		if w.status != http.StatusOK {
			b.Fatal(w.status)
		}
	}
	b.ReportMetric(float64(cpuTime(b)-began)/float64(calls), "cpu-ns/op")
}

// discard is a client that reads nothing.
type discard struct {
	header http.Header
	status int
}

func (d *discard) Header() http.Header         { return d.header }
func (d *discard) WriteHeader(status int)      { d.status = status }
func (d *discard) Write(p []byte) (int, error) { return len(p), nil }

// cpuTime is what the process has used: on a busy machine the only figure that
// can be compared.
func cpuTime(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	must(b, syscall.Getrusage(syscall.RUSAGE_SELF, &u))
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// makeRoles makes n roles past the API.
func (in *installation) makeRoles(n int) {
	in.t.Helper()
	doc, err := state.ParseDocument(policy.Trust, trustEC2, catalog.Schema{})
	must(in.t, err)
	const batch = 90
	for from := 0; from < n; from += batch {
		in.update(func(tx *state.Tx) error {
			trust, err := tx.Resolve(doc)
			if err != nil {
				return err
			}
			for i := from; i < min(n, from+batch); i++ {
				tx.PutRole(&state.Role{
					Account: account, ID: tx.NewID(awsid.Role), Name: fmt.Sprintf("role-%06d", i), Path: "/team/", Created: tx.Now(),
					MaxSession: 3600e9, Trust: trust,
				})
			}
			return nil
		})
	}
}

// BenchmarkSimulatePrincipalPolicy is 1,000 pairs of an action and a resource,
// by the policies of a user, its groups and its boundary: as many actions on
// one resource each, and 100 actions on ten resources.
func BenchmarkSimulatePrincipalPolicy(b *testing.B) {
	in := start(b, nil)
	in.ok("CreateUser", "UserName=ann")
	in.ok("CreateGroup", "GroupName=devs")
	in.ok("AddUserToGroup", "GroupName=devs", "UserName=ann")
	in.ok("AttachUserPolicy", "UserName=ann", "PolicyArn=arn:aws:iam::aws:policy/ReadOnlyAccess")
	in.ok("AttachGroupPolicy", "GroupName=devs", "PolicyArn=arn:aws:iam::aws:policy/AmazonS3FullAccess")
	in.ok("PutGroupPolicy", "GroupName=devs", "PolicyName=p", `PolicyDocument={"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sqs:*","Resource":"*"},{"Effect":"Deny","Action":"s3:Delete*","Resource":"arn:aws:s3:::b/*","Condition":{"StringNotEquals":{"aws:PrincipalTag/team":"red"}}}]}`)
	in.ok("PutUserPermissionsBoundary", "UserName=ann", "PermissionsBoundary=arn:aws:iam::aws:policy/PowerUserAccess")
	s3, _ := catalog.Service("s3")
	for _, size := range []struct{ actions, resources int }{{1000, 0}, {1000, 1}, {100, 10}} {
		params := []string{"PolicySourceArn=arn:aws:iam::" + account + ":user/ann", "MaxItems=1000"}
		for i := range size.actions {
			params = append(params, fmt.Sprintf("ActionNames.member.%d=s3:%s", i+1, s3.Actions[i%len(s3.Actions)].Name))
		}
		for i := range size.resources {
			params = append(params, fmt.Sprintf("ResourceArns.member.%d=arn:aws:s3:::b/%d", i+1, i))
		}
		b.Run(fmt.Sprintf("actions=%d/resources=%d", size.actions, size.resources), func(b *testing.B) {
			in.benchmark(b, "SimulatePrincipalPolicy", params...)
		})
	}
}
