package iam

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"slices"
	"sync"
	"time"

	"github.com/writ-iam/writ/internal/api"
	"github.com/writ-iam/writ/internal/iamapi"
	"github.com/writ-iam/writ/internal/state"
)

// addReports adds the reports about credentials and about what is used.
func (s *Service) addReports(t *api.Table) {
	api.Op(t, "GenerateCredentialReport", generatesCredentialReport, s.generateCredentialReport)
	api.Op(t, "GetCredentialReport", getsCredentialReport, s.getCredentialReport)
	api.Op(t, "GenerateServiceLastAccessedDetails", s.generatesLastAccessed, s.generateLastAccessed)
	api.Op(t, "GetServiceLastAccessedDetails", getsLastAccessed, s.getLastAccessed)
	api.Op(t, "GetServiceLastAccessedDetailsWithEntities", getsLastAccessedEntities, s.getLastAccessedEntities)
	api.Op(t, "GenerateOrganizationsAccessReport", generatesOrganizationsReport, s.generateOrganizationsReport)
	api.Op(t, "GetOrganizationsAccessReport", getsOrganizationsReport, s.getOrganizationsReport)
	api.Op(t, "ListPoliciesGrantingServiceAccess", s.listsPoliciesGranting, s.listPoliciesGranting)
}

// The content of a report is made once, from one snapshot, outside of any
// transaction, and kept as it was: later changes do not show in it. It is
// compressed, and cut into parts that are stored a few at a time, so that a
// report on 100,000 users neither holds up other writers nor exceeds a commit.
const (
	partBytes      = 128 << 10
	partsPerUpdate = 4
	maxParts       = 1000
)

// timeForReport bounds how long one report reads policies and events. It is
// less than the time for which clients wait.
const timeForReport = 45 * time.Second

// newParts compresses what fill writes.
func newParts(account, report string, fill func(w io.Writer) error) ([]*state.ReportPart, error) {
	var packed bytes.Buffer
	z, err := gzip.NewWriterLevel(&packed, gzip.BestSpeed)
	if err != nil {
		return nil, err
	}
	if err := fill(z); err != nil {
		return nil, err
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	var parts []*state.ReportPart
	for data := range slices.Chunk(packed.Bytes(), partBytes) {
		parts = append(parts, &state.ReportPart{Account: account, Report: report, Number: len(parts), Data: data})
	}
	if len(parts) > maxParts {
		return nil, iamapi.LimitExceeded(reportTooLarge)
	}
	return parts, nil
}

// openParts reads what newParts compressed.
func openParts(snap *state.Snapshot, account, report string) ([]byte, error) {
	var packed []io.Reader
	for p := range snap.ReportParts(account, report) {
		packed = append(packed, bytes.NewReader(p.Data))
	}
	z, err := gzip.NewReader(io.MultiReader(packed...))
	if err != nil {
		return nil, fmt.Errorf("read report %s: %w", report, err)
	}
	return io.ReadAll(z)
}

// keepReport stores the parts of a report and then, with the event of the call,
// the report itself.
func keepReport[Out any](ctx context.Context, c *api.Call, parts []*state.ReportPart, put func(tx *state.Tx) (*Out, error)) (*Out, error) {
	for len(parts) > partsPerUpdate {
		err := api.Stage(ctx, c, func(tx *state.Tx) error {
			putParts(tx, parts[:partsPerUpdate])
			return nil
		})
		if err != nil {
			return nil, err
		}
		parts = parts[partsPerUpdate:]
	}
	return api.Update(ctx, c, func(tx *state.Tx) (*Out, error) {
		putParts(tx, parts)
		out, err := put(tx)
		if err == nil {
			sweepReports(tx, c.Account)
		}
		return out, err
	})
}

func putParts(tx *state.Tx, parts []*state.ReportPart) {
	for _, p := range parts {
		stored := *p
		stored.Created = tx.Now()
		tx.PutReportPart(&stored)
	}
}

const (
	// strayAge is when a part without a report is no longer of one that is
	// being made.
	strayAge = time.Hour
	// sweepRows keeps a sweep well under the limits of one commit.
	sweepRows = 40

	accessReportAge  = 24 * time.Hour
	maxAccessReports = 500 // of an account
)

// sweepReports removes what nobody can read any more. What is left over the
// next report sweeps.
func sweepReports(tx *state.Tx, account string) {
	var old []*state.AccessReport
	surplus := tx.NumAccessReports(account) - maxAccessReports
	for r := range tx.AccessReports(account) {
		if len(old) == sweepRows || len(old) >= surplus && !expired(r, tx.Now()) {
			break
		}
		old = append(old, r)
	}
	for _, r := range old {
		tx.DeleteAccessReport(r)
	}
	var strays []*state.ReportPart
	for p := range tx.StrayReportParts(account, tx.Now().Add(-strayAge)) {
		if len(strays) == sweepRows {
			break
		}
		strays = append(strays, p)
	}
	for _, p := range strays {
		tx.DeleteReportPart(p)
	}
}

func expired(r *state.AccessReport, now time.Time) bool { return now.Sub(r.Created) >= accessReportAge }

// inProgress knows the accounts whose credential report is being made.
type inProgress struct {
	mu       sync.Mutex
	accounts map[string]bool // guarded by mu
}

// begin reports false when the account's report is being made already.
func (m *inProgress) begin(account string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.accounts[account] {
		return false
	}
	if m.accounts == nil {
		m.accounts = make(map[string]bool)
	}
	m.accounts[account] = true
	return true
}

func (m *inProgress) end(account string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.accounts, account)
}

func (m *inProgress) has(account string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.accounts[account]
}
