package server_test

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/writ-iam/writ/internal/awscmd"
	"github.com/writ-iam/writ/internal/server"
)

// Answers tell the time of a clock that was moved, and no other.
func TestAnswersTellTheMovedTime(t *testing.T) {
	r := start(t, server.Config{Dev: true})
	defer r.end(t)
	var told string
	c := awscmd.Client{
		Endpoint: r.URL(), Region: "us-east-1", Credentials: root(r),
		Answered: func(h http.Header) { told = h.Get(server.TimeHeader) },
	}
	call := func(path, body string) time.Time {
		told = ""
		resp, err := c.Do(context.Background(), &http.Request{Method: http.MethodPost, URL: &url.URL{Path: path}}, "writ", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		at, err := time.Parse(time.RFC3339, told)
		if told != "" && err != nil {
			t.Fatal(err)
		}
		return at
	}
	if at := call("/_writ/clock", `{"set":"2040-01-02T03:04:05Z"}`); !at.IsZero() {
		t.Errorf("a clock that was not moved tells %v", at)
	}
	for _, path := range []string{"/", "/_writ/nothing", "/signin"} {
		moved := time.Date(2040, 1, 2, 3, 4, 5, 0, time.UTC)
		if at := call(path, ""); at.Before(moved) || at.After(moved.Add(time.Minute)) {
			t.Errorf("%s tells %v, want %v", path, at, moved)
		}
	}
	call("/_writ/clock", `{"reset":true}`)
	if at := call("/", ""); !at.IsZero() {
		t.Errorf("a clock that was set right tells %v", at)
	}
}

// What cannot be read as a move says how to move.
func TestClockSaysHowItMoves(t *testing.T) {
	r := start(t, server.Config{Dev: true})
	defer r.end(t)
	c := awscmd.Client{Endpoint: r.URL(), Region: "us-east-1", Credentials: root(r)}
	for _, body := range []string{"", "{}", `{"advance":"soon"}`, `{"set":"tomorrow"}`, `{"forward":"1h"}`} {
		req := &http.Request{Method: http.MethodPost, URL: &url.URL{Path: "/_writ/clock"}}
		resp, err := c.Do(context.Background(), req, "writ", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil || resp.StatusCode != http.StatusBadRequest || !strings.Contains(string(text), `send {\"advance\":\"1h\"}`) {
			t.Errorf("%s: %d %s %v", body, resp.StatusCode, text, err)
		}
	}
}
