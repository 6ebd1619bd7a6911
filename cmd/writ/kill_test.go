package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"github.com/writ-iam/writ/internal/awscmd"
	"github.com/writ-iam/writ/internal/iamapi"
	"github.com/writ-iam/writ/internal/s3api"
	"github.com/writ-iam/writ/internal/shape"
)

// killable is a "writ dev" in a process of its own.
type killable struct {
	cmd    *exec.Cmd
	client *awscmd.Client
}

func startKillable(t *testing.T, data string) *killable {
	t.Helper()
	program, err := exec.LookPath("writ")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program, "dev", "--json", "--data", data, "--listen", "127.0.0.1:0")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var complaint strings.Builder
	cmd.Stderr = &complaint
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill() })
	line, err := bufio.NewReader(out).ReadBytes('\n')
	if err != nil {
		cmd.Wait()
		t.Fatalf("the server did not start: %s", &complaint)
	}
	a := &access{}
	if err := json.Unmarshal(line, a); err != nil {
		t.Fatal(err)
	}
	return &killable{cmd, a.client(&process{})}
}

func (k *killable) kill() {
	k.cmd.Process.Kill()
	k.cmd.Wait()
}

func (k *killable) call(t *testing.T, svc *shape.Service, name string, in, out any) error {
	for i := range svc.Operations {
		if svc.Operations[i].Name == name {
			return k.client.Call(t.Context(), svc, &svc.Operations[i], in, out)
		}
	}
	panic("no operation " + name)
}

func (k *killable) users(t *testing.T) map[string]bool {
	t.Helper()
	found := map[string]bool{}
	in := &iamapi.ListUsersInput{}
	for {
		out := &iamapi.ListUsersOutput{}
		if err := k.call(t, &iamapi.Service, "ListUsers", in, out); err != nil {
			t.Fatal(err)
		}
		for _, u := range out.Users {
			found[u.UserName] = true
		}
		if in.Marker = out.Marker; in.Marker == nil {
			return found
		}
	}
}

// acknowledged are the names whose creation was answered with success.
type acknowledged struct {
	mu    sync.Mutex
	names []string // guarded by mu
}

// add adds a name and returns how many there are.
func (a *acknowledged) add(name string) int {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.names = append(a.names, name)
	return len(a.names)
}

// write makes users, and an object for each, until the server is gone.
func (k *killable) write(t *testing.T, prefix string, acked *acknowledged, enough int) {
	for i := 0; ; i++ {
		name := fmt.Sprintf("%s-%d", prefix, i)
		if k.call(t, &iamapi.Service, "CreateUser", &iamapi.CreateUserInput{UserName: name}, &iamapi.CreateUserOutput{}) != nil {
			return
		}
		put := &s3api.PutObjectInput{Bucket: "acknowledged", Key: name, Body: strings.NewReader(name)}
		if k.call(t, &s3api.Service, "PutObject", put, &s3api.PutObjectOutput{}) != nil {
			return
		}
		if acked.add(name) == enough {
			k.cmd.Process.Kill()
		}
	}
}

// A server that is killed while many write, at a moment that nobody chose,
// has every user and object that it acknowledged when it starts again, with
// its event.
func TestKillUnderLoad(t *testing.T) {
	const rounds, writers, enough = 3, 8, 60
	data := t.TempDir()
	acked := &acknowledged{}
	k := startKillable(t, data)
	if err := k.call(t, &s3api.Service, "CreateBucket", &s3api.CreateBucketInput{Bucket: "acknowledged"}, &s3api.CreateBucketOutput{}); err != nil {
		t.Fatal(err)
	}
	for round := range rounds {
		var all sync.WaitGroup
		for w := range writers {
			all.Go(func() { k.write(t, fmt.Sprintf("user-%d-%d", round, w), acked, (round+1)*enough) })
		}
		all.Wait()
		k.kill()
		k = startKillable(t, data)
		k.verify(t, acked.names)
	}
	k.kill()
}

func (k *killable) verify(t *testing.T, names []string) {
	t.Helper()
	users := k.users(t)
	for _, name := range names {
		if !users[name] {
			t.Errorf("user %s was acknowledged and is gone", name)
		}
		out := &s3api.HeadObjectOutput{}
		if err := k.call(t, &s3api.Service, "HeadObject", &s3api.HeadObjectInput{Bucket: "acknowledged", Key: name}, out); err != nil {
			t.Errorf("object %s was acknowledged: %v", name, err)
		}
	}
	if last := names[len(names)-1]; k.eventsOf(t, last) == 0 {
		t.Errorf("user %s was acknowledged and its event is gone", last)
	}
}

func (k *killable) eventsOf(t *testing.T, user string) int {
	t.Helper()
	body, err := page(t.Context(), k.client, "GET", "/_writ/events", map[string][]string{"ResourceName": {user}, "EventName": {"CreateUser"}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer body.Close()
	n := 0
	for lines := bufio.NewScanner(body); lines.Scan(); {
		n++
	}
	return n
}
