package iam

import (
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/writ-iam/writ/arn"
	"github.com/writ-iam/writ/internal/api"
	"github.com/writ-iam/writ/internal/audit"
	"github.com/writ-iam/writ/internal/iamapi"
	"github.com/writ-iam/writ/internal/state"
)

// credentialReportAge is how long a report is answered before there must be a
// new one. See "Generate credential reports for your AWS account" in the IAM
// User Guide, for the columns too.
const credentialReportAge = 4 * time.Hour

var credentialColumns = []string{
	"user", "arn", "user_creation_time",
	"password_enabled", "password_last_used", "password_last_changed", "password_next_rotation", "mfa_active",
	"access_key_1_active", "access_key_1_last_rotated",
	"access_key_1_last_used_date", "access_key_1_last_used_region", "access_key_1_last_used_service",
	"access_key_2_active", "access_key_2_last_rotated",
	"access_key_2_last_used_date", "access_key_2_last_used_region", "access_key_2_last_used_service",
	"cert_1_active", "cert_1_last_rotated", "cert_2_active", "cert_2_last_rotated",
}

// What stands in a column in place of a value.
const (
	notApplicable = "N/A"
	noInformation = "no_information" // the password was never used
	notSupported  = "not_supported"  // AWS does not tell it of a root user
)

func generatesCredentialReport(c *api.Call, _ *iamapi.GenerateCredentialReportInput) []api.Check {
	return account(c)
}

// generateCredentialReport implements GenerateCredentialReport. The report is
// there when the call returns; who asks meanwhile is told that it is in
// progress.
func (s *Service) generateCredentialReport(ctx context.Context, c *api.Call, _ *iamapi.GenerateCredentialReportInput) (*iamapi.GenerateCredentialReportOutput, error) {
	_, had := c.Snapshot.CredentialReport(c.Account)
	if _, ok := freshReport(c.Snapshot, c.Account, c.Now); ok {
		return reportState(iamapi.ReportStateTypeComplete, ""), nil
	}
	if !s.inProgress.begin(c.Account) {
		return reportState(iamapi.ReportStateTypeInprogress, ""), nil
	}
	defer s.inProgress.end(c.Account)
	id, err := audit.NewID(s.rand)
	if err != nil {
		return nil, err
	}
	parts, err := newParts(c.Account, id.String(), func(w io.Writer) error { return writeCredentials(ctx, c, w) })
	if err != nil {
		return nil, err
	}
	return keepReport(ctx, c, parts, func(tx *state.Tx) (*iamapi.GenerateCredentialReportOutput, error) {
		if _, ok := freshReport(tx.Snapshot, c.Account, c.Now); ok { // made since this call looked; its own parts stay strays
			return reportState(iamapi.ReportStateTypeComplete, ""), nil
		}
		tx.PutCredentialReport(&state.CredentialReport{Account: c.Account, ID: id.String(), Created: tx.Now(), Parts: len(parts)})
		if had {
			return reportState(iamapi.ReportStateTypeStarted, ""), nil
		}
		return reportState(iamapi.ReportStateTypeStarted, noReport), nil
	})
}

func reportState(now iamapi.ReportStateType, description string) *iamapi.GenerateCredentialReportOutput {
	return &iamapi.GenerateCredentialReportOutput{State: &now, Description: optional(description)}
}

// freshReport returns the report of an account unless it is too old.
func freshReport(snap *state.Snapshot, account string, now time.Time) (*state.CredentialReport, bool) {
	r, ok := snap.CredentialReport(account)
	return r, ok && now.Sub(r.Created) <= credentialReportAge
}

func getsCredentialReport(c *api.Call, _ *iamapi.GetCredentialReportInput) []api.Check {
	return account(c)
}

