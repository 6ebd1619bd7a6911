package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

type eventsCommand struct {
	Follow bool   `help:"Go on with what happens from now." short:"f"`
	Max    int    `help:"How many of the newest." default:"50"`
	JSON   bool   `help:"Print CloudTrail's records, one a line." name:"json"`
	Since  string `help:"Not before this time: 2006-01-02T15:04:05Z." placeholder:"TIME"`
	Until  string `help:"Not after this time." placeholder:"TIME"`

	EventName    string `help:"Only this event: CreateUser." placeholder:"NAME"`
	EventSource  string `help:"Only this service: iam.amazonaws.com." placeholder:"NAME"`
	Username     string `help:"Only this user or session." placeholder:"NAME"`
	AccessKeyID  string `help:"Only this access key." placeholder:"ID"`
	ResourceName string `help:"Only what is about this resource: its name or ARN." placeholder:"NAME"`
	ResourceType string `help:"Only what is about such resources: AWS::IAM::Role." placeholder:"TYPE"`
	ReadOnly     string `help:"true: only reads; false: only writes." enum:",true,false" default:""`
	RequestID    string `help:"Only this call." placeholder:"ID"`
	AccountID    string `help:"Only this account's." placeholder:"ID"`

	connection
}

func (*eventsCommand) Help() string {
	return `Every authenticated call is an event, allowed or denied. Oldest first.

  writ events
  writ events --follow
  writ events --username developer --since 2026-01-01T00:00:00Z
  writ events --json --event-name AssumeRole | jq .errorMessage

Each line ends with the id of the request: "writ explain ID" shows why.`
}

// query is the page's query string.
func (c *eventsCommand) query() (url.Values, error) {
	q := url.Values{"max": {strconv.Itoa(c.Max)}}
	for name, value := range map[string]string{"start": c.Since, "end": c.Until} {
		if value == "" {
			continue
		}
		if _, err := time.Parse(time.RFC3339, value); err != nil {
			return nil, hint(fmt.Errorf("%q is no time", value), "write it as 2006-01-02T15:04:05Z")
		}
		q.Set(name, value)
	}
	for name, value := range map[string]string{
		"EventName": c.EventName, "EventSource": c.EventSource, "Username": c.Username, "AccessKeyId": c.AccessKeyID,
		"ResourceName": c.ResourceName, "ResourceType": c.ResourceType, "ReadOnly": c.ReadOnly,
		"RequestId": c.RequestID, "AccountId": c.AccountID,
	} {
		if value != "" {
			q.Set(name, value)
		}
	}
	if c.Follow {
		q.Set("follow", "true")
	}
	return q, nil
}

func (c *eventsCommand) Run(ctx context.Context, p *process) error {
	q, err := c.query()
	if err != nil {
		return err
	}
	client, err := c.client(p)
	if err != nil {
		return err
	}
	body, err := page(ctx, client, http.MethodGet, "/_writ/events", q, nil)
	if err != nil {
		return err
	}
	defer body.Close()
	lines := bufio.NewReader(body)
	for {
		line, err := lines.ReadBytes('\n')
		if errors.Is(err, io.EOF) || ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return fmt.Errorf("the server stopped sending: %w", err)
		}
		if c.JSON {
			_, err = p.Stdout.Write(line)
		} else {
			err = printEvent(p.Stdout, line)
		}
		if err != nil {
			return err
		}
	}
}

// event is what is shown of a CloudTrail record.
type event struct {
	Time         time.Time `json:"eventTime"`
	Source       string    `json:"eventSource"`
	Name         string    `json:"eventName"`
	ErrorCode    string    `json:"errorCode"`
	ErrorMessage string    `json:"errorMessage"`
	RequestID    string    `json:"requestID"`
	SourceIP     string    `json:"sourceIPAddress"`
	Identity     struct {
		Type      string `json:"type"`
		ARN       string `json:"arn"`
		Principal string `json:"principalId"`
	} `json:"userIdentity"`
}

// action is the event's name as policies have it.
func (e *event) action() string {
	service, _, _ := strings.Cut(e.Source, ".")
	return service + ":" + e.Name
}

func (e *event) caller() string {
	for _, s := range []string{e.Identity.ARN, e.Identity.Principal} {
		if s != "" {
			return s
		}
	}
	return e.Identity.Type
}

func printEvent(w io.Writer, line []byte) error {
	var e event
	if err := json.Unmarshal(line, &e); err != nil {
		return fmt.Errorf("the server sent an event that is no JSON: %w", err)
	}
	result := e.ErrorCode
	if result == "" {
		result = "ok"
	}
	_, err := fmt.Fprintf(w, "%s  %-13s  %-28s  %s  %s\n", e.Time.UTC().Format(time.RFC3339), result, e.action(), e.caller(), e.RequestID)
	return err
}
