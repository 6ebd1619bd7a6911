package iam_test

import (
	"fmt"
	"net/http"
	"sync"
	"testing"
)

// TestConcurrentWrites: of calls that exclude each other one wins, and a quota
// holds however many come at once.
func TestConcurrentWrites(t *testing.T) {
	in := start(t, nil)
	in.ok("CreateUser", "UserName=ann")
	for _, test := range []struct {
		operation string
		params    func(i int) []string
		want      int // calls that succeed
	}{
		{"CreateUser", func(i int) []string { return []string{"UserName=" + [2]string{"Bob", "bob"}[i%2]} }, 1},
		{"CreateAccessKey", func(int) []string { return []string{"UserName=ann"} }, 2},
		{"CreateAccountAlias", func(int) []string { return []string{"AccountAlias=alias"} }, 1},
		{"CreateRole", func(i int) []string {
			return []string{fmt.Sprintf("RoleName=r%d", i%4), "AssumeRolePolicyDocument=" + trustEC2}
		}, 4},
		{"DeleteUser", func(int) []string { return []string{"UserName=bob"} }, 1},
	} {
		t.Run(test.operation, func(t *testing.T) {
			const calls = 16
			var wg sync.WaitGroup
			statuses := make([]int, calls)
			for i := range calls {
				r := in.request(in.root(account), test.operation, values(test.params(i)...))
				wg.Go(func() { statuses[i], _ = in.send(r) })
			}
			wg.Wait()
			succeeded := 0
			for _, status := range statuses {
				switch status {
				case http.StatusOK:
					succeeded++
				case http.StatusConflict, http.StatusNotFound:
				default:
					t.Errorf("status %d", status)
				}
			}
			if succeeded != test.want {
				t.Errorf("%d calls succeed, want %d", succeeded, test.want)
			}
		})
	}
}
