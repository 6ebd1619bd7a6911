package e2e

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

// TestStory10Kill kills the server in the middle of writes, starts it again
// and asks for everything it had acknowledged.
func TestStory10Kill(t *testing.T) {
	data, seen := t.TempDir(), &sightings{}
	s := startIn(t, data, seen)
	admin := s.admin()
	ann := admin.newUser(t, "ann")
	role := new(admin.newRole(t, "R", trust(`{"AWS":"`+ann.whoami(t)+`"}`), document(allow(`"iam:List*"`, `"*"`))))
	session := ann.assume(t, &sts.AssumeRoleInput{RoleArn: role})
	admin.newBucket(t, "crash")

	for round := range 3 {
		acknowledged := load(t, s, round, func() { s.kill(t) })
		s = startIn(t, data, seen)
		admin = s.admin()
		for _, name := range acknowledged {
			must(admin.iam.GetUser(ctx, &iam.GetUserInput{UserName: &name}))(t)
			got := must(admin.s3.GetObject(ctx, &s3.GetObjectInput{Bucket: new("crash"), Key: &name}))(t)
			if text := read(t, got.Body); text != content(name) {
				t.Errorf("object %s has %d bytes of another content", name, len(text))
			}
		}
	}
	again := s.as(session.Credentials)
	must(again.iam.ListUsers(ctx, &iam.ListUsersInput{}))(t)
	s.as(ann.Credentials).whoami(t)
	s.checkEvents(t)
	s.stop(t)
	noSecretsIn(t, data, seen)
}

// load writes users and objects from several sides until the server is gone,
// which is after 40 of both. It returns the names of those that were
// acknowledged.
func load(t *testing.T, s *server, round int, kill func()) (acknowledged []string) {
	t.Helper()
	const writers, enough = 4, 40
	var (
		mu    sync.Mutex // guards acknowledged
		done  sync.WaitGroup
		count atomic.Int32
		once  sync.Once
	)
	for w := range writers {
		done.Go(func() {
			admin := s.admin()
			for i := 0; ; i++ {
				name := fmt.Sprintf("load-%d-%d-%d", round, w, i)
				if _, err := admin.iam.CreateUser(ctx, &iam.CreateUserInput{UserName: &name}); err != nil {
					return
				}
				if _, err := admin.s3.PutObject(ctx, &s3.PutObjectInput{Bucket: new("crash"), Key: &name, Body: strings.NewReader(content(name))}); err != nil {
					return
				}
				mu.Lock()
				acknowledged = append(acknowledged, name)
				mu.Unlock()
				if count.Add(1) == enough {
					once.Do(kill)
				}
			}
		})
	}
	done.Wait()
	if len(acknowledged) < enough {
		t.Fatalf("the load ended after %d writes\n%s", len(acknowledged), s.stderr)
	}
	return acknowledged
}

func content(name string) string { return strings.Repeat(name+"\n", 500) }

func read(t *testing.T, body io.ReadCloser) string {
	t.Helper()
	defer body.Close()
	b, err := io.ReadAll(body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// noSecretsIn looks for secrets in the clear in all files of a data folder, and
// for files that others may read. What `writ env` prints is in one on purpose.
func noSecretsIn(t *testing.T, folder string, seen *sightings) {
	t.Helper()
	err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		if info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s is %v", path, info.Mode())
		}
		b, err := os.ReadFile(path)
		for _, secret := range seen.allSecrets() {
			if strings.Contains(string(b), secret) && d.Name() != "credentials.json" {
				t.Errorf("a secret is in %s", path)
			}
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}