// getCredentialReport implements GetCredentialReport. AWS's errors have no
// message.
func (s *Service) getCredentialReport(_ context.Context, c *api.Call, _ *iamapi.GetCredentialReportInput) (*iamapi.GetCredentialReportOutput, error) {
	r, fresh := freshReport(c.Snapshot, c.Account, c.Now)
	switch {
	case fresh:
	case s.inProgress.has(c.Account):
		return nil, iamapi.ReportInProgress("")
	case r == nil:
		return nil, iamapi.ReportNotPresent("")
	default:
		return nil, iamapi.ReportExpired("")
	}
	content, err := openParts(c.Snapshot, c.Account, r.ID)
	if err != nil {
		return nil, err
	}
	format := iamapi.ReportFormatTypeTextCsv
	return &iamapi.GetCredentialReportOutput{Content: content, ReportFormat: &format, GeneratedTime: &r.Created}, nil
}

// writeCredentials writes the report: the root user, then the users by name.
// A name or path with a comma or a quotation mark is quoted (RFC 4180); one
// that a spreadsheet would take for a formula stays as it is, as on AWS.
func writeCredentials(ctx context.Context, c *api.Call, w io.Writer) error {
	rows := csv.NewWriter(&endless{w: w})
	rows.Write(credentialColumns) // the writer keeps its first error
	root, ok := c.Snapshot.Account(c.Account)
	if !ok {
		return fmt.Errorf("no account %s", c.Account)
	}
	rows.Write(credentialRow(c, root.ID, []string{
		"<root_account>", arn.Root(root.ID), reportTime(root.Created), "false", notApplicable, notSupported, notSupported,
	}))
	expiry, _ := c.Snapshot.PasswordPolicy(c.Account)
	for u := range c.Snapshot.Users(c.Account, "") {
		if err := ctx.Err(); err != nil {
			return err
		}
		row := append([]string{u.Name, u.ARN(), reportTime(u.Created)}, passwordColumns(c.Snapshot, u, expiry)...)
		if err := rows.Write(credentialRow(c, u.ID, row)); err != nil {
			return err
		}
	}
	rows.Flush()
	return rows.Error()
}

func passwordColumns(snap *state.Snapshot, u *state.User, expiry *state.PasswordPolicy) []string {
	l, ok := snap.LoginProfile(u.ID)
	if !ok {
		return []string{"false", notApplicable, notApplicable, notApplicable}
	}
	used, next := noInformation, notApplicable
	if !u.PasswordLastUsed.IsZero() {
		used = reportTime(u.PasswordLastUsed)
	}
	if end := l.Expires(expiry); !end.IsZero() {
		next = reportTime(end)
	}
	return []string{"true", used, reportTime(l.Changed), next}
}

// credentialRow adds the columns that users and root users have alike. Keys
// stand in the order of their ids.
func credentialRow(c *api.Call, owner string, row []string) []string {
	row = append(row, strconv.FormatBool(len(c.Snapshot.MFADevicesOf(owner)) > 0))
	keys := c.Snapshot.AccessKeys(owner)
	slices.SortFunc(keys, func(a, b *state.AccessKey) int { return strings.Compare(a.ID, b.ID) })
	for i := range 2 {
		if i >= len(keys) {
			row = append(row, "false", notApplicable, notApplicable, notApplicable, notApplicable)
			continue
		}
		row = append(row, strconv.FormatBool(keys[i].Active), reportTime(keys[i].Created))
		if use := c.KeyLastUsed(keys[i]); use.At.IsZero() {
			row = append(row, notApplicable, notApplicable, notApplicable)
		} else {
			row = append(row, reportTime(use.At), use.Region, use.Service)
		}
	}
	certs := c.Snapshot.SigningCertificates(owner)
	for i := range 2 {
		if i >= len(certs) {
			row = append(row, "false", notApplicable)
			continue
		}
		row = append(row, strconv.FormatBool(certs[i].Active), reportTime(certs[i].Created))
	}
	return row
}

func reportTime(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05+00:00") }

// endless leaves out the end of the last line, which AWS's report does not
// have: it holds each line's end back until the next line comes.
type endless struct {
	w    io.Writer
	held bool
}

func (e *endless) Write(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	if e.held {
		if _, err := io.WriteString(e.w, "\n"); err != nil {
			return 0, err
		}
	}
	text, held := strings.CutSuffix(string(p), "\n")
	e.held = held
	_, err := io.WriteString(e.w, text)
	return len(p), err
}
